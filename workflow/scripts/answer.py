"""Let a student answer every benchmark, with one load of the model."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.engines import Request
from mixdistill.entry import run
from mixdistill.generation import Generator, Part
from mixdistill.jsonl import Row, write
from mixdistill.seeds import seed_of
from mixdistill.weights import located


def asked(
    benchmark: str,
    problems: list[Row],
    question: dict[str, Any],
    sampling: dict[str, Any],
    samples: int,
    seed: str,
) -> tuple[Part, list[Row]]:
    """Requests of one benchmark, and the row of each without what was answered.

    A benchmark is a part of its own: its batches hold no other's problems, so that a new benchmark changes none.
    """
    keys = [(row, sample) for row in problems for sample in range(samples)]
    requests = [
        Request(question["prompt"].replace("{problem}", row["problem"]), seed_of("answer", seed, row["id"], sample))
        for row, sample in keys
    ]
    part = Part(benchmark, requests, {**sampling, "stop": [*sampling["stop"], *question["stop"]]})
    return part, [{"benchmark": benchmark, "id": row["id"], "sample": sample} for row, sample in keys]


def main(
    problems: list[Path],
    base: Path,
    trained: list[Path],
    answers: Path,
    counts: Path,
    benchmarks: dict[str, Any],
    sampling: dict[str, Any],
    samples: int,
    seed: str,
    engine: dict[str, Any],
    journal: Path,
    gpus: int = 0,
) -> None:
    """Write a student's answers to all benchmarks; ``problems`` are their files, in the order of ``benchmarks``."""
    generator = Generator(located(base, trained), engine, journal, gpus)
    parts = [
        asked(name, list(counting.read(path, "id")), question, sampling, samples, seed)
        for (name, question), path in zip(benchmarks.items(), problems, strict=True)
    ]
    made = generator.completions([part for part, _ in parts])
    reasons: Counter[str] = Counter()
    tokens = 0

    def rows() -> Iterator[Row]:
        """Yield the answers as rows, and count them."""
        nonlocal tokens
        for (_, keys), completions in zip(parts, made, strict=True):
            for key, one in zip(keys, completions, strict=True):
                reasons[one.finish_reason] += 1
                tokens += one.tokens
                yield {**key, **one.fields()}

    total = write(answers, rows())
    counting.save(counts, total, dict(reasons), tokens=tokens, model=generator.fingerprint)


if __name__ == "__main__":
    run(main, warm=True)

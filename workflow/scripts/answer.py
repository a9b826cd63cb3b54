"""Let a student answer every benchmark, with one load of the model."""

from collections import Counter
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.engines import Request
from mixdistill.entry import run
from mixdistill.generation import Generator
from mixdistill.jsonl import Row, read, write
from mixdistill.seeds import seed_of
from mixdistill.weights import located


def answered(
    generator: Generator,
    benchmark: str,
    problems: list[Row],
    question: dict[str, Any],
    sampling: dict[str, Any],
    samples: int,
    seed: str,
) -> list[Row]:
    """Rows of one benchmark. Its batches hold no other benchmark's problems, so that a new benchmark changes none."""
    keys = [(row, sample) for row in problems for sample in range(samples)]
    requests = [
        Request(question["prompt"].replace("{problem}", row["problem"]), seed_of("answer", seed, row["id"], sample))
        for row, sample in keys
    ]
    sampling = {**sampling, "stop": [*sampling["stop"], *question["stop"]]}
    made = generator.completions(requests, sampling, benchmark)
    return [
        {"benchmark": benchmark, "id": row["id"], "sample": sample, **one.fields()}
        for (row, sample), one in zip(keys, made, strict=True)
    ]


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
) -> None:
    """Write a student's answers to all benchmarks; ``problems`` are their files, in the order of ``benchmarks``."""
    generator = Generator(located(base, trained), engine, journal)
    rows: list[Row] = []
    for (name, question), path in zip(benchmarks.items(), problems, strict=True):
        rows += answered(generator, name, list(read(path)), question, sampling, samples, seed)
    write(answers, rows)
    reasons = Counter(row["finish_reason"] for row in rows)
    tokens = sum(row["tokens"] for row in rows)
    counting.save(counts, len(rows), dict(reasons), tokens=tokens, model=generator.fingerprint)


if __name__ == "__main__":
    run(main, warm=True)

"""Sample a teacher on its share of the training problems."""

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


def requests_of(
    problems: list[Row], prompt: str, samples: int, teacher: str
) -> tuple[list[Request], list[tuple[str, int]]]:
    """Requests for every problem and sample, and the id and sample of each; seeds depend on teacher, id and sample."""
    keys = [(row["id"], sample) for row in problems for sample in range(samples)]
    prompts = {row["id"]: prompt.replace("{problem}", row["problem"]) for row in problems}
    return [Request(prompts[identity], seed_of("generate", teacher, identity, n)) for identity, n in keys], keys


def main(
    problems: Path,
    model: list[Path],
    completions: Path,
    counts: Path,
    teacher: str,
    shard: int,
    shards: int,
    prompt: str,
    sampling: dict[str, Any],
    samples: int,
    engine: dict[str, Any],
    journal: Path,
    gpus: int = 0,
    concurrency: int = 1,
) -> None:
    """Write a teacher's completions of every ``shards``-th problem, beginning with number ``shard``.

    ``model`` is empty for a teacher behind an endpoint.
    """
    share = list(counting.read(problems, "id"))[shard::shards]
    requests, keys = requests_of(share, prompt, samples, teacher)
    weights = located(model[0], []) if model else None
    generator = Generator(weights, engine, journal, gpus, concurrency)
    [made] = generator.completions([Part(teacher, requests, sampling)])
    reasons: Counter[str] = Counter()
    tokens = 0

    def rows() -> Iterator[Row]:
        """Yield the completions as rows, and count them."""
        nonlocal tokens
        for (identity, sample), one in zip(keys, made, strict=True):
            reasons[one.finish_reason] += 1
            tokens += one.tokens
            yield {"id": identity, "sample": sample, **one.fields()}

    write(completions, rows())
    counting.save(counts, len(requests), dict(reasons), problems=len(share), tokens=tokens, model=generator.fingerprint)


if __name__ == "__main__":
    run(main, warm=True)

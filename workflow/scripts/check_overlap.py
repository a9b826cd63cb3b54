"""Compare training problems with every benchmark."""

import re
from collections.abc import Iterable
from pathlib import Path

from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read, write_json


def bare(problem: str) -> str:
    """A problem without what does not change it: case, white space, dollars, braces, and TeX's spacing and sizing."""
    text = re.sub(r"\\(?:left|right|displaystyle|[,;!: ])", "", problem.replace("\\dfrac", "\\frac"))
    return re.sub(r"[\s${}]+", "", text).lower()


def overlapping(training: Iterable[Row], test: Iterable[Row]) -> list[dict[str, str]]:
    """Pairs of a training and a test problem that are the same text, up to ``bare``."""
    taught: dict[str, list[str]] = {}
    for row in training:
        taught.setdefault(bare(row["problem"]), []).append(row["id"])
    return [
        {"training": training_id, "test": row["id"]}
        for row in test
        for training_id in taught.get(bare(row["problem"]), ())
    ]


def main(training: Path, tests: list[Path], overlap: Path, policy: str) -> None:
    """Write the overlapping pairs per benchmark; with policy ``forbid`` there must be none."""
    taught = list(read(training))
    pairs = {path.stem: overlapping(taught, read(path)) for path in tests}
    write_json(overlap, {"training problems": len(taught), "overlap": pairs})
    total = sum(map(len, pairs.values()))
    print(f"{total} training problems occur in a benchmark: " + ", ".join(f"{k} {len(v)}" for k, v in pairs.items()))
    if total and policy == "forbid":
        first = next((name, found[0]) for name, found in pairs.items() if found)
        raise UserError(
            f"{training}: {total} training problems occur in a benchmark, such as {first[1]['training']} in {first[0]} "
            f"({first[1]['test']}); take them out, or set teaching.overlap: report to go on"
        )


if __name__ == "__main__":
    run(main)

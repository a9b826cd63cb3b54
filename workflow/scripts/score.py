"""One Parquet table per student: a row per mixture, seed, benchmark, problem and sample."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill import parquet
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row

Key = tuple[str, str, str, str | None]
JUDGED = {"true": True, "false": False}
"""A verdict's truth; ``undecided`` has none."""


def key(row: Row) -> Key:
    """What a verdict is about."""
    return row["benchmark"], row["id"], row["gold"], row["answer"]


def scored(
    cells: list[list[Any]], marks: list[Path], verdicts: Mapping[Key, str], leaked: set[tuple[str, str]]
) -> Iterator[Row]:
    """Yield a student's rows: right is what the rule accepted or, of what it rejected, the judge.

    An answer that the rule accepted stays right whatever the judge says of it, as in the paper. ``clean`` is whether
    the problem is not ``leaked``, pairs of benchmark and id.
    """
    for (student, mixture, seed), path in zip(cells, marks, strict=True):
        for row in counting.read(path, *counting.ANSWER):
            accepted = row["outcome"] == "right"
            verdict = verdicts.get(key(row))
            judged = JUDGED.get(verdict or "")
            yield {
                "student": student,
                "mixture": mixture,
                "seed": seed,
                **row,
                "accepted": accepted,
                "verdict": verdict,
                "judged": judged,
                "correct": accepted or judged is True,
                "clean": (row["benchmark"], row["id"]) not in leaked,
            }


COLUMNS = {
    "student": "name",
    "mixture": "name",
    "seed": "count",
    "benchmark": "name",
    "id": "text",
    "sample": "count",
    "gold": "text",
    "answer": "text",
    "rule": "name",
    "outcome": "name",
    "tokens": "count",
    "finish_reason": "name",
    "accepted": "truth",
    "verdict": "name",
    "judged": "truth",
    "correct": "truth",
    "clean": "truth",
}


def leaks(overlap: Path, admitted: Path) -> set[tuple[str, str]]:
    """Benchmark and id of the test problems that leak into the training problems as they were loaded.

    Raises:
        UserError: leaks are to be removed, but a benchmark that came later leaks into what was taught.
    """
    screening = json.loads(overlap.read_text())
    found = [(name, pair) for name, pairs in screening["pairs"].items() for pair in pairs if pair["verdict"] == "leak"]
    if screening["policy"] == "remove":
        removed = json.loads(admitted.read_text())["removed"]
        taught = {pair["training"]: name for name, pair in found if pair["training"] not in removed}
        if taught:
            training, name = next(iter(taught.items()))
            raise UserError(
                f"{overlap}: {len(taught)} training problems that were taught leak into a benchmark as it is screened "
                f"now, such as {training} in {name}; take the benchmark out, or delete "
                f"{admitted.parent}/*.overlap.json and call snakemake -R admit, which teaches again without them"
            )
    return {(name, pair["test"]) for name, pair in found}


def main(
    marks: list[Path],
    verdicts: Path,
    overlap: Path,
    admitted: Path,
    scores: Path,
    counts: Path,
    cells: list[list[Any]],
) -> None:
    """Join marks, verdicts and leaks; ``cells`` are student, mixture and seed of each marks file, in order."""
    answers = [row for row in counting.read(verdicts, *counting.VERDICT) if row["kind"] in ("rejected", "accepted")]
    given = {key(row): row["verdict"] for row in answers}
    rows = list(scored(cells, marks, given, leaks(overlap, admitted)))
    if any(row["kind"] == "rejected" for row in answers):
        lost = [row for row in rows if row["outcome"] in ("wrong", "timed out") and row["verdict"] is None]
        assert not lost, f"{verdicts}: {len(lost)} rejected answers have no verdict, the first is {key(lost[0])}"
    parquet.write(scores, rows, COLUMNS)
    right = Counter("right" if row["correct"] else "not right" for row in rows)
    said = {
        "rejected": Counter(row["verdict"] or "not asked" for row in rows if not row["accepted"]),
        "accepted": Counter(row["verdict"] or "not asked" for row in rows if row["accepted"]),
    }
    outcomes = dict(Counter(row["outcome"] for row in rows))
    counting.save(counts, len(rows), dict(right), outcomes=outcomes, judge=said)


if __name__ == "__main__":
    run(main)

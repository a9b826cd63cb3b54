"""One Parquet table per student: a row per mixture, seed, benchmark, problem and sample."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill import parquet
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row
from mixdistill.names import AGAIN, UNTRAINED
from mixdistill.screening import leaks

Key = tuple[str, str, str, str | None]
Leaks = set[tuple[str, str]]
"""Benchmark and id of test problems."""
JUDGED = {"true": True, "false": False}
"""A verdict's truth; ``undecided`` has none."""


def key(row: Row) -> Key:
    """What a verdict is about."""
    return row["benchmark"], row["id"], row["gold"], row["answer"]


def scored(
    cells: list[list[Any]], marks: list[Path], verdicts: Mapping[Key, str], leaked: Mapping[str, Leaks]
) -> Iterator[Row]:
    """Yield a student's rows: right is what the rule accepted or, of what it rejected, the judge.

    An answer that the rule accepted stays right whatever the judge says of it, as in the paper. ``clean`` is whether
    the problem is not among those that leak into what the arm was taught, which ``leaked`` has by mixture.
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
                "clean": (row["benchmark"], row["id"]) not in leaked[mixture],
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


def touched(screening: Mapping[str, Any], taught: set[str] | None = None) -> Leaks:
    """Test problems that leak into these problems, given by their ids, or into all that were screened."""
    return {(name, pair["test"]) for name, pair in leaks(screening) if taught is None or pair["training"] in taught}


def leaked(
    mixtures: Iterable[str], overlap: Path, taught: list[Path], overlaps: list[Path], known: Mapping[str, str | None]
) -> dict[str, Leaks]:
    """Mixture to the test problems that leak into what was taught by it.

    Of what was trained elsewhere on rows that nobody here knows, all training problems may have been taught.

    Raises:
        UserError: leaks are to be removed, but a benchmark that came later leaks into what was taught.
    """
    found: dict[str, Leaks] = {}
    for (mixture, kept), rows, path in zip(known.items(), taught, overlaps, strict=True):
        screening = json.loads(path.read_text())
        found[mixture] = touched(screening, {row["id"] for row in counting.read(rows)})
        if found[mixture] and kept and screening["policy"] == "remove":
            benchmark, problem = min(found[mixture])
            again = "admit" if path == overlap else "admit_mixture"
            raise UserError(
                f"{path}: {len(found[mixture])} test problems leak into what {mixture} has taught, such as {problem} "
                f"of {benchmark}; take the benchmark out, or delete {kept} and call snakemake -R {again}, which "
                "teaches again without them"
            )
    unknown = touched(json.loads(overlap.read_text()))
    for mixture in mixtures:
        name = mixture.removesuffix(AGAIN)
        found[mixture] = set() if name == UNTRAINED else found.get(name, unknown)
    return found


def main(
    marks: list[Path],
    verdicts: Path,
    overlap: Path,
    taught: list[Path],
    overlaps: list[Path],
    scores: Path,
    counts: Path,
    cells: list[list[Any]],
    known: dict[str, str | None],
) -> None:
    """Join marks, verdicts and leaks; ``cells`` are student, mixture and seed of each marks file, in order.

    Args:
        marks: a file of marks for each cell.
        verdicts: the judge's verdicts.
        overlap: the screening of the training problems.
        taught: the rows of each mixture that is known.
        overlaps: the screening that these rows are found in.
        scores: the table of rows.
        counts: how many are right, and why others are not.
        cells: student, mixture and seed.
        known: mixture to the kept screening that decided what it has taught; None where all rows were taught elsewhere.
    """
    answers = [row for row in counting.read(verdicts, *counting.VERDICT) if row["kind"] in ("rejected", "accepted")]
    given = {key(row): row["verdict"] for row in answers}
    found = leaked((mixture for _, mixture, _ in cells), overlap, taught, overlaps, known)
    rows = list(scored(cells, marks, given, found))
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

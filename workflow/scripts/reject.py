"""Rejection sampling: keep the completions whose final answer is the reference answer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.asked import asked as asked_by
from mixdistill.answers.check import Written, marked
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def accepted(completions: Iterable[Row], problems: dict[str, Row], reasons: Counter[str]) -> Iterator[Row]:
    """Yield the completions with the right final answer, in the order given; count all by outcome."""

    def written(row: Row) -> Written:
        problem = problems.get(row["id"])
        if problem is None:
            raise UserError(f"completion of {row['id']!r}: no such training problem; was teaching.problems changed?")
        sought = asked_by(problem["problem"])
        return Written(row["completion"], row["finish_reason"], problem["answer"], "boxed", asked=sought)

    for row, verdict in marked(completions, written):
        reasons[verdict.outcome] += 1
        if verdict.outcome == "right":
            yield {**row, "rule": verdict.rule}


def main(problems: Path, completions: list[Path], kept: Path, counts: Path) -> None:
    """Read a teacher's completions, write the right ones; count the rest by reason."""
    asked = {row["id"]: row for row in counting.read(problems, "id")}
    reasons: Counter[str] = Counter()
    solved: set[str] = set()

    def passing() -> Iterator[Row]:
        for row in accepted(
            (row for path in completions for row in counting.read(path, "id", "sample")), asked, reasons
        ):
            solved.add(row["id"])
            yield row

    rows = write(kept, passing())
    check = code_of("mixdistill/answers/check.py")
    counting.save(
        counts, reasons.total(), dict(reasons), rows, problems=len(asked), solved=len(solved), answer_check=check
    )


if __name__ == "__main__":
    run(main)

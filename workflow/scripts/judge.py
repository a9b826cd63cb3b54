"""Second opinion on rejected answers. No experiment can name a judge yet: the stage records whom it did not ask."""

from collections.abc import Iterable
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.jsonl import Row, read, write


def open_questions(marks: Iterable[Row]) -> set[tuple[str, str, str, str]]:
    """Distinct (benchmark, problem, gold, answer) that the rule rejected: what a judge would be asked."""
    return {(row["benchmark"], row["id"], row["gold"], row["answer"]) for row in marks if row["outcome"] == "wrong"}


def main(marks: list[Path], verdicts: Path, counts: Path) -> None:
    """Read a student's marks, write the judge's verdicts: none, and the count of rejected answers left as they are."""
    questions = open_questions(row for path in marks for row in read(path))
    write(verdicts, [])
    counting.save(counts, len(questions), {"asked": 0, "not asked": len(questions)}, judge=None)


if __name__ == "__main__":
    run(main)

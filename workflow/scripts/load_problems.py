"""Bring a problem set into one form, with normalised reference answers."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.gold import reference, stated
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.sources import renamed, rows

FIELDS = ("id?", "problem", "answer", "level?", "subject?")
KEPT = ("id", "problem", "answer", "source_answer", "level", "subject")


def loaded(raw: Iterable[Row], name: str, fields: Mapping[str, str], gold: str) -> Iterator[Row]:
    """Yield problems under our field names; where the source has no id, the row's number is its id.

    ``source_answer`` is the reference as the source has it, where normalising has changed it.

    Raises:
        UserError: a field or a reference is missing, a problem is empty, or an id occurs twice.
    """
    seen: set[str] = set()
    for number, row in enumerate(raw):
        problem = renamed(row, fields, FIELDS, f"problem set {name}, row {number + 1}")
        problem["id"] = str(problem.get("id", f"{name}/{number}"))
        if problem["id"] in seen:
            raise UserError(
                f"problem set {name}, row {number + 1}: id {problem['id']!r} occurs twice; ids must be unique"
            )
        seen.add(problem["id"])
        if not str(problem["problem"]).strip():
            raise UserError(f"problem set {name}, row {number + 1}: the problem is empty")
        if problem["answer"] is None:
            raise UserError(f"problem set {name}, row {number + 1}: the reference answer is missing (null)")
        problem["answer"], source = reference(problem["answer"], gold), stated(problem["answer"], gold)
        if source != problem["answer"]:
            problem["source_answer"] = source
        yield {key: problem[key] for key in KEPT if key in problem}


def main(
    source: Path,
    problems: Path,
    counts: Path,
    name: str,
    part: dict[str, str],
    fields: dict[str, str],
    gold: str,
    limit: int | None = None,
) -> None:
    """Read a problem set (JSON Lines, Parquet or hub), write id, problem, answer, and level and subject if given."""
    made = list(loaded(rows(source, part, limit), name, fields, gold))
    if not made:
        raise UserError(f"problem set {name}: no rows")
    write(problems, made)
    empty = [row["id"] for row in made if not row["answer"]]
    parts = {"with reference answer": len(made) - len(empty), "with empty reference answer": len(empty)}
    counting.save(counts, len(made), parts, empty=empty)


if __name__ == "__main__":
    run(main)

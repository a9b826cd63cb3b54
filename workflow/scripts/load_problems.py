"""Bring a problem set into one form, with normalised reference answers."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.gold import reference, stated
from mixdistill.data.fields import Columns, Fields
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import squeezed
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write

KEPT = ("id", "problem", "answer", "source_answer", "level", "subject")


def loaded(raw: Iterable[Entry], name: str, fields: Fields, gold: str) -> Iterator[Row]:
    """Yield problems under our field names; where the source has no id, the row's number is its id.

    ``source_answer`` is the reference as the source has it, where normalising has changed it.

    Raises:
        UserError: a field or a reference is missing or of a wrong type, a problem is empty, or an id occurs twice.
    """
    seen: set[str] = set()
    for number, entry in enumerate(raw):
        identity = fields.identity(entry) or f"{name}/{number}"
        if identity in seen:
            raise UserError(f"{entry.place}: id {identity!r} occurs twice; ids must be unique")
        seen.add(identity)
        problem: Row = {"id": identity, "problem": fields.asked(entry).text}
        given = fields.gold(entry)
        problem["answer"], source = reference(given, gold), stated(given, gold)
        if source != problem["answer"]:
            problem["source_answer"] = source
        problem |= {label: value for label in ("level", "subject") if (value := fields.label(entry, label)) is not None}
        yield {key: problem[key] for key in KEPT if key in problem}


def equal_problems(problems: Iterable[Row]) -> list[list[str]]:
    """Return the ids of problems whose texts are equal up to white space, a list per text."""
    ids: dict[str, list[str]] = {}
    for problem in problems:
        ids.setdefault(squeezed(problem["problem"]), []).append(problem["id"])
    return [equal for equal in ids.values() if len(equal) > 1]


def main(
    source: Path,
    problems: Path,
    counts: Path,
    name: str,
    part: dict[str, str],
    fields: dict[str, Columns],
    gold: str,
    limit: int | None = None,
) -> None:
    """Read a problem set (a file, folder or hub set), write id, problem, answer, and level and subject if given."""
    made = list(loaded(rows(source, part, limit), name, Fields(fields, part.get("system", "refuse")), gold))
    if not made:
        raise UserError(f"{source}: no rows, and problem set {name} needs some")
    write(problems, made)
    empty = [row["id"] for row in made if not row["answer"]]
    equal = equal_problems(made)
    for ids in equal[:10]:
        print(f"equal problems: {', '.join(ids)}")
    parts = {"with reference answer": len(made) - len(empty), "with empty reference answer": len(empty)}
    counting.save(counts, len(made), parts, empty=empty, equal=equal)


if __name__ == "__main__":
    run(main)

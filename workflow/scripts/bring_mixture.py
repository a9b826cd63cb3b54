"""Take a training set that exists already, instead of mixing teachers' completions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.data.fields import Columns, Fields
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import Matcher, fingerprint
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def brought(raw: Iterable[Entry], own: Matcher, answers: Mapping[str, str], fields: Fields) -> Iterator[Row]:
    """Yield the rows of a set in the order given, each with its reference answer if its problem is one of ours.

    A problem that is not has no answer, and for an id the number of its first row. A source's row with several
    completions gives as many rows.

    Raises:
        UserError: a field is missing or of a wrong type, a problem or completion is empty, or a row's id and text are
            of different problems.
    """
    others: dict[bytes, str] = {}
    for number, entry in enumerate(raw, 1):
        asked = fields.asked(entry)
        completions = fields.completions(entry, asked)
        identity = own.match(fields.identity(entry), asked.problem, entry.place)
        identity = identity or others.setdefault(fingerprint(asked.problem or ""), f"row/{number}")
        teacher = fields.label(entry, "teacher")
        if not completions or not all(completion.strip() for completion in completions):
            raise UserError(f"{entry.place}: the completion is empty")
        for completion in completions:
            yield {
                "row": number,
                "id": identity,
                "problem": asked.problem,
                "system": asked.system or None,
                "answer": answers.get(identity),
                "completion": completion,
                "teacher": teacher,
            }


def main(
    source: Path,
    problems: Path,
    imported: Path,
    counts: Path,
    part: dict[str, str],
    fields: dict[str, Columns],
) -> None:
    """Write the rows of a file or data set: row (its number), id, problem, system, answer, completion, teacher."""
    training = list(counting.read(problems, "id"))
    own, reader = Matcher(training), Fields(fields, part.get("system", "refuse"))
    answers = {row["id"]: row["answer"] for row in training}
    known, ids = Counter[bool](), set()

    def counted() -> Iterator[Row]:
        for row in brought(rows(source, part, wanted=reader.wanted), own, answers, reader):
            known[row["answer"] is not None] += 1
            ids.add(row["id"])
            yield row

    total = write(imported, counted())
    if not total:
        raise UserError(f"{source}: no rows")
    parts = {"of training problems": known[True], "of other problems": known[False]}
    counting.save(counts, total, parts, problems=len(ids), system_turns_dropped=reader.dropped)


if __name__ == "__main__":
    run(main)

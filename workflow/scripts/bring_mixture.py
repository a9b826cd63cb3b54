"""Take a training set that exists already, as it is, instead of mixing teachers' completions."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.data.fields import Columns, Fields
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import Matcher
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def brought(raw: Iterable[Entry], own: Matcher, fields: Fields, prompt: str) -> Iterator[Row]:
    """Yield the rows of a mixture, in the order given; a row whose problem is not ours has its number for an id.

    A source's row with several completions gives as many rows.

    Raises:
        UserError: a field is missing or of a wrong type, a problem or completion is empty, or a row's id and text are
            of different problems.
    """
    for number, entry in enumerate(raw, 1):
        asked = fields.asked(entry)
        completions = fields.completions(entry, asked)
        identity = own.match(fields.identity(entry), asked.problem, entry.place) or f"row/{number}"
        teacher = fields.label(entry, "teacher")
        if not completions or not all(completion.strip() for completion in completions):
            raise UserError(f"{entry.place}: the completion is empty")
        for completion in completions:
            yield {
                "id": identity,
                "prompt": prompt.replace("{problem}", asked.text),
                "completion": completion,
                "teacher": teacher,
            }


def main(
    source: Path,
    problems: Path,
    mixture: Path,
    counts: Path,
    part: dict[str, str],
    fields: dict[str, Columns],
    prompt: str,
) -> None:
    """Write a mixture (id, prompt, completion, teacher) of all rows of a file or data set."""
    own, reader = Matcher(counting.read(problems, "id")), Fields(fields, part.get("system", "refuse"))
    made = list(brought(rows(source, part), own, reader, prompt))
    if not made:
        raise UserError(f"{source}: no rows")
    write(mixture, made)
    known = sum(row["id"] in own.ids for row in made)
    parts = {"of training problems": known, "of other problems": len(made) - known}
    covered = len({row["id"] for row in made})
    counting.save(counts, len(made), parts, problems=covered, system_turns_dropped=reader.dropped)


if __name__ == "__main__":
    run(main)

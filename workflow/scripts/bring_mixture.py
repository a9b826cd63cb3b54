"""Take a training set that exists already, as it is, instead of mixing teachers' completions."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.sources import Matcher, renamed, rows

FIELDS = ("id?", "problem", "completion", "teacher?")


def brought(raw: Iterable[Row], own: Matcher, fields: Mapping[str, str], prompt: str) -> Iterator[Row]:
    """Yield the rows of a mixture, in the order given; a row whose problem is not ours has its number for an id.

    Raises:
        UserError: a field is missing, or a problem or completion is empty.
    """
    for number, row in enumerate(raw, 1):
        place = f"training set, row {number}"
        given = renamed(row, fields, FIELDS, place)
        for name in ("problem", "completion"):
            if not str(given[name] or "").strip():
                raise UserError(f"{place}: the {name} is empty")
        yield {
            "id": own.match(given) or f"row/{number}",
            "prompt": prompt.replace("{problem}", str(given["problem"])),
            "completion": str(given["completion"]),
            "teacher": given.get("teacher"),
        }


def main(
    source: Path,
    problems: Path,
    mixture: Path,
    counts: Path,
    part: dict[str, str],
    fields: dict[str, str],
    prompt: str,
) -> None:
    """Write a mixture (id, prompt, completion, teacher) of all rows of a file or data set."""
    own = Matcher(counting.read(problems, "id"))
    made = list(brought(rows(source, part), own, fields, prompt))
    if not made:
        raise UserError(f"{source}: no rows")
    write(mixture, made)
    known = sum(row["id"] in own.ids for row in made)
    parts = {"of training problems": known, "of other problems": len(made) - known}
    counting.save(counts, len(made), parts, problems=len({row["id"] for row in made}))


if __name__ == "__main__":
    run(main)

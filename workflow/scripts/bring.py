"""Take a teacher's completions from a file or hub set instead of asking it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.sources import Matcher, renamed, rows

FIELDS = ("id?", "problem?", "completion", "sample?")


def matched(raw: Iterable[Row], problems: Iterable[Row], fields: Mapping[str, str]) -> tuple[list[Row], int]:
    """Completions in our form, and the number of those whose problem is not among the training problems.

    Samples are numbered in the order given.
    """
    own = Matcher(problems)
    found, samples, foreign = [], Counter[str](), 0
    for number, row in enumerate(raw, 1):
        given = renamed(row, fields, FIELDS, f"completions, row {number}")
        if "id" not in given and "problem" not in given:
            raise UserError(
                f"completions, row {number}: neither id nor problem (it has {', '.join(row)}); name one in fields"
            )
        key = own.match(given)
        if key is None:
            foreign += 1
            continue
        found.append(
            {
                "id": key,
                "sample": samples[key],
                "completion": str(given["completion"]),
                "tokens": None,
                "finish_reason": "unknown",
            }
        )
        samples[key] += 1
    return found, foreign


def main(
    source: Path, problems: Path, completions: Path, counts: Path, part: dict[str, str], fields: dict[str, str]
) -> None:
    """Write completions (id, sample, completion, tokens, finish_reason) of the training problems."""
    found, foreign = matched(rows(source, part), counting.read(problems, "id"), fields)
    if not found:
        raise UserError(
            f"{source}: none of its {foreign} completions belongs to a training problem; "
            "its ids or problem texts must be those of teaching.problems"
        )
    write(completions, found)
    parts = {"brought": len(found), "of other problems": foreign}
    counting.save(counts, len(found) + foreign, parts, len(found), problems=len({row["id"] for row in found}))


if __name__ == "__main__":
    run(main)

"""Take a teacher's completions from a file or hub set instead of asking it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.data.fields import Columns, Fields, paths
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import Matcher
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def matched(raw: Iterable[Entry], problems: Iterable[Row], fields: Fields) -> tuple[list[Row], int]:
    """Return completions in our form, and the number of those whose problem is not among the training problems.

    Samples are numbered in the order given; a row may hold several.

    Raises:
        UserError: a row has neither id nor problem, both of them of different problems, or no text for a completion.
    """
    own = Matcher(problems)
    found, samples, foreign = [], Counter[str](), 0
    for entry in raw:
        identity, problem = fields.identity(entry), fields.problem(entry, required=False)
        if identity is None and problem is None:
            raise UserError(
                f"{entry.place}: neither id nor problem (it has {', '.join(paths(entry.row))}); name one in fields"
            )
        completions = fields.completions(entry)
        key = own.match(identity, problem, entry.place)
        if key is None:
            foreign += len(completions)
            continue
        for completion in completions:
            found.append(
                {
                    "id": key,
                    "sample": samples[key],
                    "completion": completion,
                    "tokens": None,
                    "finish_reason": "unknown",
                }
            )
            samples[key] += 1
    return found, foreign


def main(
    source: Path, problems: Path, completions: Path, counts: Path, part: dict[str, str], fields: dict[str, Columns]
) -> None:
    """Write completions (id, sample, completion, tokens, finish_reason) of the training problems."""
    reader = Fields(fields, part.get("system", "refuse"))
    found, foreign = matched(rows(source, part), counting.read(problems, "id"), reader)
    if not found:
        raise UserError(
            f"{source}: none of its {foreign} completions belongs to a training problem; "
            "its ids or problem texts must be those of teaching.problems"
        )
    write(completions, found)
    parts = {"brought": len(found), "of other problems": foreign}
    covered = len({row["id"] for row in found})
    counting.save(
        counts, len(found) + foreign, parts, len(found), problems=covered, system_turns_dropped=reader.dropped
    )


if __name__ == "__main__":
    run(main)

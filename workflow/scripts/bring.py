"""Take a teacher's completions from a file or hub set instead of asking it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.data.fields import Columns, Fields, paths
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import Matcher
from mixdistill.data.values import some
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def matched(raw: Iterable[Entry], problems: Iterable[Row], fields: Fields, others: Counter[str]) -> Iterator[Row]:
    """Yield completions in our form; ``others`` counts what is left out: of other problems, and rows that have none.

    Samples are numbered in the order given; a row may hold several.

    Raises:
        UserError: a row has neither id nor problem, both of them of different problems, or no text for a completion.
    """
    own = Matcher(problems)
    samples = Counter[str]()
    for entry in raw:
        identity, asked = fields.identity(entry), fields.asked(entry, required=False)
        if identity is None and asked.problem is None:
            raise UserError(
                f"{entry.place}: neither id nor problem (it has {some(paths(entry.row))}); name one in fields"
            )
        completions = fields.completions(entry, asked)
        endings = fields.finish_reasons(entry, len(completions))
        key = own.match(identity, asked.problem, entry.place)
        others["rows without a completion"] += not completions
        if key is None:
            others["of other problems"] += len(completions)
            continue
        for completion, ending in zip(completions, endings, strict=True):
            yield {
                "id": key,
                "sample": samples[key],
                "completion": completion,
                "tokens": None,
                "finish_reason": ending,
            }
            samples[key] += 1


def main(
    source: Path, problems: Path, completions: Path, counts: Path, part: dict[str, str], fields: dict[str, Columns]
) -> None:
    """Write completions (id, sample, completion, tokens, finish_reason) of the training problems."""
    reader = Fields(fields, part.get("system", "refuse"))
    others, covered = Counter[str](), set[str]()

    def counted() -> Iterator[Row]:
        raw = rows(source, part, wanted=reader.wanted)
        for row in matched(raw, counting.read(problems, "id"), reader, others):
            covered.add(row["id"])
            yield row
        if not covered:
            raise UserError(
                f"{source}: none of its {others['of other problems']} completions belongs to a training problem; "
                "its ids or problem texts must be those of teaching.problems"
            )

    total = write(completions, counted())
    parts = {"brought": total, "of other problems": 0, **others}
    counting.save(counts, sum(parts.values()), parts, total, problems=len(covered), system_turns_dropped=reader.dropped)


if __name__ == "__main__":
    run(main)

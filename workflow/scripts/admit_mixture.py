"""Write what is taught of a training set that exists already: all its rows, or those that do not leak."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.data.fields import Asked
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.screening import METHODS, to_remove


def main(imported: Path, overlap: Path, mixture: Path, counts: Path, prompt: str, removing: bool) -> None:
    """Write a mixture (id, prompt, completion, teacher) in the set's order; with ``removing``, without its leaks.

    Removed rows are counted by method.
    """
    removed = to_remove(overlap, imported, removing)
    parts = Counter[str](dict.fromkeys(("of training problems", "of other problems"), 0))
    parts.update(dict.fromkeys((f"removed: {method}" for method in METHODS), 0))
    problems: set[str] = set()

    def taught() -> Iterator[Row]:
        for row in counting.read(imported):
            if row["id"] in removed:
                parts[f"removed: {removed[row['id']]}"] += 1
                continue
            parts["of other problems" if row["answer"] is None else "of training problems"] += 1
            problems.add(row["id"])
            asked = Asked(row["problem"], row["system"] or "")
            filled = prompt.replace("{problem}", asked.text)
            yield {"id": row["id"], "prompt": filled, "completion": row["completion"], "teacher": row["teacher"]}

    rows = write(mixture, taught())
    if not rows:
        raise UserError(
            f"{imported}: all {parts.total()} rows leak into a benchmark, so that none is left to teach; "
            f"take another set as mixtures.{mixture.stem}.rows, or set teaching.leakage.policy to report"
        )
    counting.save(counts, parts.total(), dict(parts), rows, problems=len(problems), removed=list(removed))


if __name__ == "__main__":
    run(main)

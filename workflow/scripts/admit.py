"""Write the training problems that are taught: all that were loaded, or those that do not leak into a benchmark."""

from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write
from mixdistill.screening import METHODS, to_remove


def main(training: Path, overlap: Path, problems: Path, counts: Path, removing: bool) -> None:
    """Copy training problems in order; with ``removing``, without those that leak, which are counted by method."""
    removed = to_remove(overlap, training, removing)
    rows = list(counting.read(training, "id"))
    kept = [row for row in rows if row["id"] not in removed]
    if not kept:
        raise UserError(
            f"{training}: all {len(rows)} training problems leak into a benchmark, so that none is left to teach; "
            "take another teaching.problems, or set teaching.leakage.policy to report"
        )
    write(problems, kept)
    reasons = list(removed.values())
    parts = {"kept": len(kept), **{f"removed: {method}": reasons.count(method) for method in METHODS}}
    counting.save(counts, len(rows), parts, len(kept), removed=list(removed))


if __name__ == "__main__":
    run(main)

"""Write the training problems that are taught: all that were loaded, or those that do not leak into a benchmark."""

import hashlib
import json
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write

REASONS = ("exact", "fuzzy", "ngram")
"""The method that a removed problem is counted under is the first of these that found it."""


def main(training: Path, overlap: Path, problems: Path, counts: Path, removing: bool) -> None:
    """Copy training problems in order; with ``removing``, without those that leak, which are counted by method."""
    screening = json.loads(overlap.read_text())
    if screening["training sha256"] != hashlib.sha256(training.read_bytes()).hexdigest():
        raise UserError(
            f"{overlap}: was made from other training problems than {training} has now; delete it, so that these are "
            "screened"
        )
    leaks = screening["leaks"] if removing else {}
    rows = list(counting.read(training, "id"))
    kept = [row for row in rows if row["id"] not in leaks]
    if not kept:
        raise UserError(
            f"{training}: all {len(rows)} training problems leak into a benchmark, so that none is left to teach; "
            "take another teaching.problems, or set teaching.leakage.policy to report"
        )
    write(problems, kept)
    reasons = [next(reason for reason in REASONS if reason in found) for found in leaks.values()]
    parts = {"kept": len(kept), **{f"removed: {reason}": reasons.count(reason) for reason in REASONS}}
    counting.save(counts, len(rows), parts, len(kept), removed=list(leaks))


if __name__ == "__main__":
    run(main)

"""Write the training problems that are taught: all that were loaded, or those that do not leak into a benchmark."""

import json
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write

REASONS = ("exact", "fuzzy", "ngram")
"""The method that a removed problem is counted under is the first of these that found it."""


def main(training: Path, overlap: Path, problems: Path, counts: Path, removing: bool) -> None:
    """Copy training problems in order; with ``removing``, without those that leak, which are counted by method."""
    pairs = [pair for rows in json.loads(overlap.read_text())["pairs"].values() for pair in rows]
    methods: dict[str, set[str]] = {}
    for pair in pairs:
        if removing and pair["verdict"] == "leak":
            methods.setdefault(pair["training"], set()).update(pair["methods"])
    rows = list(read(training))
    kept = [row for row in rows if row["id"] not in methods]
    if not kept:
        raise UserError(
            f"{training}: all {len(rows)} training problems leak into a benchmark, so that none is left to teach; "
            "take another teaching.problems, or set teaching.leakage.policy to report"
        )
    write(problems, kept)
    reasons = [next(reason for reason in REASONS if reason in found) for found in methods.values()]
    parts = {"kept": len(kept), **{f"removed: {reason}": reasons.count(reason) for reason in REASONS}}
    counting.save(counts, len(rows), parts, removed=list(methods))


if __name__ == "__main__":
    run(main)

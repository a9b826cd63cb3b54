"""The most shifted tokens, as a table and a figure show them."""

import json
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.errors import UserError
from mixdistill.jsonl import Row
from mixdistill.terminal import visible


def most_shifted(shifts: Path, entry: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    """All tokens, and those to be shown: of the ones that occur often enough, the first.

    Raises:
        UserError: none occurs often enough.
    """
    every = list(counting.read(shifts, "id"))
    shown = [row for row in every if row["count"] >= entry["least"]][: entry["top"]]
    if not shown:
        most = max((row["count"] for row in every), default=0)
        raise UserError(f"{shifts}: no token occurs {entry['least']} times (the most is {most}); lower least")
    return every, shown


def quoted(token: str) -> str:
    """A token with its blanks, and what else cannot be seen, made visible."""
    for blank, sign in ((" ", "\u2423"), ("\n", "\u21b5"), ("\t", "\u21e5")):
        token = token.replace(blank, sign)
    return visible(token)


def basis(shifts: Path, entry: dict[str, Any]) -> str:
    """What was looked at."""
    counts = json.loads(shifts.with_suffix(".counts.json").read_text())
    return (
        f"{counts['answers']:,} answers of the first seed, {counts['positions']:,} tokens, {counts['total']:,} "
        f"different ones; shown are those that occur at least {entry['least']} times. Read as the tokenizer reads "
        f"them: {counts['as_written']:,} answers have as many tokens as were written. \u2423 is a blank."
    )

"""What a screening found, and what is removed because of it.

Apart from ``leakage``, which compares answers as students' are: what is taught does not change with the answer check.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill.errors import UserError
from mixdistill.jsonl import Row

METHODS = ("exact", "fuzzy", "ngram")
"""What finds a pair; what is removed is counted under the first of these that found it."""


def leaks(screening: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Yield benchmark and pair of the leaks of a screening."""
    for name, pairs in screening["pairs"].items():
        yield from ((name, pair) for pair in pairs if pair["verdict"] == "leak")


def sha256(path: Path) -> str:
    """The digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_remove(kept: Path, rows: Path, removing: bool) -> dict[str, str]:
    """Id to reason of what a kept screening takes out of these rows; nothing unless leaks are to be removed.

    Raises:
        UserError: it was made from other rows.
    """
    screening = json.loads(kept.read_text(encoding="utf-8"))
    if screening["training sha256"] != sha256(rows):
        raise UserError(
            f"{kept}: was made from other training problems than {rows} has now; delete it, so that these are screened"
        )
    found = screening["leaks"].items() if removing else ()
    return {identity: next(method for method in METHODS if method in methods) for identity, methods in found}

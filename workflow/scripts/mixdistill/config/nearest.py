"""Help for a mistyped name."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def nearest(name: str, names: Iterable[str]) -> str:
    """Suggest a valid name, if one is close."""
    close = get_close_matches(name, [str(item) for item in names], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def shown(value: Any) -> str:
    """A value, short enough for a line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

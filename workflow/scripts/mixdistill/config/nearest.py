"""Help for a mistyped name."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

from mixdistill.config.secrets import MASK, is_secret, masked


def nearest(name: str, names: Iterable[str]) -> str:
    """Suggest a valid name, if one is close; of very many or long names only some are compared, which takes time."""
    some = [name for name in map(str, islice(names, 500)) if len(name) <= 100]
    close = get_close_matches(name, some, n=1, cutoff=0.5) if len(name) <= 100 else []
    return f"; did you mean {close[0]!r}?" if close else ""


def shown(value: Any) -> str:
    """A value, short enough for a line and without what may be a secret; of a large one, no more is looked at."""
    text = ""
    for piece in pieces(value):
        text += piece
        if len(text) > 60:
            return text[:57] + "..."
    return text


def pieces(value: Any) -> Iterator[str]:
    """Yield the parts of what ``repr`` makes of a value."""
    if isinstance(value, dict):
        yield "{"
        for index, (key, inner) in enumerate(value.items()):
            yield ", " if index else ""
            yield from pieces(key)
            yield ": "
            yield from [repr(MASK)] if is_secret(str(key)) and isinstance(inner, str) else pieces(inner)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, inner in enumerate(value):
            yield ", " if index else ""
            yield from pieces(inner)
        yield "]"
    elif isinstance(value, str):
        yield repr(masked(value) if len(value) <= 60 else masked(value[:500])[:60] + "...")
    elif isinstance(value, int) and abs(value) > 10**60:
        yield "a number of very many digits"
    else:
        yield repr(value)

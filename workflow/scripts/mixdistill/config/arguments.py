"""Check arguments that are passed on verbatim against their names and types, without importing what takes them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mixdistill.config.nearest import nearest, shown
from mixdistill.config.references import Found, Keys

EXPONENTS = "in YAML, write 1.0e-5 and not 1e-5, which is text"


def wrong(
    keys: Keys, given: Mapping[str, Any], known: Mapping[str, str], ours: Mapping[str, str], owner: str
) -> Iterator[Found]:
    """Yield key and reason of arguments that are unknown, that the workflow sets itself, or that have the wrong type.

    Args:
        keys: where the arguments stand in the file.
        given: name to value.
        known: name to type (``float``, ``int``, ``bool``, ``str`` or ``any``).
        ours: name to what to use instead.
        owner: what takes the arguments.
    """
    for name, value in given.items():
        key = ".".join((*keys, name))
        if name in ours:
            yield key, f"the workflow sets this itself (got {shown(value)}): {ours[name]}"
        elif name not in known:
            yield key, f"{owner} has no such argument (got {shown(value)}){nearest(name, known)}"
        elif known[name] in ("float", "int") and (isinstance(value, bool) or not isinstance(value, int | float | None)):
            yield key, f"must be a number (got {shown(value)}); {EXPONENTS}"
        elif known[name] == "any":
            yield from numbers_as_text((*keys, name), value)
        elif known[name] == "bool" and not isinstance(value, bool | None):
            yield key, f"must be true or false (got {shown(value)})"


def numbers_as_text(keys: Keys, value: Any) -> Iterator[Found]:
    """Yield key and reason of texts like 1e-5, at any depth: they are numbers for everybody but YAML 1.1."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", value):
        yield ".".join(keys), f"must be a number (got {shown(value)}); {EXPONENTS}"
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from numbers_as_text((*keys, str(name)), item)

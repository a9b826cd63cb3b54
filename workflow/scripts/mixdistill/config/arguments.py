"""Check arguments that are passed on against their names and types, without importing what takes them."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from mixdistill.config.nearest import nearest, shown
from mixdistill.config.references import Found, Keys
from mixdistill.config.secrets import is_secret
from mixdistill.spans import WORDS, unfit
from mixdistill.tuning import A_SECTION, A_WORD, SECTIONS, is_tuning

NULL = ("max_grad_norm",)
"""Numbers that may be null, and whose type does not say so."""

EXPONENTS = "in YAML, write 1.0e-5 and not 1e-5, which is text"


class Taker(NamedTuple):
    """What takes arguments, and which of them an experiment may give."""

    name: str
    """What it is called in messages."""
    page: str
    """The page that lists what may be given."""
    known: Mapping[str, str]
    """Name to type (``float``, ``int``, ``bool``, ``str`` or ``any``) of all that it has."""
    allowed: Collection[str]
    """Those that may be given."""
    ours: Mapping[str, str]
    """Those that the workflow sets itself, and what to use instead."""
    reasons: Mapping[str, str]
    """Why some others may not be given, and what to do."""


def wrong(keys: Keys, given: Mapping[str, Any], taker: Taker) -> Iterator[Found]:
    """Yield key and reason of arguments that are unknown, that may not be given, or that have the wrong type.

    Args:
        keys: where the arguments stand in the file.
        given: name to value.
        taker: what takes them.
    """
    for name, value in given.items():
        key = ".".join((*keys, name))
        if name not in taker.known:
            yield key, f"{taker.name} has no such argument (got {untold(name, value)}){nearest(name, taker.allowed)}"
        elif name in taker.ours:
            yield key, f"the workflow sets this itself (got {untold(name, value)}): {taker.ours[name]}"
        elif name not in taker.allowed:
            only = f"only settings that tune, which run or read nothing; {taker.page} lists them"
            reason = taker.reasons.get(name, only)
            yield key, f"{taker.name} has this, and an experiment may not set it (got {untold(name, value)}): {reason}"
        else:
            yield from mistyped((*keys, name), value, taker.known[name])


def mistyped(keys: Keys, value: Any, kind: str) -> Iterator[Found]:
    """Yield key and reason of a value of another type than its argument has, or of one that is not plain."""
    key, name = ".".join(keys), keys[-1]
    if kind in ("float", "int") and (isinstance(value, bool) or not isinstance(value, int | float | None)):
        yield key, f"must be a number (got {shown(value)}); {EXPONENTS}"
    elif kind == "bool" and not isinstance(value, bool | None):
        yield key, f"must be true or false (got {shown(value)})"
    elif as_text := [*numbers_as_text(keys, value)]:
        yield from as_text
    elif not is_tuning(name, value):
        yield key, f"{A_SECTION if name in SECTIONS else A_WORD} (got {shown(value)})"
    elif value is None and kind in ("float", "int") and name not in NULL:
        yield key, "is empty, and must be a number: remove it, or give one"
    elif reason := unfit(name, value):
        yield key, f"{reason} (got {shown(value)}){nearest(str(value), map(str, WORDS.get(name, ())))}"


def untold(name: str, value: Any) -> str:
    """A value, unless its name says that it may be a secret."""
    return "a value that is not repeated" if is_secret(name) else shown(value)


def numbers_as_text(keys: Keys, value: Any) -> Iterator[Found]:
    """Yield key and reason of texts like 1e-5, at any depth: they are numbers for everybody but YAML 1.1."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", value):
        yield ".".join(keys), f"must be a number (got {shown(value)}); {EXPONENTS}"
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from numbers_as_text((*keys, str(name)), item)

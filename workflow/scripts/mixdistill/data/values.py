"""Values of rows: numbers as their file spells them, and words for messages."""

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

MISSING = {"nan", "NaN", "NAN", "<NA>", "NA", "N/A", "n/a", "#N/A", "None", "null", "Null", "NULL"}
"""What programs write for a value that is not there; words of people, such as "none", are answers."""


class Spelled(float):
    """A number with a fraction or an exponent, as the file spells it."""

    text: str

    def __new__(cls, text: str) -> "Spelled":
        """Keep the text beside the number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        """Return the file's spelling."""
        return self.text


class Unfit(ValueError):
    """What is wrong with a value that is JSON but for that."""


def one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise Unfit if a key stands in it twice, since one value would be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Unfit(f"key {twice[:60]!r} stands in one object twice")
    return made


def no_number(name: str) -> float:
    """Return NaN, which tables have for what is missing; raise Unfit for the infinite."""
    if name == "NaN":
        return float("nan")
    raise Unfit(f"{name} is no number of JSON")


def or_fault(made: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that returns what is wrong with a value instead of raising it."""

    def either(given: Any) -> Any:
        try:
            return made(given)
        except Unfit as fault:
            return fault

    return either


def fault_in(value: Any) -> Unfit | None:
    """Return the first fault in a value, at any depth."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value if isinstance(value, Unfit) else next(filter(None, map(fault_in, inner)), None)


def is_number(value: Any) -> bool:
    """Return whether a value is a number, and no truth value."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Return whether a number is neither infinite nor none (NaN); one of hundreds of digits is no float."""
    return isinstance(value, int) or math.isfinite(value)


def is_missing(value: Any) -> bool:
    """Return whether a value is null, or the number (NaN) that tables have for it."""
    return value is None or (isinstance(value, float | Decimal) and math.isnan(value))


def shown(value: Any) -> str:
    """Return what a value is, and the beginning of it, for a message."""
    if value is None:
        return "null"
    kinds = {bool: "a truth value", list: "a list", dict: "an object"}
    kind = "a number" if is_number(value) else kinds.get(type(value), f"a {type(value).__name__}")
    return f"{kind} ({repr(value)[:60]})"


def some(names: Iterable[Any], most: int = 20) -> str:
    """Return the first of some names, and how many there are more."""
    parts = [*map(str, names)]
    return ", ".join(parts[:most]) + (f" and {len(parts) - most:,} more" if len(parts) > most else "")

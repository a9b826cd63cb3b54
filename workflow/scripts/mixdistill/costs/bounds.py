"""Quantities that are not known exactly: a likely value between a low and a high one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True)
class Bounds:
    """A likely value and how far it may be off. Sums add lows to lows: what is wrong for one job is for all."""

    low: float
    likely: float
    high: float

    def __add__(self, other: "Bounds") -> "Bounds":
        """The sum of two quantities."""
        return Bounds(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: "Bounds | float") -> "Bounds":
        """The product of two quantities, none of them negative."""
        by = other if isinstance(other, Bounds) else exactly(other)
        return Bounds(self.low * by.low, self.likely * by.likely, self.high * by.high)

    def at_most(self, limit: float) -> "Bounds":
        """The same, with nothing above a limit."""
        return Bounds(min(self.low, limit), min(self.likely, limit), min(self.high, limit))

    def corrected(self, factor: float, width: float) -> "Bounds":
        """Multiply by a measured factor, and keep no more than ``width`` on either side, in natural logarithms."""
        likely = self.likely * factor
        below, above = log(self.likely / self.low), log(self.high / self.likely)
        return Bounds(likely * exp(-min(below, width)), likely, likely * exp(min(above, width)))


def exactly(value: float) -> Bounds:
    """A quantity that is known."""
    return Bounds(value, value, value)


NOTHING = exactly(0.0)


def total(parts: Iterable[Bounds]) -> Bounds:
    """The sum of many quantities."""
    return sum(parts, NOTHING)


def across(function: Callable[..., float], *given: Bounds) -> Bounds:
    """Bounds of a function that grows with each of its arguments."""
    return Bounds(
        function(*(one.low for one in given)),
        function(*(one.likely for one in given)),
        function(*(one.high for one in given)),
    )

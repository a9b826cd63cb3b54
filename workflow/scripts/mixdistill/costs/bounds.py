"""Quantities that are not known exactly: a likely value between a low and a high one.

Different assumptions err independently: their distances from the likely value, in logarithms, add in squares, as in
the propagation of uncertainty (JCGM 100:2008, 5.1). One assumption errs alike for all jobs: sums add lows to lows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, hypot, log, sqrt


@dataclass(frozen=True)
class Bounds:
    """A likely value and how far it may be off."""

    low: float
    likely: float
    high: float

    def __add__(self, other: "Bounds") -> "Bounds":
        """The sum of quantities that err alike."""
        return Bounds(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: "Bounds | float") -> "Bounds":
        """The product with a number, or with a quantity that errs independently; none is negative."""
        if isinstance(other, Bounds):
            return across(lambda mine, its: mine * its, self, other)
        return Bounds(self.low * other, self.likely * other, self.high * other)

    def at_most(self, limit: float) -> "Bounds":
        """The same, with nothing above a limit."""
        return Bounds(min(self.low, limit), min(self.likely, limit), min(self.high, limit))

    def corrected(self, factor: float, width: float) -> "Bounds":
        """Multiply by a measured factor, and keep no more than ``width`` on either side, in natural logarithms."""
        likely = self.likely * factor
        below, above = log(self.likely / self.low), log(self.high / self.likely)
        return Bounds(likely * exp(-min(below, width)), likely, likely * exp(min(above, width)))

    def without(self, part: "Bounds") -> "Bounds":
        """What would be left in doubt if what makes ``part`` doubtful were known."""

        def left(whole: float, of_part: float) -> float:
            return exp(sqrt(max(0.0, log(whole) ** 2 - log(of_part) ** 2)))

        below = left(self.likely / self.low, part.likely / part.low)
        return Bounds(
            self.likely / below, self.likely, self.likely * left(self.high / self.likely, part.high / part.likely)
        )


def exactly(value: float) -> Bounds:
    """A quantity that is known."""
    return Bounds(value, value, value)


NOTHING = exactly(0.0)


def total(parts: Iterable[Bounds]) -> Bounds:
    """The sum of many quantities."""
    return sum(parts, NOTHING)


def across(function: Callable[..., float], *given: Bounds) -> Bounds:
    """Bounds of a function that grows with each of its arguments, which err independently."""
    usual = [one.likely for one in given]
    likely = function(*usual)
    if not likely:
        return NOTHING
    below, above = [], []
    for at, one in enumerate(given):
        if one.low < one.high:
            below.append(log(likely / function(*usual[:at], one.low, *usual[at + 1 :])))
            above.append(log(function(*usual[:at], one.high, *usual[at + 1 :]) / likely))
    return Bounds(likely * exp(-hypot(*below)), likely, likely * exp(hypot(*above)))

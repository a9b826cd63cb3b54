"""The learnability curve: how a gap grows with the student's size, and where it changes sign."""

from collections.abc import Sequence
from math import log10, sqrt
from typing import NamedTuple

from mixdistill.statistics import quantile

FEWEST = 3
"""Sizes that a line is drawn through; two lie on one whatever they are."""


class Trend(NamedTuple):
    """A straight line of gap against the logarithm of size, by weighted least squares."""

    height: float
    """At the mean of the logarithms."""
    slope: float
    """Percentage points for each tenfold size."""
    centre: float
    """That mean, weighted."""
    errors: tuple[float, float]
    """Standard errors of height and slope, which are not correlated."""
    freedom: int

    def at(self, size: float) -> tuple[float, float]:
        """The line at a size, with its standard error."""
        away = log10(size) - self.centre
        return self.height + self.slope * away, sqrt(self.errors[0] ** 2 + (self.errors[1] * away) ** 2)

    def crossing(self) -> tuple[float, float, float] | None:
        """The size at which the line is 0, with its 95 % interval (Fieller 1954).

        None if the slope cannot be told from none: then any size may be the one, or no size.
        """
        reach = quantile(self.freedom)
        sure = self.slope**2 - (reach * self.errors[1]) ** 2
        if sure <= 0:
            return None
        at_height, at_slope = self.errors
        middle = -self.height * self.slope / sure
        root = (at_height * self.slope) ** 2 + (at_slope * self.height) ** 2 - (reach * at_height * at_slope) ** 2
        half = reach * sqrt(root) / sure
        low, high = 10 ** (self.centre + middle - half), 10 ** (self.centre + middle + half)
        return 10 ** (self.centre - self.height / self.slope), low, high


def fitted(sizes: Sequence[float], gaps: Sequence[float], variances: Sequence[float]) -> Trend | None:
    """The line through gaps of known variances; None where there are fewer than three sizes, or a gap has none.

    Errors are widened by how far the points are from the line, if that is more than their variances say: students
    differ in more than size.
    """
    if len(set(sizes)) < FEWEST or min(variances) <= 0:
        return None
    weights = [1 / variance for variance in variances]
    total = sum(weights)
    places = [log10(size) for size in sizes]
    centre = sum(w * x for w, x in zip(weights, places, strict=True)) / total
    height = sum(w * y for w, y in zip(weights, gaps, strict=True)) / total
    spread = sum(w * (x - centre) ** 2 for w, x in zip(weights, places, strict=True))
    slope = sum(w * (x - centre) * y for w, x, y in zip(weights, places, gaps, strict=True)) / spread
    left = sum(w * (y - height - slope * (x - centre)) ** 2 for w, x, y in zip(weights, places, gaps, strict=True))
    freedom = len(sizes) - 2
    wider = sqrt(max(left / freedom, 1.0))
    return Trend(height, slope, centre, (wider / sqrt(total), wider / sqrt(spread)), freedom)

"""Accuracies, averages and gaps with their intervals: the numbers of tables and figures, all in percent.

A score is a mean over problems and samples, then over seeds; the average is the unweighted mean of the
benchmarks (the paper's mean of five); a gap is one average minus another.

Intervals are about the two things that another run of the experiment would change: the problems, within each
benchmark, and the seeds. Every seed answers every problem, so they are crossed.

- Problems: the standard error of the bootstrap that draws problems, the same ones for both arms of a gap. For
  means it has a closed form (Efron and Tibshirani 1993, chapter 5), which needs no random numbers.
- Seeds: a variance component, by the analysis of variance: what the seeds' means differ by, beyond what the
  finite number of problems explains. A few seeds cannot tell it, so it is pooled over all arms that are shown
  together, and arms with one seed take it from the others. It is one number on the scale of log-odds: seeds
  change an accuracy of 50 percent by more points than one of 2 percent.
- Both together: Student's t with Satterthwaite's degrees of freedom. Accuracies get Wilson's form of it, which
  stays within 0 and 100 and has a width where all answers are wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from mixdistill.arms import Arm
from mixdistill.names import UNTRAINED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ALPHA = 0.05
"""What a p-value must stay below."""
LEVEL = 1 - ALPHA
"""Coverage of an interval."""


class Part(NamedTuple):
    """What one arm adds to a number."""

    arm: str
    """Its name, for random numbers of its own."""
    correct: "Array"
    """In percent, a row per seed and a column per problem."""
    sign: int
    """-1 in what is subtracted."""
    seeded: bool
    """Whether other seeds would have given other answers: not those of an untrained student."""


class Measure(NamedTuple):
    """A mean over benchmarks, whose numbers are means over seeds and problems."""

    benchmarks: dict[str, tuple[Part, ...]]
    """What adds up to the number of each: one part for an accuracy, two for a gap."""
    share: bool
    """Whether it lies between 0 and 100, as an accuracy does."""

    @property
    def value(self) -> float:
        """The number, in percent or percentage points."""
        sums = [sum(part.sign * float(part.correct.mean()) for part in parts) for parts in self.benchmarks.values()]
        return round(sum(sums) / len(sums), 9)


class Estimate(NamedTuple):
    """A number with the ends of its interval, in percent (or percentage points)."""

    value: float
    low: float
    high: float


class Noise(NamedTuple):
    """How much seeds change an arm."""

    variance: float
    """Between seeds, beyond what chance explains, in squared log-odds."""
    square: float
    """The variance of the seeds' means as they are: how uncertain the other is, follows from it."""
    freedom: int
    """Its degrees of freedom: seeds less one, of all arms."""


UNKNOWN = Noise(0.0, 0.0, 0)
"""No arm has two seeds."""


class Spread(NamedTuple):
    """Variance of a number, by where it comes from, in squared percentage points."""

    problems: float
    """From the problems that happened to be asked."""
    binomial: float
    """The same, divided by numbers of problems and not by one less."""
    seeds: float
    """From the seeds that happened to be used."""
    freedom: float
    """Degrees of freedom of the sum."""
    seeded: float
    """The same if only the seeds' part were uncertain, as in Wilson's interval."""


def accuracies(arm: Arm) -> dict[str, Measure]:
    """Accuracy on each benchmark."""
    name, seeded = f"{arm.student}/{arm.mixture}", arm.mixture != UNTRAINED
    return {
        benchmark: Measure({benchmark: (Part(name, 100 * correct, 1, seeded),)}, share=True)
        for benchmark, correct in arm.correct.items()
    }


def average(measures: Iterable[Measure]) -> Measure:
    """Unweighted mean of measures on different benchmarks, as the paper's over its five."""
    listed = list(measures)
    together = {name: parts for measure in listed for name, parts in measure.benchmarks.items()}
    return Measure(together, share=all(measure.share for measure in listed))


def overall(arm: Arm) -> Measure:
    """The average of an arm's benchmarks."""
    return average(accuracies(arm).values())


def difference(first: Measure, second: Measure) -> Measure:
    """First minus second, in percentage points: the gap, if both are averages. Problems must be the same ones.

    Two numbers of one arm, as of two graders, have their seeds in common.
    """
    return Measure({name: apart(parts, second.benchmarks[name]) for name, parts in first.benchmarks.items()}, False)


def apart(first: tuple[Part, ...], second: tuple[Part, ...]) -> tuple[Part, ...]:
    """First minus second, on one benchmark."""
    if [part.arm for part in first] == [part.arm for part in second]:
        return tuple(
            one._replace(correct=one.correct - other.correct) for one, other in zip(first, second, strict=True)
        )
    return (*first, *(part._replace(sign=-part.sign) for part in second))


def columns(parts: Iterable[Part]) -> "Array":
    """What each problem of a benchmark adds to the number, over all parts and seeds."""
    import numpy as np

    total: Array = np.sum([part.sign * part.correct.mean(axis=0) for part in parts], axis=0)
    return total


def arms_of(measure: Measure) -> "Iterator[list[Part]]":
    """Yield the parts of each arm, one per benchmark."""
    for parts in zip(*measure.benchmarks.values(), strict=True):
        yield list(parts)


def by_chance(parts: list[Part]) -> float:
    """How far the mean of one seed is scattered by which problems it happens to solve: the variance of interaction.

    With one seed it cannot be told from how difficult the problems are, and is 0.
    """
    total = 0.0
    for part in parts:
        seeds, problems = part.correct.shape
        if seeds > 1 and problems > 1:
            centred = part.correct - part.correct.mean(axis=0)
            left = centred - centred.mean(axis=1, keepdims=True)
            total += float((left**2).sum()) / ((seeds - 1) * (problems - 1)) / problems
    return total / len(parts) ** 2


def leverage(parts: Sequence[Part]) -> float:
    """How many percentage points an arm's number moves with its log-odds: the mean of p (1 - p) over benchmarks."""
    shares = [float(part.correct.mean()) / 100 for part in parts]
    return 100 * sum(max(share * (1 - share), 0.0) for share in shares) / len(shares)


def pooled(measures: Iterable[Measure]) -> Noise:
    """The noise of seeds in arms that are shown together; each arm counts once, whatever it occurs in."""
    import numpy as np

    squares = chance = moved = 0.0
    freedom = 0
    arms = {parts[0].arm: parts for measure in measures for parts in arms_of(measure) if parts[0].seeded}
    for parts in arms.values():
        means = np.mean([part.correct.mean(axis=1) for part in parts], axis=0)
        if len(means) > 1:
            squares += (len(means) - 1) * float(means.var(ddof=1))
            chance += (len(means) - 1) * by_chance(parts)
            moved += (len(means) - 1) * leverage(parts) ** 2
            freedom += len(means) - 1
    return Noise(max(squares - chance, 0.0) / moved, squares / moved, freedom) if moved else UNKNOWN


def spread(measure: Measure, noise: Noise) -> Spread:
    """Where a number's variance comes from."""
    number = len(measure.benchmarks)
    problems = binomial = quotient = 0.0
    for parts in measure.benchmarks.values():
        column = columns(parts)
        if len(column) > 1:
            variance = float(column.var(ddof=1)) / len(column) / number**2
            problems += variance
            binomial += variance * (len(column) - 1) / len(column)
            quotient += variance**2 / (len(column) - 1)
    moved = sum(leverage(parts) ** 2 / len(parts[0].correct) for parts in arms_of(measure) if parts[0].seeded)
    seeds, uncertain = noise.variance * moved, (noise.square * moved) ** 2 / max(noise.freedom, 1)
    freedom = (problems + seeds) ** 2 / (quotient + uncertain) if quotient + uncertain else inf
    seeded = (binomial + seeds) ** 2 / uncertain if uncertain else inf
    return Spread(problems, binomial, seeds, freedom, seeded)


def estimate(measure: Measure, noise: Noise) -> Estimate:
    """The number with its interval."""
    found, value = spread(measure, noise), measure.value
    if measure.share:
        return wilson(value, effective(measure, found), quantile(found.seeded))
    half = quantile(found.freedom) * (found.problems + found.seeds) ** 0.5
    return Estimate(value, round(value - half, 9), round(value + half, 9))


def conclusive(gap: Estimate) -> bool:
    """Tell whether an interval leaves out 0."""
    return gap.low > 0 or gap.high < 0


def effective(measure: Measure, found: Spread) -> float:
    """Number of answers that would be as sure, if each were independent of the others."""
    share, variance = measure.value / 100, (found.binomial + found.seeds) / 100**2
    if variance > 0 and 0 < share < 1:
        return share * (1 - share) / variance
    sizes = [parts[0].correct.shape[1] for parts in measure.benchmarks.values()]
    return float(len(sizes) ** 2 / sum(1 / size for size in sizes))


def quantile(freedom: float, level: float = LEVEL) -> float:
    """How many standard errors an interval reaches to each side: Student's t."""
    from scipy.special import stdtrit

    middle = (1 + level) / 2
    return NormalDist().inv_cdf(middle) if freedom == inf else float(stdtrit(freedom, middle))


def wilson(percent: float, answers: float, reach: float | None = None) -> Estimate:
    """A share with its interval by Wilson (1927), which holds at 0 and 100 percent and for few answers.

    Args:
        percent: the share.
        answers: of how many independent answers.
        reach: standard errors to each side, by default those of the normal distribution.
    """
    reach = quantile(inf) if reach is None else reach
    share, wide = percent / 100, reach * reach / answers
    middle = (share + wide / 2) / (1 + wide)
    half = (share * (1 - share) * wide + wide * wide / 4) ** 0.5 / (1 + wide)
    return Estimate(percent, round(100 * max(0.0, middle - half), 9), round(100 * min(1.0, middle + half), 9))

"""Whether a gap can be told from none: p-values, their correction over a table, and what would decide."""

from collections.abc import Sequence
from math import ceil, erfc, inf, sqrt
from statistics import NormalDist
from typing import NamedTuple

from mixdistill.statistics import ALPHA, Measure, Noise, arms_of, by_chance, columns, leverage, spread

POWER = 0.8
"""Chance that what would decide does decide, if the gap is what it seems to be."""
LARGEST = 1_000
"""More seeds, or times as many problems, are not worth saying."""


class Disagreements(NamedTuple):
    """McNemar's test of two arms, over all problems of all benchmarks alike."""

    first: float
    """Problems that only the first solves; with several seeds or samples, in shares."""
    second: float
    """Problems that only the second solves."""
    p: float
    """The chance of a difference at least as large, if neither were better."""


class Needed(NamedTuple):
    """What would decide a gap; None where nothing up to ``LARGEST`` would."""

    problems: float | None
    """So many times the problems."""
    seeds: int | None
    """Or so many seeds of each arm; None also where no arm has two seeds."""
    both: float | None
    """Or so many times the problems and the seeds."""


def p_value(gap: Measure, noise: Noise) -> float:
    """The chance of a gap at least as large, if there were none: two-sided, of the interval's own t."""
    from scipy.special import stdtr

    found = spread(gap, noise)
    variance = found.problems + found.seeds
    if not variance:
        return 0.0 if gap.value else 1.0
    score = abs(gap.value) / sqrt(variance)
    return erfc(score / sqrt(2)) if found.freedom == inf else 2 * float(stdtr(found.freedom, -score))


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for being several, so that the chance of any wrong one stays (Holm 1979)."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    made, highest = [0.0] * len(values), 0.0
    for place, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - place) * values[at]))
        made[at] = highest
    return made


def mcnemar(gap: Measure) -> Disagreements:
    """McNemar's test (1947) of the two arms of a gap: exact, where each answered each problem once.

    Otherwise with each problem as a cluster (Durkalski et al. 2003), which tells these trained models apart and knows
    nothing of other seeds.
    """
    import numpy as np

    found = np.concatenate([columns(parts) for parts in gap.benchmarks.values()]) / 100
    ours, theirs = float(found[found > 0].sum()), -float(found[found < 0].sum())
    if np.isin(found, (-1, 0, 1)).all():
        return Disagreements(ours, theirs, exact(round(ours), round(theirs)))
    return Disagreements(ours, theirs, erfc(abs(ours - theirs) / sqrt(2 * float((found**2).sum()))))


def exact(ours: int, theirs: int) -> float:
    """Two-sided p-value of McNemar's test by the binomial distribution."""
    from scipy.special import bdtr

    both, fewer = ours + theirs, min(ours, theirs)
    return min(1.0, 2 * float(bdtr(fewer, both, 0.5)))


def needed(gap: Measure, noise: Noise, tests: int) -> Needed:
    """What would decide a gap of this size, among so many tests (by Bonferroni, which is no less strict than Holm)."""
    normal, found = NormalDist(), spread(gap, noise)
    reach = normal.inv_cdf(1 - ALPHA / tests / 2) + normal.inv_cdf(POWER)
    wanted = (gap.value / reach) ** 2
    problems = found.problems / (wanted - found.seeds) if wanted > found.seeds else inf
    falling = chance = 0.0
    for parts in arms_of(gap):
        if parts[0].seeded:
            falling += by_chance(parts) + noise.variance * leverage(parts) ** 2
            chance += by_chance(parts) / len(parts[0].correct)
    left = wanted - max(found.problems - chance, 0.0)
    seeds = falling / left if left > 0 and noise.freedom else inf
    both = (found.problems + found.seeds) / wanted if wanted else inf
    return Needed(
        problems if problems <= LARGEST else None,
        ceil(seeds) if seeds <= LARGEST else None,
        both if both <= LARGEST else None,
    )

"""Numbers drawn again, for what has no standard error of its own: which of several is the best, where lines cross."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from mixdistill.seeds import seed_of
from mixdistill.statistics import Measure, Noise, arms_of, columns, leverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mixdistill.arms import Array

    Counts = NDArray[np.uint16]

REPLICATES = 2_000
"""Resamples."""
CHUNK = 200
"""Resamples held as numbers at once: a compromise of time and memory."""


def replicates(measure: Measure, noise: Noise) -> "Array":
    """The number in each resample: problems drawn again, and the noise of seeds added.

    Problems and noise are drawn by names, so that numbers of the same arms move together.
    """
    import numpy as np

    total = np.zeros(REPLICATES)
    for benchmark, parts in measure.benchmarks.items():
        column = columns(parts)
        counts = drawn(benchmark, len(column))
        total += np.concatenate([part.astype("float64") @ column for part in chunks(counts)]) / len(column)
    total /= len(measure.benchmarks)
    if noise.variance:
        for one in arms_of(measure):
            if one[0].seeded:
                error = leverage(one) * (noise.variance / len(one[0].correct)) ** 0.5
                total += one[0].sign * error * shifts(one[0].arm, noise.freedom)
    return total.round(9)


def share_of_best(measures: list[Measure], noise: Noise) -> tuple[int, "Array"]:
    """Index of the largest value, and of each the share of resamples in which it is the largest (ties in part)."""
    import numpy as np

    best = max(range(len(measures)), key=lambda index: measures[index].value)
    values = np.stack([replicates(measure, noise) for measure in measures]).round(6)
    top = values == values.max(axis=0)
    return best, (top / top.sum(axis=0)).mean(axis=1)


@lru_cache(maxsize=64)
def drawn(benchmark: str, size: int) -> "Counts":
    """How often each problem is drawn in each resample; depends on nothing but the benchmark and its size."""
    import numpy as np

    rng = np.random.default_rng(seed_of("problems", benchmark))
    counts = np.empty((REPLICATES, size), dtype=np.uint16)
    for part in chunks(counts):
        picks = rng.integers(0, size, part.shape) + size * np.arange(len(part))[:, None]
        part[:] = np.bincount(picks.ravel(), minlength=part.size).reshape(part.shape)
    return counts


def shifts(arm: str, freedom: int) -> "Array":
    """What other seeds would have done to an arm, in standard errors, in each resample."""
    import numpy as np

    found: Array = np.random.default_rng(seed_of("seeds", arm)).standard_t(freedom, REPLICATES)
    return found


def chunks(counts: "Counts") -> "Iterator[Counts]":
    """Yield views of some rows each."""
    for start in range(0, len(counts), CHUNK):
        yield counts[start : start + CHUNK]

"""Accuracies, averages and gaps with their intervals: the numbers of tables and figures, all in percent.

A score is a mean over problems and samples, then over seeds; the average is the unweighted mean of the
benchmarks (the paper's mean of five); a gap is one average minus another.

Intervals come from a bootstrap (Efron 1979, percentile method) over the two things that another run of the
experiment would change: the problems, within each benchmark, and the seeds. Problems and seeds are crossed,
since every seed answers every problem, so each is drawn on its own and the draws are multiplied. One draw of
problems serves every student and mixture, and one draw of seeds every mixture of a student that has the same
seeds: differences are paired, and a number has the same interval in every table and figure. Two limits: a few
seeds show less than all of their variance, and a benchmark whose answers are all wrong, or all right, adds no
width.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.errors import UserError
from mixdistill.names import UNTRAINED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.uint16]

REPLICATES = 2_000
"""Resamples per interval."""
LEVEL = 0.95
"""Coverage of an interval."""
COLUMNS = ["mixture", "seed", "benchmark", "id", "sample"]
CHUNK = 200
"""Resamples held as numbers at once: a compromise of time and memory."""


class Arm(NamedTuple):
    """One student trained on one mixture, with all its seeds."""

    student: str
    mixture: str
    seeds: tuple[int, ...]
    problems: dict[str, tuple[str, ...]]
    """Benchmark to problem ids, sorted."""
    correct: "dict[str, Array]"
    """Benchmark to the share of samples that are correct, a row per seed and a column per problem."""


class Measure(NamedTuple):
    """A number and what it is in each resample, in percent (or percentage points)."""

    value: float
    replicates: "Array"


class Estimate(NamedTuple):
    """A number with the ends of its interval, in percent (or percentage points)."""

    value: float
    low: float
    high: float


def arms(
    scores: Iterable[Path], look: dict[str, Any], wanted: Iterable[tuple[str, str]], verdict: str = "correct"
) -> dict[tuple[str, str], Arm]:
    """Read what is wanted, pairs of student and mixture, under the names it is wanted by.

    Args:
        scores: a file per student, named after it.
        look: what the table or figure says of itself.
        wanted: students and mixtures.
        verdict: the column that tells right from wrong.

    Raises:
        UserError: a file, mixture, benchmark, seed or answer that is needed is not there.
    """
    files = {path.stem: path for path in scores}
    asked: dict[str, dict[str, str]] = {}
    for student, mixture in wanted:
        asked.setdefault(student, {})[mixture] = look["same_as"].get(mixture, mixture)
    made = {}
    for student, mixtures in asked.items():
        if student not in files:
            raise UserError(f"{student}.parquet: not among the scores given; add this file")
        frame = read(files[student], set(mixtures.values()), verdict, look["entry"].get("subset") == "clean")
        for mixture, stored in mixtures.items():
            rows = frame[frame["mixture"] == stored]
            made[student, mixture] = arm(rows, student, stored, look["titles"]["benchmarks"], files[student])
        comparable([made[student, mixture] for mixture in mixtures], files[student])
    return made


def read(path: Path, mixtures: set[str], verdict: str, clean: bool) -> "pd.DataFrame":
    """Read the rows of some mixtures from a student's scores; the verdict becomes the column ``correct``.

    With ``clean``, without problems that leak into the training problems.
    """
    import pandas as pd

    wanted: list[tuple[str, str, Any]] = [("mixture", "in", sorted(mixtures))]
    wanted += [("clean", "==", True)] if clean else []
    try:
        frame = pd.read_parquet(path, columns=[*COLUMNS, verdict], filters=wanted)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: cannot be read as scores ({reason}); make it again") from error
    return frame.rename(columns={verdict: "correct"})


def arm(rows: "pd.DataFrame", student: str, mixture: str, benchmarks: Iterable[str], path: Path) -> Arm:
    """Arrange the rows of one mixture as a matrix per benchmark: every seed must answer every problem."""
    whose = f"{path}: student {student!r}, mixture {mixture!r}"
    if rows.empty:
        raise UserError(f"{whose}: no answers; add the mixture's answers and make the scores again")
    seeds = tuple(sorted(int(seed) for seed in rows["seed"].unique()))
    problems, correct = {}, {}
    for benchmark in benchmarks:
        there = rows[rows["benchmark"] == benchmark]
        if there.empty:
            raise UserError(f"{whose}: no answers to {benchmark!r}; add them and make the scores again")
        shares = there.astype({"correct": "float64"}).pivot_table(
            index="seed", columns="id", values="correct", aggfunc="mean"
        )
        missing = set(seeds) - {int(seed) for seed in shares.index}
        if missing:
            raise UserError(f"{whose}: no answers to {benchmark!r} with seed {min(missing)}; make the scores again")
        samples = there["sample"].nunique()
        if len(there) != shares.size * samples or there.duplicated(["seed", "id", "sample"]).any():
            raise UserError(
                f"{whose}: {len(there)} answers to {benchmark!r} where {len(seeds)} seeds x "
                f"{shares.shape[1]} problems x {samples} samples are needed; make the scores again"
            )
        problems[benchmark] = tuple(map(str, shares.columns))
        correct[benchmark] = shares.to_numpy(dtype="float64")
    return Arm(student, mixture, seeds, problems, correct)


def comparable(group: list[Arm], path: Path) -> None:
    """Refuse mixtures that were tested on different problems: their difference would not be paired."""
    for other in group[1:]:
        for benchmark, ids in group[0].problems.items():
            if other.problems[benchmark] != ids:
                raise UserError(
                    f"{path}: mixtures {group[0].mixture!r} and {other.mixture!r} were tested on different "
                    f"problems of {benchmark!r}; make the scores again from the same problem set"
                )


def accuracies(arm: Arm) -> dict[str, Measure]:
    """Accuracy on each benchmark, in percent, with its resamples."""
    import numpy as np

    seeds = drawn(f"seeds/{arm.student}/{arm.seeds}", len(arm.seeds)) / len(arm.seeds)
    made = {}
    for benchmark, correct in arm.correct.items():
        counts = drawn(f"problems/{benchmark}", correct.shape[1])
        sums = np.concatenate([part.astype("float64") @ correct.T for part in chunks(counts)])
        replicates = 100 * (sums * seeds).sum(axis=1) / correct.shape[1]
        made[benchmark] = Measure(100 * float(correct.mean()), replicates.round(9))
    return made


def average(measures: Iterable[Measure]) -> Measure:
    """Unweighted mean, as the paper's over its five benchmarks."""
    import numpy as np

    listed = list(measures)
    return Measure(
        float(np.mean([measure.value for measure in listed])),
        np.mean([measure.replicates for measure in listed], axis=0),
    )


def overall(arm: Arm) -> Measure:
    """The average of an arm's benchmarks."""
    return average(accuracies(arm).values())


def difference(first: Measure, second: Measure) -> Measure:
    """First minus second, in percentage points: the gap, if both are averages."""
    return Measure(first.value - second.value, (first.replicates - second.replicates).round(9))


def estimate(measure: Measure) -> Estimate:
    """The number with its interval: the middle ``LEVEL`` of the resamples."""
    import numpy as np

    low, high = np.quantile(measure.replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(round(measure.value, 9), float(low), float(high))


def wilson(hits: int, asked: int) -> Estimate:
    """A share in percent with its interval by Wilson (1927), which holds at 0 and 100 percent and for few questions."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = hits / asked, z * z / asked
    middle = (share + spread / 2) / (1 + spread)
    half = (share * (1 - share) * spread + spread * spread / 4) ** 0.5 / (1 + spread)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(100 * share, 100 * low, 100 * high)


def conclusive(gap: Estimate) -> bool:
    """Tell whether an interval leaves out 0."""
    return gap.low > 0 or gap.high < 0


def share_of_best(measures: list[Measure]) -> tuple[int, float]:
    """Index of the largest value, and the share of resamples in which it is the largest (ties in part)."""
    import numpy as np

    best = max(range(len(measures)), key=lambda index: measures[index].value)
    values = np.stack([measure.replicates for measure in measures]).round(6)
    top = values == values.max(axis=0)
    return best, float((top[best] / top.sum(axis=0)).mean())


@lru_cache(maxsize=64)
def drawn(key: str, size: int) -> "Counts":
    """How often each of ``size`` things is drawn in each resample; depends on nothing but key and size."""
    import numpy as np

    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
    counts = np.empty((REPLICATES, size), dtype=np.uint16)
    for part in chunks(counts):
        picks = rng.integers(0, size, part.shape) + size * np.arange(len(part))[:, None]
        part[:] = np.bincount(picks.ravel(), minlength=part.size).reshape(part.shape)
    return counts


def chunks(counts: "Counts") -> "Iterator[Counts]":
    """Yield views of some rows each."""
    for start in range(0, len(counts), CHUNK):
        yield counts[start : start + CHUNK]


def basis(shown: Iterable[Arm]) -> str:
    """Say what the intervals are over; this belongs on the face of what shows them."""
    listed = list(shown)
    numbers = sorted({len(arm.seeds) for arm in listed if arm.mixture != UNTRAINED})
    made = f"{100 * LEVEL:.0f}% bootstrap intervals"
    if not numbers:
        return f"{made} over problems"
    if numbers == [1]:
        return f"{made}; 1 seed: interval over problems only"
    if len(numbers) == 1:
        said = f"{made} over problems and {numbers[0]} seeds"
    else:
        said = f"{made} over problems and seeds ({numbers[0]} to {numbers[-1]} seeds)"
        said += "; 1 seed: interval over problems only" if numbers[0] == 1 else ""
    untrained = any(arm.mixture == UNTRAINED for arm in listed)
    return said + ("; untrained: over problems only" if untrained else "")


def left_out(scores: list[Path], look: dict[str, Any]) -> list[str]:
    """The footnote of a table on the clean subset: how many problems of each benchmark leak; none for other tables.

    Raises:
        UserError: all problems of a benchmark leak.
    """
    import pandas as pd

    if look["entry"].get("subset") != "clean":
        return []
    rows = pd.read_parquet(scores[0], columns=["benchmark", "id", "clean"]).drop_duplicates()
    said = []
    for benchmark, title in look["titles"]["benchmarks"].items():
        clean = rows.loc[rows["benchmark"] == benchmark, "clean"]
        if not clean.any():
            raise UserError(
                f"{scores[0]}: all {len(clean)} problems of {benchmark!r} leak into the training problems, so "
                "that none is clean; set subset: all for this table, or take the benchmark out"
            )
        said.append(f"{title} {len(clean) - clean.sum()} of {len(clean)}")
    return [f"Clean subset: left out are test problems that leak into the training problems ({', '.join(said)})."]


def mixture_title(look: dict[str, Any], mixture: str) -> str:
    """What a mixture is called on the face; ``untrained`` and unnamed ones are called by their names."""
    return str(look["titles"]["mixtures"].get(mixture, mixture))


def heading(entry: dict[str, Any]) -> str:
    """The title of a table or figure, with what it repeats of the paper."""
    title = str(entry["title"])
    return f"{title} (after {entry['paper']} of the paper)" if entry.get("paper") else title

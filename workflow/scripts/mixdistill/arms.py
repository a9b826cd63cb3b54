"""Arms: what a student trained on a mixture answered, as a matrix of seeds and problems for each benchmark."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

COLUMNS = ["mixture", "seed", "benchmark", "id", "sample"]


class Arm(NamedTuple):
    """One student trained on one mixture, with all its seeds."""

    student: str
    mixture: str
    seeds: tuple[int, ...]
    problems: dict[str, tuple[str, ...]]
    """Benchmark to problem ids, sorted."""
    correct: "dict[str, Array]"
    """Benchmark to the share of samples that are correct, a row per seed and a column per problem."""


class Answered(NamedTuple):
    """The answers of one student trained on one mixture."""

    student: str
    mixture: str
    """Its name in the table or figure."""
    stored: str
    """Its name in the scores."""
    path: Path
    rows: "pd.DataFrame"

    def __str__(self) -> str:
        """Whose they are."""
        return f"{self.path}: student {self.student!r}, mixture {self.stored!r}"


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
    made = {}
    first: dict[str, Arm] = {}
    for one in answered(scores, look, wanted, [*COLUMNS, verdict]):
        found = arm(one.rows.rename(columns={verdict: "correct"}), one, look["titles"]["benchmarks"])
        comparable(first.setdefault(one.student, found), found, one.path)
        made[one.student, one.mixture] = found
    return made


def answered(
    scores: Iterable[Path], look: dict[str, Any], wanted: Iterable[tuple[str, str]], columns: list[str]
) -> Iterator[Answered]:
    """Yield the answers of pairs of student and mixture, student by student; each file is read once.

    Raises:
        UserError: a file that is needed is not there or cannot be read, or has no answers of a mixture.
    """
    files = {path.stem: path for path in scores}
    leaking = leaked(files.values(), look)
    asked: dict[str, dict[str, str]] = {}
    for student, mixture in wanted:
        asked.setdefault(student, {})[mixture] = look["same_as"].get(mixture, mixture)
    for student, mixtures in asked.items():
        if student not in files:
            raise UserError(f"{student}.parquet: not among the scores given; add this file")
        frame = read(files[student], set(mixtures.values()), columns, leaking)
        for mixture, stored in mixtures.items():
            one = Answered(student, mixture, stored, files[student], frame[frame["mixture"] == stored])
            if one.rows.empty:
                raise UserError(f"{one}: no answers; add the mixture's answers and make the scores again")
            yield one


def leaked(scores: Iterable[Path], look: dict[str, Any]) -> set[tuple[str, str]]:
    """Benchmark and id of the problems that a table leaves out: on the clean subset, what any of its arms was taught.

    They are the same for all arms, since these are compared on the same problems.
    """
    entry = look["entry"]
    if entry.get("subset") != "clean":
        return set()
    names = entry["mixtures"] if "mixtures" in entry else [entry["gap"]["first"], entry["gap"]["second"]]
    mixtures = {look["same_as"].get(name, name) for name in names}
    found: set[tuple[str, str]] = set()
    for path in scores:
        if path.stem in entry["students"]:
            rows = read(path, mixtures, ["benchmark", "id", "clean"])
            touched = rows.loc[~rows["clean"].astype(bool), ["benchmark", "id"]]
            found.update(touched.astype(str).drop_duplicates().itertuples(index=False, name=None))
    return found


def read(
    path: Path, mixtures: set[str], columns: list[str], without: Collection[tuple[str, str]] = ()
) -> "pd.DataFrame":
    """Read the rows of some mixtures from a student's scores, without these problems, pairs of benchmark and id.

    Raises:
        UserError: the file cannot be read, or lacks a column.
    """
    import pandas as pd

    wanted = [("mixture", "in", sorted(mixtures))]
    try:
        rows = pd.read_parquet(path, columns=columns, filters=wanted)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: cannot be read as scores ({reason}); make it again") from error
    return rows[~pd.MultiIndex.from_frame(rows[["benchmark", "id"]].astype(str)).isin(without)] if without else rows


def arm(rows: "pd.DataFrame", whose: Answered, benchmarks: Iterable[str]) -> Arm:
    """Arrange the rows of one mixture as a matrix per benchmark: every seed must answer every problem."""
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
    return Arm(whose.student, whose.stored, seeds, problems, correct)


def comparable(one: Arm, other: Arm, path: Path) -> None:
    """Refuse mixtures that were tested on different problems: their difference would not be paired."""
    for benchmark, ids in one.problems.items():
        if other.problems[benchmark] != ids:
            raise UserError(
                f"{path}: mixtures {one.mixture!r} and {other.mixture!r} were tested on different "
                f"problems of {benchmark!r}; make the scores again from the same problem set"
            )

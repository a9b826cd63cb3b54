"""What an experiment asks for: which student is trained on which mixture, with which seed.

Tables and figures pull everything else. A mixture is identified by its comparison, parts, weights and changed
training settings, so nothing is trained twice: a sweep's weights 0 and 1 are the pure sets, and its 0.2 may be a
mixture that has a name.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from mixdistill.config.outputs import (
    ExampleFigure,
    Figure,
    GradersTable,
    OfArms,
    OfGap,
    OfStyle,
    SweepFigure,
    Table,
    VariantsFigure,
)
from mixdistill.config.schema import Experiment
from mixdistill.config.sources import Source
from mixdistill.config.teaching import Mixture, Sweep
from mixdistill.names import AGAIN, UNTRAINED

Entry = Table | Figure


class Recipe(NamedTuple):
    """The identity of a mixture."""

    comparison: str
    parts: tuple[tuple[str, float], ...]
    """Teacher and weight, sorted by teacher."""
    sft: str = ""
    """What it changes of the training settings, as JSON: trained otherwise, it is another arm."""


class Cell(NamedTuple):
    """One training run, and the unit of answering and marking."""

    student: str
    mixture: str
    seed: int

    @property
    def trained(self) -> bool:
        """Whether it stands for a training: not for the student as it came, nor for models that are asked again."""
        return self.mixture != UNTRAINED and not self.mixture.endswith(AGAIN)


def recipe(comparison: str, parts: dict[str, float], changes: dict[str, Any] | None = None) -> Recipe:
    """The identity of these parts, trained with these changed settings; what has no weight has no part."""
    weighted = sorted((teacher, weight) for teacher, weight in parts.items() if weight)
    return Recipe(comparison, tuple(weighted), json.dumps(changes, sort_keys=True) if changes else "")


def swept(sweep: Sweep, weight: float) -> Recipe:
    """The mixture at one weight of a sweep."""
    return recipe(sweep.comparison, {sweep.of: weight, sweep.against: round(1 - weight, 9)})


def rows_of(mixture: Mixture) -> str:
    """The identity of a training set that exists already: its rows, and how it is trained on."""
    said = mixture.model_dump(mode="json", include={"rows", "fields"})
    return json.dumps([said, mixture.sft.changes()], sort_keys=True)


class Plan:
    """An experiment with its mixtures resolved."""

    def __init__(self, experiment: Experiment) -> None:
        """Resolve equal mixtures to one name: the first that the file gives, else one made from sweep and weight."""
        self.experiment = experiment
        self.same_as: dict[str, str] = {UNTRAINED: UNTRAINED}
        self.names: dict[Recipe, str] = {}
        self.ready: dict[str, Mixture] = {}
        """Training sets that exist already, equal ones under the first name."""
        same_rows: dict[str, str] = {}
        for name, mixture in experiment.mixtures.items():
            if mixture.comparison:
                made = recipe(mixture.comparison, mixture.parts, mixture.sft.changes())
                self.same_as[name] = self.names.setdefault(made, name)
            else:
                self.same_as[name] = same_rows.setdefault(rows_of(mixture), name)
                self.ready.setdefault(self.same_as[name], mixture)
        for name, sweep in experiment.sweeps.items():
            for weight in sweep.weights:
                made_up = f"{name}-{weight:.9g}"
                taken = made_up in experiment.mixtures
                self.names.setdefault(swept(sweep, weight), f"{made_up}-swept" if taken else made_up)
        self.recipes: dict[str, Recipe] = {name: made for made, name in self.names.items()}
        pulled = {name: list(self.pulled(entry)) for name, entry in self.entries().items()}
        self.by_student: dict[str, list[Cell]] = {}
        for student, arm in dict.fromkeys(chain(*pulled.values())):
            seeds = (0,) if arm == UNTRAINED else self.seeds(student)
            self.by_student.setdefault(student, []).extend(Cell(student, arm, seed) for seed in seeds)
        for student, arm in self.asked_again():
            seed = 0 if arm == UNTRAINED else next(iter(self.seeds(student)))
            cells = self.by_student.setdefault(student, [])
            cells += [
                cell for cell in (Cell(student, arm, seed), Cell(student, arm + AGAIN, seed)) if cell not in cells
            ]
        tables = [name for name, entry in experiment.tables.items() if isinstance(entry, GradersTable)]
        self.graded_again = {pair for table in tables for pair in pulled[table]}
        self.merged: dict[tuple[str, str], dict[str, Any]] = {}

    def titled(self, mixture: str) -> str:
        """What a mixture is called on the face: its title, or its name where the file gives none."""
        name = mixture.removesuffix(AGAIN)
        given = self.experiment.mixtures.get(name)
        return (given.title if given and given.title else name) + (" (asked again)" if name != mixture else "")

    def asked_again(self) -> list[tuple[str, str]]:
        """Students and mixtures whose first model answers twice."""
        again = self.experiment.answering.again
        return [(student, self.same_as[again.mixture]) for student in again.students] if again else []

    def on_sweep(self, sweep: str) -> dict[float, str]:
        """Weight to mixture, in order of weight."""
        entry = self.experiment.sweeps[sweep]
        return {weight: self.names[swept(entry, weight)] for weight in sorted(set(entry.weights))}

    def asked(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the students and mixtures that a table or figure names, mixtures under the names it uses."""
        match entry:
            case OfGap():
                students, mixtures = entry.students, [entry.gap.first, entry.gap.second]
            case OfArms():
                students, mixtures = entry.students, entry.mixtures
            case GradersTable():
                students = entry.students
                mixtures = [mixture for gap in entry.gaps for mixture in (gap.first, gap.second)]
            case VariantsFigure():
                students = [student for variant in entry.variants for student in variant.students]
                mixtures = [mixture for gap in entry.gaps for mixture in (gap.first, gap.second)]
            case OfStyle():
                students, mixtures = [entry.student], [entry.mixture]
            case ExampleFigure():
                students, mixtures = [entry.student], entry.mixtures
            case SweepFigure():
                students = [entry.student]
                mixtures = [mixture for sweep in entry.sweeps for mixture in self.on_sweep(sweep).values()]
        yield from ((student, mixture) for student in students for mixture in mixtures)

    def pulled(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the students and mixtures that must be made for a table or figure."""
        yield from ((student, self.same_as.get(mixture, mixture)) for student, mixture in self.asked(entry))

    def entries(self) -> dict[str, Entry]:
        """All tables and figures."""
        return {**self.experiment.tables, **self.experiment.figures}

    def cells(self, student: str | None = None) -> list[Cell]:
        """Training runs of one student, or of all; an untrained student has the one seed 0."""
        if student is not None:
            return self.by_student.get(student, [])
        return [cell for cells in self.by_student.values() for cell in cells]

    def seeds(self, student: str) -> Iterable[int]:
        """Seeds of a student's training runs."""
        return self.experiment.students[student].seeds or self.experiment.seeds

    def logs(self, student: str) -> dict[str, list[str]]:
        """Mixture to logs of a student that answered elsewhere, mixtures under the names they are made by."""
        given = self.experiment.students[student].logs
        return {self.same_as[mixture]: paths for mixture, paths in given.items()}

    def trained(self, student: str) -> dict[str, list[Source]]:
        """Mixture to models of a student that was trained elsewhere, mixtures under the names they are made by."""
        given = self.experiment.students[student].trained
        return {self.same_as[mixture]: sources for mixture, sources in given.items()}

    def turn(self, cell: Cell) -> int:
        """Which of its mixture's seeds a cell has, from 0: the place in ``logs`` and ``trained``."""
        return 0 if cell.mixture == UNTRAINED else [*self.seeds(cell.student)].index(cell.seed)

    def unprovided(self) -> Iterator[tuple[str, str]]:
        """Yield key and reason of what keeps logs and models trained elsewhere from being what is asked for."""
        for name, student in self.experiment.students.items():
            if not student.logs and not student.trained:
                continue
            asked = Counter(cell.mixture for cell in self.cells(name) if not cell.mixture.endswith(AGAIN))
            key, kind = ("logs", "logs of") if student.logs else ("trained", "models trained on")
            given = {mixture: len(one) for mixture, one in (self.logs(name) or self.trained(name)).items()}
            for mixture, seeds in asked.items():
                if mixture not in given and not student.model:
                    yield f"students.{name}.{key}", f"no {kind} {mixture!r}, which a table or figure shows"
                elif given.get(mixture, seeds) != seeds:
                    yield (
                        f"students.{name}.{key}.{mixture}",
                        f"{given[mixture]} {key} for {seeds} seeds: give one for each of seeds",
                    )
            for benchmark, entry in self.experiment.benchmarks.items():
                if asked and student.logs and not entry.tasks:
                    yield f"benchmarks.{benchmark}.tasks", f"missing: students.{name} answers by logs of these tasks"

    def unread(self) -> Iterator[str]:
        """Yield the keys of logs and models trained elsewhere that no table or figure shows: nothing reads them."""
        for name, student in self.experiment.students.items():
            shown = {cell.mixture for cell in self.cells(name)}
            for key, given in (("logs", student.logs), ("trained", student.trained)):
                yield from (f"students.{name}.{key}.{one}" for one in given if self.same_as[one] not in shown)

    def runs(self) -> list[Cell]:
        """Training runs that are made here."""
        return self.made_here

    @cached_property
    def made_here(self) -> list[Cell]:
        """The same, looked for once."""
        here = {name: self.trained(name) for name, student in self.experiment.students.items() if student.model}
        return [
            cell
            for cell in self.cells()
            if cell.trained and cell.student in here and cell.mixture not in here[cell.student]
        ]

    def mixed(self) -> list[str]:
        """Mixtures that something is trained on here."""
        return list(self.mixed_here)

    @cached_property
    def mixed_here(self) -> dict[str, None]:
        """The same, looked for once."""
        return dict.fromkeys(cell.mixture for cell in self.runs())

    def imported(self) -> list[str]:
        """Training sets that exist already and that students were or will be trained on, here or elsewhere."""
        arms = dict.fromkeys(cell.mixture.removesuffix(AGAIN) for cell in self.cells())
        return [mixture for mixture in arms if mixture in self.ready]

    def known(self, student: str) -> list[str]:
        """Mixtures of a student whose rows are known here; those of what was trained elsewhere may not be."""
        arms = dict.fromkeys(cell.mixture.removesuffix(AGAIN) for cell in self.cells(student))
        return [mixture for mixture in arms if mixture in self.ready or mixture in self.mixed_here]

    def taught(self) -> list[str]:
        """Teachers whose completions are mixed."""
        comparisons = dict.fromkeys(self.recipes[name].comparison for name in self.mixed() if name in self.recipes)
        teachers = (name for one in comparisons for name in self.experiment.comparisons[one].teachers)
        return list(dict.fromkeys(teachers))

    def sources(self) -> Iterator[tuple[Source, bool]]:
        """Yield every source that tables and figures need, and whether it may be an adapter."""
        used, sets = self.experiment, [self.experiment.teaching.problems]
        given: list[Source | None] = [used.judge.model if used.judge else None]
        given += [used.problems[name].source for name in (*sets, *(one.problems for one in used.benchmarks.values()))]
        for name in self.taught():
            given += [used.teachers[name].model, used.teachers[name].completions]
        given += [self.ready[name].rows for name in self.imported()]
        cells = self.cells()
        given += [used.students[name].model for name in dict.fromkeys(cell.student for cell in cells)]
        yield from ((source, False) for source in given if source)
        for cell in cells:
            checkpoints = self.trained(cell.student).get(cell.mixture)
            if checkpoints:
                yield checkpoints[self.turn(cell)], used.students[cell.student].model is not None

    def students(self, entry: Entry) -> list[str]:
        """Students of a table or figure, in its order."""
        return list(dict.fromkeys(student for student, _ in self.pulled(entry)))

    def settings(self, student: str, mixture: str) -> dict[str, Any]:
        """How a student is trained on a mixture: ``sft``, with what the student and then the mixture change of it."""
        if (student, mixture) not in self.merged:
            made = self.experiment.sft.model_dump()
            named = self.experiment.mixtures.get(mixture)  # what only a sweep has is not
            for change in (self.experiment.students[student].sft, *([named.sft] if named else [])):
                changes = change.changes()
                made |= {**changes, "args": {**made["args"], **changes.get("args", {})}}
            self.merged[student, mixture] = {**made, "dtype": made["dtype"] or self.experiment.engine.dtype}
        return self.merged[student, mixture]

    def graded(self, student: str) -> list[Cell]:
        """Cells of a student whose answers are graded in every way, for the tables that compare graders."""
        return [cell for cell in self.cells(student) if (student, cell.mixture) in self.graded_again]

    def unused(self) -> Iterator[str]:
        """Yield the keys of students, teachers and mixtures that no table or figure pulls."""
        cells = self.cells()
        trained, mixed = {cell.student for cell in cells}, {cell.mixture for cell in cells}
        teachers = {
            teacher
            for mixture in mixed & {*self.recipes}
            for teacher in self.experiment.comparisons[self.recipes[mixture].comparison].teachers
        }
        yield from (f"students.{name}" for name in self.experiment.students if name not in trained)
        yield from (f"mixtures.{name}" for name in self.experiment.mixtures if self.same_as[name] not in mixed)
        yield from (f"teachers.{name}" for name in self.experiment.teachers if name not in teachers)

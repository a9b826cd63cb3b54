"""Questions about marks, verdicts and scores."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from mixdistill.plan import Cell
from mixdistill.rulebook.machines import AboutMachines
from mixdistill.rulebook.places import Files, Wildcards


class AboutEvaluation(AboutMachines):
    """Cells of students, and the judge."""

    def cell_files(self, stage: str) -> Callable[[Wildcards], Files]:
        """The files of a stage for all cells of a student."""

        def files(wildcards: Wildcards) -> Files:
            cells = self.plan.cells(wildcards.student)
            return [f"{self.results}/{stage}/{student}/{mixture}/{seed}.jsonl" for student, mixture, seed in cells]

        return files

    def graded_files(self, wildcards: Wildcards) -> Files:
        """Answers of a student that are graded in every way."""
        cells = self.plan.graded(wildcards.student)
        return [f"{self.results}/answers/{student}/{mixture}/{seed}.jsonl" for student, mixture, seed in cells]

    def graded_cells(self, wildcards: Wildcards) -> list[list[Any]]:
        """Student, mixture and seed of each of those files, in the same order."""
        return [list(cell) for cell in self.plan.graded(wildcards.student)]

    def cells(self, wildcards: Wildcards) -> list[list[Any]]:
        """Student, mixture and seed of each of those files, in the same order."""
        return [list(cell) for cell in self.plan.cells(wildcards.student)]

    def taught_rows(self, wildcards: Wildcards) -> Files:
        """What a student was taught, a file for each of its mixtures whose rows are known."""
        student = wildcards.student
        return [
            f"{self.results}/{'mixtures' if kept else 'imported'}/{mixture}.jsonl"
            for mixture, kept in self.known(student).items()
        ]

    def taught_mixtures(self, wildcards: Wildcards) -> dict[str, str | None]:
        """These mixtures, in the same order, and the kept screenings that decided what they have taught, if any."""
        return self.known(wildcards.student)

    def taught_overlaps(self, wildcards: Wildcards) -> Files:
        """The screening of each of these mixtures, in the same order."""
        ready = self.plan.ready
        return [
            f"{self.results}/imported/{mixture}.overlap.json" if mixture in ready else self.overlap
            for mixture in self.known(wildcards.student)
        ]

    def known(self, student: str) -> dict[str, str | None]:
        """Mixtures of a student whose rows are known, and the kept screenings that decided what they have taught.

        Of a set that a model elsewhere was trained on, all rows were taught.
        """
        ready, here = self.plan.ready, {cell.mixture for cell in self.plan.cells(student) if cell in self.runs_here}
        kept = {name: self.kept(self.screening(name if name in ready else None)) for name in self.plan.known(student)}
        return {name: screening if name in here or name not in ready else None for name, screening in kept.items()}

    @cached_property
    def runs_here(self) -> frozenset[Cell]:
        """The plan's runs, looked for once."""
        return frozenset(self.plan.runs())

    def all_cells(self) -> dict[str, list[Any]]:
        """Students, mixtures and seeds of all cells, as ``expand(..., zip, ...)`` takes them."""
        cells = self.plan.cells()
        return {name: [getattr(cell, name) for cell in cells] for name in ("student", "mixture", "seed")}

    def judge(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """How the judge is asked, and of how much beside; None without a judge. A function like ``prompt``."""
        judge = self.experiment.judge
        if judge is None:
            return None
        beside = {"accepted": judge.accepted, "controls": judge.controls}
        beside = beside if judge.mode == "audit" else dict.fromkeys(beside, 0)
        return {"prompt": judge.prompt, "sampling": judge.sampling.model_dump(), **beside}

    def judge_engine(self, wildcards: Wildcards) -> dict[str, Any]:
        """What runs the judge. A function like ``prompt``."""
        return self.engine_of(self.experiment.judge)

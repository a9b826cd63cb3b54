"""Questions about students."""

from collections.abc import Callable
from typing import Any

from mixdistill.names import UNTRAINED
from mixdistill.plan import Cell
from mixdistill.resources import TOKENS, Stage, needs
from mixdistill.rulebook.places import Files, Places, Wildcards


class AboutStudents(Places):
    """Training students, and their answers."""

    def sft(self, student: str) -> dict[str, Any]:
        """How a student is trained: ``sft`` with what the student changes of it."""
        common, own = self.experiment.sft, self.experiment.students[student].sft
        changed = own.model_dump(include=own.model_fields_set)
        settings = {**common.model_dump(), **changed, "args": {**common.args, **own.args}}
        return {**settings, "dtype": settings["dtype"] or self.experiment.engine.dtype}

    def sft_param(self, name: str) -> Callable[[Wildcards], Any]:
        """One of the settings of ``sft``."""

        def param(wildcards: Wildcards) -> Any:
            return self.sft(wildcards.student)[name]

        return param

    def base_weights(self, wildcards: Wildcards) -> str:
        """The folder of a student before training."""
        return self.place(self.experiment.students[wildcards.student].model)

    def trained_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a trained student, as a list: empty for the student as it came."""
        student, mixture, seed = wildcards.student, wildcards.mixture, wildcards.seed
        return [] if mixture == UNTRAINED else [f"{self.results}/models/{student}/{mixture}/{seed}"]

    def repository(self, wildcards: Wildcards) -> str | None:
        """The repository on the hub that a trained student is published in; None if the experiment names no owner."""
        publish = self.experiment.publish
        name = "-".join([self.experiment.name, wildcards.student, wildcards.mixture, wildcards.seed])
        return f"{publish.owner}/{name}" if publish else None

    def trained_cells(self) -> dict[str, list[Any]]:
        """Students, mixtures and seeds of all training runs, as ``expand(..., zip, ...)`` takes them."""
        cells = [cell for cell in self.plan.cells() if cell.mixture != UNTRAINED and cell.student in self.trained]
        return {name: [getattr(cell, name) for cell in cells] for name in ("student", "mixture", "seed")}

    def questions(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a student sees and where it stops, per benchmark; a function for the same reason as ``prompt``."""
        benchmarks = self.experiment.benchmarks.items()
        return {name: {"prompt": one.prompt, "stop": one.stop} for name, one in benchmarks}

    def answer_logs(self, wildcards: Wildcards) -> Files:
        """The logs of answers that a student gave elsewhere, as a list: those of its one seed."""
        cell = Cell(wildcards.student, wildcards.mixture, int(wildcards.seed))
        seeds = [one.seed for one in self.plan.cells(cell.student) if one.mixture == cell.mixture]
        return [self.plan.logs(cell.student)[cell.mixture][seeds.index(cell.seed)]]

    def resource(self, stage: Stage, name: str) -> Callable[[Wildcards], int]:
        """A resource of generating or training, by the size of the model that a job is about."""

        def resource(wildcards: Wildcards) -> int:
            if hasattr(wildcards, "teacher"):
                return needs(stage, self.experiment.teachers[wildcards.teacher].parameters or 0)[name]
            size = self.experiment.students[wildcards.student].parameters
            if stage == "generate":
                return needs(stage, size)[name]
            sft = self.sft(wildcards.student)
            tokens = sft["args"].get("per_device_train_batch_size", 8) * (sft["max_length"] or TOKENS)
            return needs("lora" if sft["lora"] else "sft", size, tokens)[name]

        return resource

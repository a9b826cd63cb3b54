"""Questions about students."""

from collections.abc import Callable
from typing import Any

from mixdistill.names import AGAIN, UNTRAINED
from mixdistill.plan import Cell
from mixdistill.rulebook.machines import AboutMachines
from mixdistill.rulebook.places import Files, Wildcards


class AboutStudents(AboutMachines):
    """Training students, and their answers."""

    def sft_param(self, name: str) -> Callable[[Wildcards], Any]:
        """One of the settings of ``sft``."""

        def param(wildcards: Wildcards) -> Any:
            return self.plan.settings(wildcards.student, wildcards.mixture)[name]

        return param

    def base_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a student before training, see ``files``; its trained model's, where no other is given."""
        model = self.experiment.students[wildcards.student].model
        return self.files(model) if model else self.trained_weights(wildcards)

    def trained_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a trained student, as a list: empty for the student as it came."""
        cell = Cell(wildcards.student, wildcards.mixture.removesuffix(AGAIN), int(wildcards.seed))
        if cell.mixture == UNTRAINED:
            return []
        elsewhere = self.plan.trained(cell.student).get(cell.mixture)
        if elsewhere:
            return self.files(elsewhere[self.plan.turn(cell)])
        return [f"{self.results}/models/{cell.student}/{cell.mixture}/{cell.seed}"]

    def repository(self, wildcards: Wildcards) -> str | None:
        """The repository on the hub that a trained student is published in; None if the experiment names no owner."""
        publish = self.experiment.publish
        name = "-".join([self.experiment.name, wildcards.student, wildcards.mixture, wildcards.seed])
        return f"{publish.owner}/{name}" if publish else None

    def trained_cells(self) -> dict[str, list[Any]]:
        """Students, mixtures and seeds of all training runs, as ``expand(..., zip, ...)`` takes them."""
        cells = [cell for cell in self.plan.cells() if cell.trained and cell.student in self.trained]
        return {name: [getattr(cell, name) for cell in cells] for name in ("student", "mixture", "seed")}

    def questions(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a student sees and where it stops, per benchmark; a function for the same reason as ``prompt``."""
        benchmarks = self.experiment.benchmarks.items()
        return {name: {"prompt": one.prompt, "stop": one.stop} for name, one in benchmarks}

    def answer_logs(self, wildcards: Wildcards) -> Files:
        """The logs of answers that a student gave elsewhere: the folder or file of one seed; see ``files``."""
        cell = Cell(wildcards.student, wildcards.mixture, int(wildcards.seed))
        place = self.plan.logs(cell.student)[cell.mixture][self.plan.turn(cell)]
        return [place, *self.listed(place)]

    def engine(self, wildcards: Wildcards) -> dict[str, Any]:
        """What runs the model that a job is about."""
        made, again = self.engine_of(self.asked_by(wildcards)), self.experiment.answering.again
        if again and getattr(wildcards, "mixture", "").endswith(AGAIN):
            return {**made, "batch_size": again.batch_size}
        return made

"""Questions about models as readers of prompts: who reads what."""

from typing import Any

from mixdistill.config.judge import Judge
from mixdistill.config.teaching import Teacher
from mixdistill.config.testing import Student
from mixdistill.rulebook.places import Files, Places, Wildcards


class AboutProof(Places):
    """Teachers, students and judge as readers of prompts."""

    def readers(self) -> dict[str, list[str]]:
        """Role to names of the models that the experiment asks anything."""
        shown = {cell.student for cell in self.plan.cells()}
        return {
            "teachers": [name for name in self.plan.taught() if self.experiment.teachers[name].model],
            "students": [name for name in self.answering if name in shown],
            "judge": ["judge"] if self.judge_weights else [],
        }

    def to_prove(self) -> Files:
        """What must be known of every reader before it is asked, and of every student before it is trained."""
        readers = self.readers()
        encodings = [
            f"{self.results}/encodings/{role}/{name}.json" for role, names in readers.items() for name in names
        ]
        students = [name for name in readers["students"] if name in self.trained]
        return [*encodings, *(f"{self.results}/proofs/{student}.json" for student in students)]

    def fitted(self, wildcards: Wildcards) -> list[dict[str, Any]]:
        """The different settings that a student's model must suit."""
        student = wildcards.student
        mixtures = [cell.mixture for cell in self.plan.cells(student) if cell.trained]
        found: list[dict[str, Any]] = []
        for one in (self.suiting(student, mixture) for mixture in mixtures):
            found += [] if one in found else [one]
        return found

    def kept_proof(self, wildcards: Wildcards) -> str:
        """The proof that lets a student be trained on a mixture."""
        return self.proof(wildcards.student, wildcards.mixture)

    def reader(self, wildcards: Wildcards) -> Teacher | Student | Judge:
        """The entry of a reader."""
        if wildcards.role == "judge":
            if self.experiment.judge is None:
                raise LookupError("an experiment without a judge was asked for it")
            return self.experiment.judge
        entries: dict[str, Any] = {"teachers": self.experiment.teachers, "students": self.experiment.students}
        entry: Teacher | Student = entries[wildcards.role][wildcards.reader]
        return entry

    def reader_key(self, wildcards: Wildcards) -> str:
        """Where a reader stands in the experiment file."""
        return "judge" if wildcards.role == "judge" else f"{wildcards.role}.{wildcards.reader}"

    def reader_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a reader's model, see ``files``: before training, or its first checkpoint if that is all."""
        model = self.reader(wildcards).model
        return self.files(model) if model else self.reader_checkpoints(wildcards)[:1]

    def reader_checkpoints(self, wildcards: Wildcards) -> Files:
        """The folders of what a student's model became by training elsewhere, as far as tables and figures show it."""
        if wildcards.role != "students":
            return []
        given = self.plan.trained(wildcards.reader)
        cells = [cell for cell in self.plan.cells(wildcards.reader) if cell.mixture in given]
        return [self.place(given[cell.mixture][self.plan.turn(cell)]) for cell in cells]

    def reader_engine(self, wildcards: Wildcards) -> str:
        """The name of the engine that a reader will be asked in."""
        return str(self.engine_of(self.reader(wildcards))["name"])

    def reader_plain(self, wildcards: Wildcards) -> bool:
        """Whether a reader has no chat template, as the experiment says."""
        return self.reader(wildcards).plain

    def reader_prompts(self, wildcards: Wildcards) -> dict[str, str]:
        """What a reader is asked by; a function for the same reason as ``prompt``."""
        reader = self.reader(wildcards)
        if isinstance(reader, Judge):
            return {"judge": reader.prompt}
        teaching = {"teaching": self.experiment.teaching.prompt}
        if isinstance(reader, Teacher):
            return teaching
        return {**teaching, **{name: one.prompt for name, one in self.experiment.benchmarks.items()}}

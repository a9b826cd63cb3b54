"""Questions about machines: what a job asks for, on the hardware there is."""

from collections.abc import Callable, Iterator
from functools import cached_property

from mixdistill.config.judge import Judge
from mixdistill.config.teaching import Teacher
from mixdistill.config.testing import Student
from mixdistill.errors import UserError
from mixdistill.hardware import LARGEST_ON_CPU
from mixdistill.resources import CPU_BYTES, ON_CPU, TOKENS, USABLE, Needs, Stage, again, needs
from mixdistill.rulebook.places import Places, Wildcards


class AboutMachines(Places):
    """GPUs, cores, memory."""

    @cached_property
    def on_cpu(self) -> bool:
        """Whether all models run on the CPU: there is no GPU, and none of them needs one."""
        return self.hardware.without_gpu and not list(self.too_large())

    def needs_of(self, user: Teacher | Student | Judge, rule: str) -> Needs:
        """Return what a job in which this model writes asks for; ``requests``: those under way at an endpoint."""
        if not isinstance(user, Student) and user.endpoint:
            return {**needs("endpoint", 0), "requests": user.endpoint.concurrency}
        size, gpu_bytes = user.parameters or 0.0, self.hardware.gpu_bytes(rule)
        return {**needs("generate", size, 0, gpu_bytes, self.on_cpu), "requests": 0}

    def needs_of_training(self, student: str, mixture: str) -> Needs:
        """Return what a training asks for.

        Raises:
            UserError: one pass of it does not fit into a GPU.
        """
        settings = self.plan.settings(student, mixture)
        tokens = settings["args"].get("per_device_train_batch_size", 8) * (settings["max_length"] or TOKENS)
        size, gpu_bytes = self.experiment.students[student].parameters, self.hardware.gpu_bytes("sft")
        try:
            return needs(stage_of(settings), size, tokens, gpu_bytes, self.on_cpu)
        except UserError as error:
            raise UserError(f"students.{student}, mixture {mixture}: {error}") from None

    def require_fitting(self) -> None:
        """Require that one pass of each training fits into a GPU.

        Raises:
            UserError: one does not.
        """
        for student, mixture in {(run.student, run.mixture) for run in self.plan.runs()}:
            if student in self.trained:
                self.needs_of_training(student, mixture)

    def threads(self, rule: str) -> Callable[[Wildcards], int]:
        """Return the cores of a job: all of a machine without a GPU for a model that is not small, else one.

        A small model is run with one, so that its numbers do not depend on how many there are.
        """

        def threads(wildcards: Wildcards) -> int:
            model = self.experiment.judge if rule == "judge" else self.asked_by(wildcards)
            return self.hardware.cores if self.on_cpu and model and (model.parameters or 0) > ON_CPU else 1

        return threads

    def needed(self, rule: str, wildcards: Wildcards) -> Needs:
        """Return what a job of a rule asks for at its first attempt."""
        if rule == "sft":
            return self.needs_of_training(wildcards.student, wildcards.mixture)
        model = self.experiment.judge if rule == "judge" else self.asked_by(wildcards)
        return self.needs_of(model, rule) if model else {**needs("generate", 0), "requests": 0}

    def resource(self, rule: str, name: str) -> Callable[[Wildcards, int], int]:
        """Return a resource of a rule that runs a model, by its size; more if a job is tried again."""
        return lambda wildcards, attempt: again(attempt, name, self.needed(rule, wildcards), wildcards)

    def gres(self, rule: str) -> Callable[[Wildcards], str | None]:
        """Return what Slurm is asked for by ``--gres``, for each node: nothing, unless a profile says ``gpu_gres``.

        ``--gpus`` is sent too, and Slurm refuses a job in which the two differ.
        """

        def gres(wildcards: Wildcards) -> str | None:
            needed = self.needed(rule, wildcards)
            if rule not in self.hardware.gres or not needed["gpu"]:
                return None
            return f"gpu:{self.hardware.gres[rule]}:{needed['gpu'] // needed['nodes']}"

        return gres

    def on_nodes(self, value: str | int | None = None) -> Callable[[Wildcards, int], str | int | None]:
        """A resource of training on several nodes, as one job of Slurm: this, or their number; none on a single node.

        Snakemake's executor for Slurm then lets the job start its processes itself, one per node (``launch``).
        """
        nodes = self.resource("sft", "nodes")

        def resource(wildcards: Wildcards, attempt: int) -> str | int | None:
            number = nodes(wildcards, attempt)
            return None if number == 1 else number if value is None else value

        return resource

    def asked_by(self, wildcards: Wildcards) -> Teacher | Student:
        """Return the teacher or student that a job is about."""
        if hasattr(wildcards, "teacher"):
            return self.experiment.teachers[wildcards.teacher]
        return self.experiment.students[wildcards.student]

    def running(self) -> Iterator[tuple[str, Stage, float]]:
        """Yield the key, the stage and the parameters of all models that are run."""
        for name in self.plan.taught():
            if name in self.asked and self.experiment.teachers[name].model:
                yield f"teachers.{name}", "generate", self.experiment.teachers[name].parameters or 0.0
        trained = {run._replace(seed=0) for run in self.plan.runs()}
        for cell in dict.fromkeys(
            cell._replace(seed=0) for cell in self.plan.cells() if cell.student in self.answering
        ):
            size = self.experiment.students[cell.student].parameters
            yield f"students.{cell.student}", "generate", size
            if cell in trained:
                yield f"students.{cell.student}", stage_of(self.plan.settings(cell.student, cell.mixture)), size
        if self.experiment.judge and self.experiment.judge.model:
            yield "judge", "generate", self.experiment.judge.parameters or 0.0

    def too_large(self) -> Iterator[str]:
        """Yield, in a line each, the models that this machine cannot run without a GPU."""
        most: dict[str, tuple[float, float]] = {}
        for key, stage, size in self.running():
            most[key] = max(most.get(key, (0.0, 0.0)), (size * CPU_BYTES[stage], size))
        for key, (needed, size) in most.items():
            if size > LARGEST_ON_CPU or needed > USABLE * self.hardware.memory:
                yield (
                    f"{key}: {size / 1e9:.3g} billion parameters, which take {needed / 1e9:.0f} GB on a CPU, and this "
                    f"machine has {self.hardware.memory / 1e9:.0f} GB and no GPU: run this where there is one "
                    f"(--profile slurm for a cluster), or take a model of at most {LARGEST_ON_CPU / 1e9:.0f} billion"
                )


def stage_of(settings: dict[str, object]) -> Stage:
    """Return the stage of a training: of all weights, or of an adapter."""
    return "lora" if settings["lora"] else "sft"

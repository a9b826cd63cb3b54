"""What rules ask of an experiment: inputs, params and resources of a job, from its wildcards.

Snakemake calls the methods with a job's wildcards; what is not a function of wildcards is an attribute. All of it is
cheap and touches no file but by name.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mixdistill.config.sources import DataSource, Source
from mixdistill.digest import code_of
from mixdistill.names import UNTRAINED
from mixdistill.plan import Cell, Entry, Plan
from mixdistill.resources import Stage, needs

Wildcards = Any
Files = list[str]


class Rulebook:
    """The experiment in force, as rules see it."""

    def __init__(self, plan: Plan) -> None:
        """Name the folders of an experiment's results."""
        self.plan, self.experiment = plan, plan.experiment
        self.results = f"results/{self.experiment.name}"
        self.training_set = f"{self.results}/problems/{self.experiment.teaching.problems}.jsonl"
        self.training_problems = f"{self.results}/training/problems.jsonl"
        self.overlap = f"{self.results}/problems/overlap.json"
        screening = self.screening()
        self.kept_screening = f"{self.results}/training/{screening}.overlap.json"
        self.unscreened = [] if Path(self.kept_screening).exists() else [screening]
        self.tests = [f"{self.results}/problems/{one.problems}.jsonl" for one in self.experiment.benchmarks.values()]
        self.asked = [name for name, teacher in self.experiment.teachers.items() if teacher.model]
        judge = self.experiment.judge.model if self.experiment.judge else None
        self.judge_weights, self.judge_hub = self.local(judge), self.on_hub(judge)
        self.brought = [name for name in self.experiment.teachers if name not in self.asked]
        self.trained = [name for name, student in self.experiment.students.items() if student.model]
        self.logged = [name for name in self.experiment.students if name not in self.trained]

    def local(self, source: Source | None) -> Files:
        """The file or folder of a source, as a list: empty for the hub, which no job can depend on."""
        if source and source.world:
            kind, ending = ("problems", ".jsonl") if isinstance(source, DataSource) else ("models", "")
            return [f"{self.results}/world/{kind}/{source.world}{ending}"]
        return [source.path] if source and source.path else []

    def on_hub(self, source: Source | None) -> dict[str, str]:
        """What identifies a source on the hub; empty for what is local."""
        if source is None or not source.hub:
            return {}
        return source.model_dump(include={"hub", "revision", "subset", "split"}, exclude_none=True)

    # The miniature world.

    def world_parent(self, wildcards: Wildcards) -> Files:
        """The folder of the model that a world model continues from, as a list."""
        parent = self.experiment.world.models[wildcards.model].parent
        return [f"{self.results}/world/models/{parent}"] if parent else []

    def world_corpus(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a world model reads."""
        world = self.experiment.world
        return world.corpora[world.models[wildcards.model].corpus].model_dump()

    # Problems, teachers, mixtures.

    def set_source(self, wildcards: Wildcards) -> Files:
        """The local file of a problem set, as a list."""
        return self.local(self.experiment.problems[wildcards.set].source)

    def set_hub(self, wildcards: Wildcards) -> dict[str, str]:
        """The hub data set of a problem set."""
        return self.on_hub(self.experiment.problems[wildcards.set].source)

    def screening(self) -> str:
        """The digest of what says which problems are taught; thresholds do if leaks are removed, benchmarks never."""
        teaching, world = self.experiment.teaching, self.experiment.world.problems
        training = self.experiment.problems[teaching.problems]
        made = world[training.source.world] if training.source.world else None
        removing = teaching.leakage if teaching.leakage.policy == "remove" else None
        parts = [part and part.model_dump(mode="json") for part in (training, made, removing)]
        said = [teaching.problems, code_of("load_problems.py"), *parts]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

    def prompt(self, wildcards: Wildcards) -> str:
        """What teachers see and students are trained on; a function, since its braces are no wildcards."""
        return self.experiment.teaching.prompt

    def teacher_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a teacher's model, as a list."""
        return self.local(self.experiment.teachers[wildcards.teacher].model)

    def teacher_hub(self, wildcards: Wildcards) -> dict[str, str]:
        """The hub repository of a teacher's model."""
        return self.on_hub(self.experiment.teachers[wildcards.teacher].model)

    def completions_source(self, wildcards: Wildcards) -> Files:
        """The local file of completions that exist already, as a list."""
        return self.local(self.experiment.teachers[wildcards.teacher].completions)

    def completions_hub(self, wildcards: Wildcards) -> dict[str, str]:
        """The hub data set of completions that exist already."""
        return self.on_hub(self.experiment.teachers[wildcards.teacher].completions)

    def shards(self, wildcards: Wildcards) -> Files:
        """All completions of a teacher."""
        teacher = wildcards.teacher
        count = 1 if teacher in self.brought else self.experiment.teachers[teacher].shards
        return [f"{self.results}/completions/{teacher}/{shard}.jsonl" for shard in range(count)]

    def arms(self, wildcards: Wildcards) -> Files:
        """Kept completions of every teacher of a mixture's comparison: they decide which problems the arms share."""
        teachers = self.experiment.comparisons[self.plan.recipes[wildcards.mixture].comparison].teachers
        return [f"{self.results}/kept/{teacher}.jsonl" for teacher in teachers]

    def recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Comparison, teachers, parts and rows of a mixture."""
        comparison, parts = self.plan.recipes[wildcards.mixture]
        entry = self.experiment.comparisons[comparison]
        return {"comparison": comparison, "teachers": entry.teachers, "parts": dict(parts), "rows": entry.rows}

    # Students.

    def sft(self, student: str) -> dict[str, Any]:
        """How a student is trained: ``sft`` with what the student changes of it."""
        common, own = self.experiment.sft, self.experiment.students[student].sft
        changed = own.model_dump(include=own.model_fields_set)
        return {**common.model_dump(), **changed, "args": {**common.args, **own.args}}

    def sft_param(self, name: str) -> Callable[[Wildcards], Any]:
        """One of ``args``, ``lora`` and ``max_length``."""

        def param(wildcards: Wildcards) -> Any:
            return self.sft(wildcards.student)[name]

        return param

    def base_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a student before training, as a list."""
        return self.local(self.experiment.students[wildcards.student].model)

    def base_hub(self, wildcards: Wildcards) -> dict[str, str]:
        """The hub repository of a student before training."""
        return self.on_hub(self.experiment.students[wildcards.student].model)

    def trained_weights(self, wildcards: Wildcards) -> Files:
        """The folder of a trained student, as a list: empty for the student as it came."""
        student, mixture, seed = wildcards.student, wildcards.mixture, wildcards.seed
        return [] if mixture == UNTRAINED else [f"{self.results}/models/{student}/{mixture}/{seed}"]

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
            lora = stage == "sft" and self.sft(wildcards.student)["lora"] is not None
            return needs("lora" if lora else stage, self.experiment.students[wildcards.student].parameters)[name]

        return resource

    # Evaluation.

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

    def all_cells(self) -> dict[str, list[Any]]:
        """Students, mixtures and seeds of all cells, as ``expand(..., zip, ...)`` takes them."""
        cells = self.plan.cells()
        return {name: [getattr(cell, name) for cell in cells] for name in ("student", "mixture", "seed")}

    # The judge.

    def judge(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """How the judge is asked, and of how much beside; None without a judge. A function like ``prompt``."""
        judge = self.experiment.judge
        if judge is None:
            return None
        beside = {"accepted": judge.accepted, "controls": judge.controls}
        beside = beside if judge.mode == "audit" else dict.fromkeys(beside, 0)
        return {"prompt": judge.prompt, "sampling": judge.sampling.model_dump(), **beside}

    def judge_title(self, wildcards: Wildcards) -> str:
        """What the judge is called in tables."""
        judge = self.experiment.judge
        return str(judge and (judge.title or judge.model.hub or judge.model.world or judge.model.path))

    def judge_needs(self, name: str) -> int:
        """A resource of judging, by the size of the judge."""
        return needs("generate", self.experiment.judge.parameters if self.experiment.judge else 0)[name]

    def verdicts(self, wildcards: Wildcards) -> Files:
        """Verdicts that a table is made of."""
        return [f"{self.results}/verdicts/{student}.jsonl" for student in self.plan.students(self.entry(wildcards))]

    # Tables and figures.

    def entry(self, wildcards: Wildcards) -> Entry:
        """The table or figure that a job makes."""
        if hasattr(wildcards, "table"):
            return self.experiment.tables[wildcards.table]
        return self.experiment.figures[wildcards.figure]

    def scores(self, wildcards: Wildcards) -> Files:
        """Scores that a table or figure is made of."""
        return [f"{self.results}/scores/{student}.parquet" for student in self.plan.students(self.entry(wildcards))]

    def grades(self, wildcards: Wildcards) -> Files:
        """Grades that a table of graders is made of."""
        return [f"{self.results}/grades/{student}.parquet" for student in self.plan.students(self.entry(wildcards))]

    def look(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a table or figure says of itself: its entry, names resolved, titles, notes."""
        entry, used = self.entry(wildcards), self.experiment
        students = {name: used.students[name] for name in self.plan.students(entry)}
        mixtures = {mixture for _, mixture in self.plan.asked(entry)}
        return {
            "entry": entry.model_dump(mode="json"),
            "note": used.note,
            "footnotes": self.plan.apart(entry),
            "same_as": {name: self.plan.same_as.get(name, name) for name in sorted(mixtures)},
            "sweeps": {
                name: {str(weight): mixture for weight, mixture in self.plan.on_sweep(name).items()}
                for name in getattr(entry, "sweeps", [])
            },
            "titles": {
                "students": {name: student.title or name for name, student in students.items()},
                "mixtures": {name: used.mixtures[name].title or name for name in sorted(mixtures & set(used.mixtures))},
                "benchmarks": {name: benchmark.title for name, benchmark in used.benchmarks.items()},
                "sweeps": {name: used.sweeps[name].title for name in getattr(entry, "sweeps", [])},
            },
            "families": {name: student.family for name, student in students.items()},
            "parameters": {name: student.parameters for name, student in students.items()},
        }

    def of_kind(self, kind: str) -> list[str]:
        """The names of the tables or figures of a kind."""
        return [name for name, entry in self.plan.entries().items() if entry.kind == kind]

"""The work of each job: tokens, rows and bytes, from the experiment, from priors, and from what is already known."""

from collections.abc import Iterable
from functools import cached_property
from math import log
from pathlib import Path

from mixdistill.config.judge import Judge
from mixdistill.config.schema import Experiment
from mixdistill.config.sources import Source
from mixdistill.config.teaching import Teacher
from mixdistill.config.testing import Student
from mixdistill.costs import priors
from mixdistill.costs.bounds import NOTHING, Bounds, exactly, total
from mixdistill.costs.facts import asked_of, rows_of, tokens_of
from mixdistill.costs.jobs import Job
from mixdistill.costs.refining import Ratios, Seen
from mixdistill.costs.speed import Decoding, Plain, Training, Transfer, Waiting, Work
from mixdistill.names import AGAIN
from mixdistill.plan import Plan
from mixdistill.resources import ON_CPU
from mixdistill.rulebook import Rulebook

COUNTED = 1 << 28
"""Bytes of a file whose rows are still counted."""
DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}


def small(path: Path) -> bool:
    """Tell whether there is a file, and its rows are quickly counted."""
    return path.is_file() and path.stat().st_size <= COUNTED


class Workload:
    """An experiment's work, as far as it is known."""

    def __init__(self, experiment: Experiment, jobs: Iterable[Job]) -> None:
        """Take tokens from the jobs that are done."""
        self.experiment = experiment
        self.ask = Rulebook(Plan(experiment))
        self.results = Path(self.ask.results)
        self.width = DTYPES[experiment.engine.dtype]
        self.ratios = Ratios(
            Seen(job.rule, self.style(job), log(known[1] / known[0] / per_row.likely))
            for job in jobs
            if (known := tokens_of(self.results, job)) and (per_row := self.tokens_per_row(job)).likely
        )

    def style(self, job: Job) -> str:
        """Jobs whose texts are alike in length: those of a teacher or of a mixture."""
        return job.wildcards.get("teacher") or job.wildcards.get("mixture", "")

    def tokens_per_row(self, job: Job) -> Bounds:
        """Tokens of a completion that is generated, or of a row that is taught, before anything was measured."""
        names = job.wildcards
        match job.rule:
            case "generate":
                teacher = self.experiment.teachers[names["teacher"]]
                return self.taught(teacher).at_most(teacher.sampling.max_tokens if teacher.sampling else 1e9)
            case "answer":
                return self.per_answer(names["student"], names["mixture"])
            case "sft":
                limit = self.ask.plan.settings(names["student"], names["mixture"])["max_length"] or 1e9
                return (self.per_row(names["mixture"]) + priors.PROBLEM.value).at_most(limit)
        return NOTHING

    def taught(self, teacher: Teacher) -> Bounds:
        """Tokens of a teacher's completions of MATH problems."""
        if teacher.sampling and teacher.model and (teacher.parameters or 0) <= ON_CPU:
            return priors.TINY.value * teacher.sampling.max_tokens
        return (priors.LONG if self.reasons(teacher) else priors.SHORT).value

    def reasons(self, teacher: Teacher) -> bool:
        """A teacher writes long chains of thought: its name, title or repository says so."""
        source: Source | None = teacher.model or teacher.completions
        name = next(name for name, one in self.experiment.teachers.items() if one is teacher)
        place = source.hub or source.path or source.world if source else None
        served = teacher.endpoint and teacher.endpoint.model
        return any(priors.REASONERS.search(said) for said in (name, teacher.title, place, served) if said)

    def parts(self, mixture: str) -> list[tuple[Teacher, float]]:
        """Teachers and weights of a mixture; one short teacher for the student as it came and for ready sets."""
        recipe = self.ask.plan.recipes.get(mixture.removesuffix(AGAIN))
        return [(self.experiment.teachers[name], weight) for name, weight in recipe.parts] if recipe else []

    def per_row(self, mixture: str) -> Bounds:
        """Tokens of a kept completion of a mixture."""
        parts = self.parts(mixture)
        every = total(self.taught(teacher) * weight for teacher, weight in parts) if parts else priors.SHORT.value
        return every * priors.KEPT_OF_ASKED.value

    def per_answer(self, student: str, mixture: str) -> Bounds:
        """Tokens of an answer, on average over the benchmarks: a student writes as it was taught, or runs on."""
        longest = float(self.experiment.answering.sampling.max_tokens)
        parts = self.parts(mixture)
        if self.experiment.students[student].parameters <= ON_CPU:
            return priors.TINY.value * longest
        share = sum(weight for teacher, weight in parts if self.reasons(teacher))
        cut = priors.CUT_LONG.value * share + priors.CUT_SHORT.value * (1 - share)
        usual = total(self.taught(teacher) * weight for teacher, weight in parts) if parts else priors.SHORT.value
        asked = {name: self.tested(name) for name in self.experiment.benchmarks}
        mean = total(usual * self.harder(name) * (asked[name].likely / self.questions.likely) for name in asked)
        ended = Bounds(1 - cut.low, 1 - cut.likely, 1 - cut.high)
        return (mean * ended + cut * longest).at_most(longest)

    def harder(self, benchmark: str) -> Bounds:
        """Length of answers to a benchmark, relative to MATH."""
        said = f"{benchmark} {self.experiment.benchmarks[benchmark].title}".lower()
        known = [factor for name, factor in priors.RELATIVE_LENGTH.items() if name in said]
        return exactly(known[0]) if known else priors.HARDER.value

    def tested(self, benchmark: str) -> Bounds:
        """Answers that a student gives to a benchmark."""
        return self.sets[self.experiment.benchmarks[benchmark].problems] * self.experiment.answering.samples

    @cached_property
    def sets(self) -> dict[str, Bounds]:
        """Rows of all problem sets."""
        return {name: self.problems(name) for name in self.experiment.problems}

    def problems(self, name: str) -> Bounds:
        """Rows of a problem set: counted, or as its source is known to have."""
        counted = rows_of(self.results, "problems", name)
        entry = self.experiment.problems[name]
        source = entry.source
        if counted is not None:
            return exactly(counted)
        if source.world:
            rows: float | None = self.experiment.world.problems[source.world].rows
        elif source.path and source.path.endswith(".jsonl") and small(Path(source.path)):
            with Path(source.path).open("rb") as file:
                rows = sum(1 for line in file if line.strip())
        else:
            rows = priors.ROWS.get((source.hub or "").lower(), {}).get(source.split or "train")
        limit = float(entry.limit or 1e12)
        return priors.UNKNOWN_SET.value.at_most(limit) if rows is None else exactly(min(rows, limit))

    def rows(self, mixture: str) -> Bounds:
        """Rows of a mixture: counted, as the comparison fixes them, or the share that all its teachers solve."""
        counted = rows_of(self.results, "mixtures", mixture)
        recipe = self.ask.plan.recipes.get(mixture)
        fixed = counted or (self.experiment.comparisons[recipe.comparison].rows if recipe else None)
        return exactly(fixed) if fixed else self.sets[self.experiment.teaching.problems] * priors.SOLVED.value

    @cached_property
    def questions(self) -> Bounds:
        """Answers per trained student, over all benchmarks."""
        return total(self.tested(name) for name in self.experiment.benchmarks)

    def length(self, job: Job) -> Bounds:
        """Tokens of a completion or a row: those of this job if it is done, else as those of its kind so far."""
        known = tokens_of(self.results, job)
        if known:
            return exactly(known[1] / known[0])
        return self.ratios.corrected(self.tokens_per_row(job), job.rule, self.style(job))

    def model(self, job: Job) -> str:
        """The model that a job is about: a teacher, a student, the judge, or a repository of the hub."""
        names = job.wildcards
        own = names.get("teacher") or names.get("student") or names.get("repository", "")
        return "judge" if job.rule == "judge" else own

    def of(self, job: Job) -> Work:
        """The work of a job."""
        names, experiment = job.wildcards, self.experiment
        match job.rule:
            case "generate":
                teacher = experiment.teachers[names["teacher"]]
                asked = self.sets[experiment.teaching.problems] * (teacher.samples / teacher.shards)
                longest = float(teacher.sampling.max_tokens if teacher.sampling else 4096)
                if teacher.endpoint:
                    return Waiting(asked, priors.PROBLEM.value, self.length(job), teacher.endpoint.concurrency)
                size = teacher.parameters or 0.0
                batch = self.ask.engine_of(teacher)["batch_size"]
                return Decoding(size, self.width, asked, priors.PROBLEM.value, self.length(job), longest, batch)
            case "answer":
                student, longest = experiment.students[names["student"]], experiment.answering.sampling.max_tokens
                batch = self.ask.engine_of(student)["batch_size"]
                length, prompt = self.length(job), priors.PROBLEM.value
                return Decoding(student.parameters, self.width, self.questions, prompt, length, longest, batch)
            case "judge" if experiment.judge:
                judge = experiment.judge
                cells = len(self.ask.plan.cells(names["student"]))
                beside = judge.accepted + 4 * judge.controls if judge.mode == "audit" else 0
                known = asked_of(self.results, names["student"])
                guessed = self.questions * priors.REJECTED.value * cells + exactly(beside)
                asked = guessed if known is None else exactly(known)
                reply = Bounds(1, 3, 10).at_most(judge.sampling.max_tokens)
                longest = float(judge.sampling.max_tokens)
                if judge.endpoint:
                    return Waiting(asked, priors.JUDGED.value, reply, judge.endpoint.concurrency)
                batch = self.ask.engine_of(judge)["batch_size"]
                return Decoding(judge.parameters or 0.0, self.width, asked, priors.JUDGED.value, reply, longest, batch)
            case "sft":
                return self.training(job)
            case "fetch":
                return Transfer(self.fetched(job))
            case "mark":
                return Plain(priors.PLAIN["mark"], self.questions)
            case "regrade":
                return Plain(priors.PLAIN["regrade"], self.questions * len(self.ask.plan.graded(names["student"])))
            case "reject":
                samples = experiment.teachers[names["teacher"]].samples
                return Plain(priors.PLAIN["reject"], self.sets[experiment.teaching.problems] * samples)
            case "make_model":
                return Plain(
                    priors.PLAIN["make_model"], exactly(experiment.world.models[names["model"]].training.steps)
                )
        return Plain(priors.OTHER, NOTHING)

    def training(self, job: Job) -> Training:
        """The work of fine-tuning; arguments that are not given are those of TRL."""
        settings = self.ask.plan.settings(job.wildcards["student"], job.wildcards["mixture"])
        args = settings["args"]
        micro_batch = int(args.get("per_device_train_batch_size", 8))
        accumulated = int(args.get("gradient_accumulation_steps", 1))
        rows = self.rows(job.wildcards["mixture"]) * float(args.get("num_train_epochs", 3))
        batch = settings.get("batch_size") or micro_batch * accumulated
        return Training(
            parameters=self.experiment.students[job.wildcards["student"]].parameters,
            width=self.width,
            tokens=rows * self.length(job),
            rows=rows,
            batch=batch,
            micro_batch=micro_batch,
            packed=bool(args.get("packing", False)),
            adapter=settings["lora"] is not None,
            recomputed=bool(args.get("gradient_checkpointing", job.gpus > 0)),
        )

    def fetched(self, job: Job) -> float:
        """Bytes of a repository: a model's in two bytes per parameter, 50 MB for a data set."""
        repository = f"{job.wildcards.get('owner')}/{job.wildcards.get('repository')}"
        used = self.experiment
        models: list[Teacher | Student | Judge] = [*used.teachers.values(), *used.students.values()]
        models += [used.judge] if used.judge else []
        sizes = [entry.parameters or 0.0 for entry in models if entry.model and entry.model.hub == repository]
        return 2 * sizes[0] if sizes else 50e6

    def written(self, work: Work) -> Bounds:
        """Bytes on disk of what a job makes; text has up to four bytes a token, and is in a journal as well."""
        match work:
            case Training() if work.adapter:
                return Bounds(0.002, 0.01, 0.05) * (work.parameters * work.width)
            case Training():
                return exactly(work.parameters * work.width)
            case Decoding() | Waiting():
                return work.requests * work.completion * Bounds(4, 6, 10)
            case Transfer():
                return exactly(work.size)
        return Bounds(1e4, 1e5, 1e7)

    def checkpoint(self, work: Work) -> float:
        """Bytes of the checkpoints of a training while it runs: weights, and two 4-byte states of each trained one."""
        if not isinstance(work, Training):
            return 0.0
        return work.parameters * (0.01 if work.adapter else 1) * (work.width + 8)

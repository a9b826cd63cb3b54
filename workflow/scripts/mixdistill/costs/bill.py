"""The bill: what each job will take, and sums of it by stage, by student, by teacher and against an earlier bill."""

from collections.abc import Iterable
from copy import copy
from functools import cached_property
from math import inf, log
from typing import Any, NamedTuple

from mixdistill.config.schema import Experiment
from mixdistill.costs.bounds import NOTHING, Bounds, total
from mixdistill.costs.devices import Device, cpu
from mixdistill.costs.facts import measured_seconds
from mixdistill.costs.jobs import Job, owners, parents
from mixdistill.costs.refining import Ratios, Seen
from mixdistill.costs.schedule import makespan
from mixdistill.costs.speed import Decoding, Training, Waiting, Work, seconds
from mixdistill.costs.workload import Workload

COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, inf)
"""Numbers of GPUs that a wall time is given for."""


class Line(NamedTuple):
    """A sum over some of the jobs."""

    name: str
    jobs: int
    done: int
    read: Bounds
    """Tokens of prompts and of rows taught, of the jobs that are still to run; likewise the next two."""
    written: Bounds
    """Tokens generated."""
    gpu_hours: Bounds
    hours: Bounds
    """Core-hours of the jobs."""
    used: float
    """GPU-hours of the jobs that have run, by their benchmark files."""
    disk: Bounds
    """Bytes of what all these jobs make, done or not."""
    measured: int
    """Benchmark files that the estimate rests on."""


class Bill:
    """What an experiment costs on one kind of GPU."""

    def __init__(self, experiment: Experiment, jobs: list[Job], gpu: Device) -> None:
        """Estimate every job, and correct the estimates by what has run."""
        self.experiment, self.jobs, self.gpu = experiment, jobs, gpu
        self.load = Workload(experiment, jobs)
        self.work = [self.load.of(job) for job in jobs]
        self.spent = [measured_seconds(job) for job in jobs]
        self.ratios = self.speed_of(range(len(jobs)))

    def on(self, gpu: Device) -> "Bill":
        """The same on another kind of GPU, as if the model erred there as it was measured to do here."""
        other = copy(self)
        other.gpu = gpu
        for made in ("seconds", "walls"):
            vars(other).pop(made, None)
        return other

    def before(self, at: int, work: Work | None = None) -> Bounds:
        """Seconds of a job by priors alone."""
        job = self.jobs[at]
        return seconds(work or self.work[at], self.gpu if job.gpus else cpu(job.cores), job.gpus)

    def speed_of(self, places: Iterable[int]) -> Ratios:
        """Measured over estimated time of these jobs, as far as they have run."""
        return Ratios(
            Seen(self.jobs[at].rule, self.load.model(self.jobs[at]), log(spent / self.before(at).likely))
            for at in places
            if (spent := self.spent[at])
        )

    def corrected(self, at: int, ratios: Ratios, work: Work | None = None) -> Bounds:
        """Seconds of a job, as the measurements correct them."""
        job = self.jobs[at]
        return ratios.corrected(self.before(at, work), job.rule, self.load.model(job))

    @cached_property
    def seconds(self) -> list[Bounds]:
        """Wall time of each job."""
        return [self.corrected(at, self.ratios) for at in range(len(self.jobs))]

    @cached_property
    def pending(self) -> list[int]:
        """Places of the jobs that are still to run."""
        return [at for at, job in enumerate(self.jobs) if job.pending]

    def gpu_hours(self, at: int) -> Bounds:
        """GPU-hours of a job."""
        return self.seconds[at] * (self.jobs[at].gpus / 3600)

    def core_hours(self, at: int) -> Bounds:
        """Core-hours of a job."""
        return self.seconds[at] * (self.jobs[at].cores / 3600)

    def line(self, name: str, places: Iterable[int]) -> Line:
        """The sum over some jobs."""
        chosen = list(places)
        todo = [at for at in chosen if self.jobs[at].pending]
        return Line(
            name,
            len(chosen),
            len(chosen) - len(todo),
            total(tokens(self.work[at])[0] for at in todo),
            total(tokens(self.work[at])[1] for at in todo),
            total(self.gpu_hours(at) for at in todo),
            total(self.core_hours(at) for at in todo),
            sum((self.spent[at] or 0) * self.jobs[at].gpus for at in chosen) / 3600,
            total(self.load.written(self.work[at]) for at in chosen),
            sum(self.ratios.jobs(rule) for rule in {self.jobs[at].rule for at in chosen}),
        )

    def all(self) -> Line:
        """The whole experiment."""
        return self.line("all", range(len(self.jobs)))

    def stages(self) -> list[Line]:
        """A line per rule, in the order in which they first come."""
        rules = dict.fromkeys(job.rule for job in self.jobs)
        return [self.line(rule, (at for at, job in enumerate(self.jobs) if job.rule == rule)) for rule in rules]

    def adding(self, kind: str) -> list[Line]:
        """What each student or teacher adds: its own jobs and those that nothing else needs; ``kind`` is a wildcard."""
        named = self.experiment.students if kind == "student" else self.experiment.teachers
        places: dict[str | None, list[int]] = {}
        for at, owner in enumerate(owners(self.jobs, kind)):
            places.setdefault(owner, []).append(at)
        return [self.line(name, places[name]) for name in named if name in places]

    def units(self) -> str:
        """What the jobs compete for: GPUs, or cores where no job needs a GPU."""
        return "GPUs" if any(job.gpus for job in self.jobs) else "cores"

    def wall(self, capacity: float) -> Bounds | None:
        """Seconds until all is done on so many GPUs (or cores); None if a job needs more of them."""
        todo = [self.jobs[at] for at in self.pending]
        on_gpus = self.units() == "GPUs"
        sizes = [job.gpus if on_gpus else job.cores for job in todo]
        if max(sizes, default=0) > capacity:
            return None
        needed = parents(todo)
        taken = [self.seconds[at] for at in self.pending]
        return Bounds(
            *(
                makespan([getattr(one, bound) for one in taken], sizes, needed, capacity)
                for bound in ("low", "likely", "high")
            )
        )

    @cached_property
    def walls(self) -> dict[float, Bounds | None]:
        """Wall time by number of GPUs (or cores); with any number of them it is that of the critical path."""
        return {count: self.wall(count) for count in COUNTS}

    def largest(self) -> int | None:
        """The place of the job to run that takes most GPU-hours, or most time where none needs a GPU."""
        return max(self.pending, key=lambda at: (self.gpu_hours(at).likely, self.seconds[at].likely), default=None)

    def by_cause(self) -> tuple[Bounds, Bounds]:
        """GPU-hours (or hours) to go if tokens were known and only speed not, and the other way round."""
        known_work, known_speed = [], []
        for at in self.pending:
            job = self.jobs[at]
            weight = (job.gpus if self.units() == "GPUs" else job.cores) / 3600
            work = self.work[at]
            alone = self.corrected(
                at, self.ratios, work.settled() if isinstance(work, Decoding | Training | Waiting) else work
            )
            known_work.append(alone * weight)
            known_speed.append(self.seconds[at].without(alone) * weight)
        return total(known_work), total(known_speed)

    def kept(self) -> dict[str, Any]:
        """What a later bill is compared with, by job."""
        return {
            job.key: {"pending": job.pending, "gpus": job.gpus, "cores": job.cores, "seconds": vars(self.seconds[at])}
            for at, job in enumerate(self.jobs)
        }


class Change(NamedTuple):
    """What a change of the experiment, or of its results, did to the bill."""

    added: int
    """Jobs that are to run now and were not before: new ones, and done ones that must run again."""
    gpu_hours: Bounds
    """Theirs."""
    hours: Bounds
    """Their core-hours."""
    gone: int
    """Jobs that are no longer part of it."""
    done: int
    """Jobs that have run since."""
    reused: float
    """Share of all jobs that the added ones leave as they were."""
    gpu_hours_before: Bounds
    """What was to go then."""
    hours_before: Bounds


def change(bill: Bill, before: dict[str, Any]) -> Change:
    """Compare a bill with what was ``kept`` of an earlier one."""
    waiting = {key: Bounds(**job["seconds"]) * (1 / 3600) for key, job in before.items() if job["pending"]}
    now = {job.key: at for at, job in enumerate(bill.jobs)}
    added = [at for key, at in now.items() if bill.jobs[at].pending and key not in waiting]
    return Change(
        added=len(added),
        gpu_hours=total(bill.gpu_hours(at) for at in added),
        hours=total(bill.core_hours(at) for at in added),
        gone=len(before.keys() - now.keys()),
        done=sum(1 for key, at in now.items() if key in waiting and not bill.jobs[at].pending),
        reused=1 - len(added) / max(len(now), 1),
        gpu_hours_before=total(hours * before[key]["gpus"] for key, hours in waiting.items()),
        hours_before=total(hours * before[key].get("cores", 1) for key, hours in waiting.items()),
    )


def tokens(work: Work) -> tuple[Bounds, Bounds]:
    """Tokens that a job reads, and tokens that it writes."""
    match work:
        case Decoding() | Waiting():
            return work.requests * work.prompt, work.requests * work.completion
        case Training():
            return work.tokens, NOTHING
    return NOTHING, NOTHING

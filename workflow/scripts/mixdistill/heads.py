"""Runs that follow each other in one directory: what an earlier one has left is found, and nothing is made twice.

A run whose Snakemake was killed leaves three things. Its jobs may still be going, on this machine or in Slurm's queue:
they are waited for, or cancelled on request. Its lock on the directory is released, once nobody alive holds it. Its
unfinished files are made again, which takes moments where the work itself had been done (``journal``, ``checkpoints``).
"""

import atexit
import os
import shutil
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill import slurm
from mixdistill.errors import UserError
from mixdistill.lease import LEASES, Holder, Lease, ask_to_end, living, refuse_link, who
from mixdistill.progress import ended
from mixdistill.terminal import visible
from mixdistill.training.checkpoints import FINAL
from mixdistill.watch import patience, watched

if TYPE_CHECKING:
    from logging import Logger

HEADS = Path(".snakemake/heads")
"""The leases of the Snakemakes of this directory."""

LOCKS = Path(".snakemake/locks")

CHOICE = "MIXDISTILL_ORPHANS"
"""The environment variable that says what becomes of an earlier run's jobs: ``wait`` (the default) or ``cancel``."""

PAUSE, SAID_EVERY = 2.0, 60.0


def prepare(workflow: Any, logger: "Logger") -> None:
    """Make way for this run before it looks at what there is; called when Snakemake is about to execute.

    Raises:
        UserError: Slurm does not answer, or one of the choices is none.
    """
    patience()
    if workflow.executor_plugin.name == "slurm":
        workflow.executor_plugin.executor = watched(workflow.executor_plugin.executor)
    choice = os.environ.get(CHOICE, "wait")
    if choice not in ("wait", "cancel"):
        raise UserError(f"{CHOICE}={choice}: must be wait or cancel")
    others = living(HEADS)
    mine = Lease(HEADS / f"{socket.gethostname().replace('.', '-')}-{os.getpid()}")
    mine.take()
    atexit.register(mine.release)
    if others:
        one = others[0]
        logger.warning(
            f"another run goes on in this directory ({who(one)}, since {visible(one['since'])}); "
            "Snakemake keeps the two apart file by file: do not unlock, wait for it or end it there"
        )
        return
    outlive(choice, logger, must_answer=not workflow.local_exec)
    refuse_link(LOCKS)
    locks = list(LOCKS.glob("*.lock"))
    if locks:
        logger.warning("an earlier run was killed; nobody is alive who holds its lock, which is released")
    for lock in locks:
        lock.unlink()
    workflow.dag_settings.force_incomplete = True


def tidy(workflow: Any, scratch: Path) -> None:
    """Remove what was kept of trained models for the case that nobody would note their end: a run has noted them.

    Snakemake's ``onsuccess``; a model whose end is still to be noted, by another run, keeps it.
    """
    kept = {
        path: path.parents[6] / "models" / "/".join(path.parts[-5:-2])
        for path in scratch.glob(f"sft/*/*/*/*/{FINAL}")
        if path.resolve().is_relative_to(scratch.resolve())  # and not behind a link
    }
    unnoted = workflow.persistence._filter_incomplete_keys({str(model) for model in kept.values()})
    for final, model in kept.items():
        if str(model) not in unnoted and model.exists():
            shutil.rmtree(final.parents[1], ignore_errors=True)  # but for what another user keeps there


def sum_up(workflow: Any, logger: "Logger") -> None:
    """Say at the end of a failed run what failed, why, and what to do; Snakemake's ``onerror``."""
    failed = list(workflow.scheduler.failed) if workflow.scheduler else []
    told = []
    for unit in failed:
        jobs = list(unit.jobs) if unit.is_group() else [unit]
        found = [(job, ended(Path(log))) for job in jobs for log in job.log if Path(log).is_file()]
        words = [
            f"  {' '.join([job.rule.name, *job.wildcards])}: {' | '.join(one.words)}\n    {one.log}"
            for job, one in found
            if one is not None
        ]
        told += words or [f"  {unit}: its log says nothing of it; see the message above"]
    if failed:
        first = f"{len(failed)} failed; what could be done without is done, and the same command continues:"
        logger.error("\n".join([first, *sorted(told)]))


def outlive(choice: str, logger: "Logger", must_answer: bool) -> None:
    """Wait until no job of an earlier run is left, or cancel them."""
    said, cancelled = 0.0, None
    while True:
        processes, jobs = living(LEASES), slurm.jobs_here(must_answer)
        if not processes and not jobs:
            return
        if choice == "cancel" and cancelled is None:
            cancelled = cancel(processes, jobs)
        if time.monotonic() - said > SAID_EVERY or not said:
            said = time.monotonic()
            names = [who(one) for one in processes if one["job"] not in jobs]
            names += [in_queue(number, what) for number, what in jobs.items()]
            ended = [name for name in names if name in (cancelled or ())]
            left = [name for name in names if name not in ended]
            remedy = "another user's, or another machine's: end them there"
            remedy = f"{CHOICE}=cancel ends them" if cancelled is None else remedy
            for verb, these in (("were cancelled", ended), (f"are waited for ({remedy})", left)):
                if these:
                    which = ", ".join(these[:5])
                    logger.warning(f"{len(these)} jobs of an earlier run still go on and {verb}: {visible(which)}")
        time.sleep(PAUSE)


def in_queue(number: str, what: str) -> str:
    """How messages call a job in Slurm's queue."""
    return f"Slurm's job {number} ({what})"


def cancel(processes: list[Holder], jobs: dict[str, str]) -> set[str]:
    """Ask an earlier run's jobs to end; returns how messages call those that were asked.

    Slurm's are those that Slurm says are this user's. Of what leases say, only processes that are proven to hold them
    are asked.
    """
    slurm.cancel(list(jobs))
    asked = {in_queue(number, what) for number, what in jobs.items()}
    return asked | {who(one) for one in processes if one["job"] not in jobs and ask_to_end(one)}

"""A Snakemake that waits for Slurm's jobs, and notices when there is nothing to wait for.

Snakemake's executor for Slurm waits for ever for a job that was preempted by cancelling it, for one that Slurm has
forgotten, and for a controller that does not answer. Here each of them ends in continuation or in an error.
"""

import math
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from mixdistill import slurm
from mixdistill.errors import UserError
from mixdistill.lease import LEASES, now
from mixdistill.resources import ran_out_of_memory

GIVES_UP = "MIXDISTILL_SLURM_PATIENCE"
"""The environment variable that says for how many seconds Slurm may be silent; 180 if it is not set."""

ENDED = {"BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "OUT_OF_MEMORY", "TIMEOUT", "REVOKED"}
"""States of jobs that have failed."""

TAKEN_AWAY = {"PREEMPTED", "NODE_FAIL"}
"""States of jobs that Slurm puts back into the queue, or that are put back here."""

LOOKS = 3
"""How often a job must be looked for in vain until it counts as lost."""

PAUSE = 10
"""Seconds between looks for what should be there, and between questions to a Slurm that is silent."""

LONGEST = 60
"""Seconds between looks at jobs that just run."""


def watched(executor: Any) -> Any:
    """Snakemake's executor for Slurm, with another way to find out how its jobs are."""

    class Watched(executor):  # type: ignore[misc]
        """The same but for what is defined here."""

        def __post_init__(self, *given: Any, **more: Any) -> None:
            """No job is known."""
            self.held: set[str] = set()
            self.sent: dict[int, float] = {}
            self.answered, self.given_up = -math.inf, False
            super().__post_init__(*given, **more)

        def known(self) -> dict[str, slurm.State]:
            """The states of this run's jobs, once Slurm answers.

            Raises:
                WorkflowError: it does not; what it still has is found by the next run.
            """
            began = time.monotonic()
            while (states := slurm.states(self.run_uuid)) is None:
                if self.given_up or time.monotonic() - began > patience():
                    self.given_up = True
                    raise silent()
                time.sleep(PAUSE)
            self.answered = time.monotonic()
            return states

        def run_job(self, job: Any) -> None:
            """Send a job to Slurm, once Slurm answers."""
            if time.monotonic() - self.answered > PAUSE:
                try:
                    self.known()
                except WorkflowError as error:
                    self.workflow.scheduler.executor_error_callback(error)
                    return
            self.sent[job.jobid] = clock()
            super().run_job(job)

        async def check_active_jobs(self, active_jobs: list[Any]) -> AsyncIterator[Any]:
            """Report what has ended; yield what goes on."""
            first = self.workflow.executor_settings.init_seconds_before_status_checks
            states = self.states([job.external_jobid for job in active_jobs]) if active_jobs else {}
            going = 0
            for job in active_jobs:
                number, found = job.external_jobid, states[job.external_jobid]
                state = found.word if found else None
                if found and found.held and number not in self.held:
                    self.held.add(number)
                    self.logger.warning(
                        f"Slurm's job {number} does not start by itself: {found.reason} (scontrol release)"
                    )
                elif state in TAKEN_AWAY and slurm.put_back(number):
                    self.logger.warning(f"Slurm's job {number} was {state}; it goes back into the queue and continues")
                elif state == "COMPLETED" or state is None and made(job.job, self.sent[job.job.jobid]):
                    self.report_job_success(job)
                    continue
                elif state is None or state in ENDED | TAKEN_AWAY:
                    if state == "OUT_OF_MEMORY" and not job.job.is_group():
                        ran_out_of_memory(job.job.wildcards)
                    words = state or "forgotten by Slurm (MinJobAge in slurm.conf should be 300 s or more)"
                    log = job.aux.get("slurm_logfile")
                    self.report_job_error(job, msg=f"Slurm's job {number}: {words}. ", aux_logs=[str(log)])
                    continue
                going += 1
                yield job
            waiting: int = super().next_seconds_between_status_checks
            quiet = going == len(active_jobs) and going
            self.next_seconds_between_status_checks = min(LONGEST, math.ceil(1.5 * waiting)) if quiet else first

        def states(self, numbers: list[str]) -> dict[str, slurm.State | None]:
            """The state of each job; None for one that Slurm does not know."""
            for look in range(LOOKS):
                if look:
                    time.sleep(PAUSE)
                known = self.known()
                found = {number: known.get(number, known.get(number.partition("_")[0])) for number in numbers}
                lost = [number for number, state in found.items() if state is None]
                if not lost:
                    break
            return found | slurm.remembered(lost)

    return Watched


def clock() -> float:
    """The time by the clock of the working directory's file system."""
    return now(LEASES)


def made(job: Any, since: float) -> bool:
    """Tell whether all files of a job that Slurm has forgotten were made since then; a failed job leaves none."""
    return all(Path(file).exists() and Path(file).stat().st_mtime >= since for file in job.output)


def patience() -> float:
    """Seconds that Slurm may be silent.

    Raises:
        UserError: the environment says something else than a number.
    """
    given = os.environ.get(GIVES_UP, "180")
    try:
        return float(given)
    except ValueError:
        raise UserError(f"{GIVES_UP}={given}: must be a number of seconds") from None


def silent() -> WorkflowError:
    """What a run ends with when Slurm has been silent for too long."""
    return WorkflowError(
        f"Slurm has not answered for {patience():.0f} s (squeue). Its jobs go on where they can, and nothing is lost: "
        f"repeat the command when `squeue` works, and it waits for what still runs. {GIVES_UP}=<seconds> waits longer."
    )

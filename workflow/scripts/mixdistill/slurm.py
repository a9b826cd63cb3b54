"""Slurm's queue, as far as it concerns the working directory."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from mixdistill.errors import UserError

PATIENCE = 30
"""Seconds that Slurm may take to answer."""

GOES_ON = {"RUNNING", "SIGNALING"}
"""States of a job that runs; the second, for a moment, while Slurm sends it the signal that its time is over."""

WARNED = 7
"""Minutes before the end of its time in which a job is told, at the earliest: the profile's five, and Slurm's one."""


def printed(*command: str) -> str | None:
    """What a command of Slurm prints; None if there is none of that name, or it fails, or does not answer."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def jobs_here(must_answer: bool) -> dict[str, str]:
    """This user's pending and running jobs that Snakemake has sent from this directory: number to what it is.

    Raises:
        UserError: Slurm must answer, and does not.
    """
    listed = printed("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%Z|%T, %r|%k")
    if listed is None:
        if must_answer:
            raise UserError(
                f"Slurm does not answer (squeue, {PATIENCE} s), so that nobody can tell what still runs here; nothing "
                "was started: repeat the command when `squeue` works"
            )
        return {}
    rows = (line.split("|", 3) for line in listed.splitlines())
    here = str(Path.cwd())
    ours = ((number, state, made) for number, folder, state, made in rows if folder == here)
    return {number: f"{made}, {state}" for number, state, made in ours if re.match(r"(rule|group)_", made)}


class State(NamedTuple):
    """How a job is."""

    word: str
    """PENDING, RUNNING, COMPLETED, FAILED ..."""
    reason: str
    """Why it waits, if it does."""

    @property
    def held(self) -> bool:
        """Tell whether it waits for somebody to release it or to send it otherwise."""
        return (
            self.word == "PENDING"
            and re.search("held|BadConstraints|PartitionTimeLimit", self.reason, re.I) is not None
        )


def states(run: str) -> dict[str, State] | None:
    """The states of a run's jobs, ended ones too as long as Slurm knows them; None if it does not answer."""
    listed = printed("squeue", "--noheader", "--states=all", f"--name={run}", "--format=%i|%T|%r")
    rows = (line.split("|", 2) for line in (listed or "").splitlines())
    return None if listed is None else {number: State(word, reason) for number, word, reason in rows}


def remembered(numbers: list[str]) -> dict[str, State | None]:
    """The states of jobs that the queue has forgotten, from the accounting database where there is one."""
    if not numbers:
        return {}
    listed = printed("sacct", "-X", "--parsable2", "--noheader", "--format=JobID,State", f"--jobs={','.join(numbers)}")
    rows = dict(line.split("|", 1) for line in (listed or "").splitlines() if "|" in line)
    return {number: State(rows[number].split()[0], "") if rows.get(number) else None for number in numbers}


def shown(number: str, fields: str) -> str:
    """What Slurm's queue shows of one job; nothing if it does not know it."""
    return (printed("squeue", "--noheader", f"--jobs={number}", f"--format={fields}") or "").strip()


def time_is_over() -> bool:
    """Tell whether this process is in a job of Slurm's that runs and is about to reach its time limit."""
    number = os.environ.get("SLURM_JOB_ID")
    if number is None:
        return False
    state, _, left = shown(number, "%T|%L").partition("|")
    return state in GOES_ON and re.match(r"\d+:\d\d$", left) is not None and int(left.partition(":")[0]) < WARNED


def put_back(number: str) -> bool:
    """Put a job that has ended, or is to end, back into the queue; returns whether it is there or runs again."""
    printed("scontrol", "requeue", number)
    return shown(number, "%T") in {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "REQUEUED"}


def cancel(numbers: list[str]) -> None:
    """Cancel jobs."""
    if numbers:
        printed("scancel", *numbers)

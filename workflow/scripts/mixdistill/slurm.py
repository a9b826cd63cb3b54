"""Slurm's queue, as far as it concerns the working directory."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from mixdistill.errors import UserError

PATIENCE = 30
"""Seconds that Slurm may take to answer."""


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
    """This user's pending and running jobs that Snakemake has sent from this directory: number to what it makes.

    Raises:
        UserError: Slurm must answer, and does not.
    """
    listed = printed("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%Z|%k")
    if listed is None:
        if must_answer:
            raise UserError(
                f"Slurm does not answer (squeue, {PATIENCE} s), so that nobody can tell what still runs here; nothing "
                "was started: repeat the command when `squeue` works"
            )
        return {}
    rows = (line.split("|", 2) for line in listed.splitlines())
    here = str(Path.cwd())
    return {row[0]: row[2] for row in rows if row[1] == here and re.match(r"(rule|group)_", row[2])}


def states(run: str) -> dict[str, str] | None:
    """The states of a run's jobs, ended ones too as long as Slurm knows them; None if it does not answer."""
    listed = printed("squeue", "--noheader", "--states=all", f"--name={run}", "--format=%i|%T")
    return None if listed is None else dict(line.split("|", 1) for line in listed.split() if "|" in line)


def cancel(numbers: list[str]) -> None:
    """Cancel jobs."""
    if numbers:
        printed("scancel", *numbers)

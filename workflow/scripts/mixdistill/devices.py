"""Which GPUs are a job's own, where several jobs share a node: no scheduler hands them out on a single machine."""

import fcntl
import os
import subprocess
import time
from urllib.parse import quote

from mixdistill import private
from mixdistill.errors import UserError

PAUSE = 1.0
"""Seconds between looks for a free GPU."""

SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
"""Variables of jobs of Slurm, PBS, LSF and Grid Engine, which divide a node's GPUs themselves."""

HELD: list[int] = []
"""Locks of this process's GPUs; they are released when it, and all it has forked, have ended."""


def visible() -> list[str]:
    """GPUs that this process may use: those of CUDA_VISIBLE_DEVICES, or all of the machine."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name for name in given.split(",") if name.strip()]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(number) for number, line in enumerate(listed.splitlines()) if line.startswith("GPU ")]


def claim(gpus: int) -> None:
    """Make ``gpus`` of the visible GPUs this process's own, waiting until so many are free.

    Under a scheduler that shows a job just what it asked for there is nothing to divide, and nothing is done; nor where
    there are none of NVIDIA's at all.

    Raises:
        UserError: there are not so many, or the folder of the locks is not this user's alone.
    """
    names = visible()
    if not names:
        return
    if len(names) < gpus:
        raise UserError(f"this job asks for {gpus} GPUs and sees {len(names)}; see profiles/, or --set-resources")
    if len(names) == gpus and any(name in os.environ for name in SCHEDULERS):
        return
    folder = private.folder()
    try:
        while len(mine := free(folder, names, gpus)) < gpus:
            while HELD:
                os.close(HELD.pop())
            time.sleep(PAUSE)
    finally:
        os.close(folder)
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(mine)
    print(f"GPUs of this job: {', '.join(mine)}", flush=True)


def free(folder: int, names: list[str], gpus: int) -> list[str]:
    """Lock up to ``gpus`` free ones; the locks are in ``HELD``."""
    mine: list[str] = []
    for name in names:
        if len(mine) == gpus:
            break
        lock = private.file(folder, f"gpu-{quote(name, safe='')}.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            HELD.append(lock)
            mine.append(name)
    return mine

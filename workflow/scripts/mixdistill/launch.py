"""A script on several GPUs, of one machine or several: it starts itself anew, once per GPU.

``accelerate launch`` starts the processes of one machine; on several machines ``srun`` starts it on each of them.
A process that was started so is a rank of the job: it sees ``LOCAL_RANK`` and does the work.
"""

import ctypes
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mixdistill import stopping
from mixdistill.errors import UserError
from mixdistill.terminal import visible

PATIENCE = 240
"""Seconds that the processes have to save what they have when they are asked to end."""


def is_rank() -> bool:
    """Tell whether this process is one of those that were started."""
    return "LOCAL_RANK" in os.environ


def ranks() -> int:
    """How many were started; 1 for a process of its own."""
    return int(os.environ["WORLD_SIZE"]) if is_rank() else 1


def rank() -> int:
    """The number of this process among those that were started; 0 for a process of its own."""
    return int(os.environ.get("RANK", 0)) if is_rank() else 0


def flags(given: Mapping[str, Any]) -> list[str]:
    """Arguments of a script's ``main`` as its command line takes them (``mixdistill.entry``)."""
    texts = {name: str(value) if isinstance(value, str | Path) else json.dumps(value) for name, value in given.items()}
    return [f"--{name.replace('_', '-')}={text}" for name, text in texts.items()]


def command(script: Path, given: Mapping[str, Any], gpus: int, nodes: int) -> list[str]:
    """The command that starts a script once per GPU.

    With -P, accelerate is that of the environment, whatever folder is called so in the working directory.
    On several nodes it is run on the first of an allocation of Slurm: ``srun`` tells each node its number.

    Raises:
        UserError: the GPUs cannot be divided evenly over the nodes.
    """
    if gpus % nodes:
        raise UserError(
            f"{gpus} GPUs cannot be divided evenly over {nodes} nodes: --set-resources {script.stem}:gpu=<n> is the "
            f"number on all nodes together"
        )
    processes = [f"--num_processes={gpus}", f"--num_machines={nodes}"]
    plain = ["--multi_gpu", *processes, "--mixed_precision=no", "--dynamo_backend=no"]
    work = [str(script), *flags(given)]
    if nodes == 1:
        return [sys.executable, "-P", "-m", "accelerate.commands.launch", *plain, "--main_process_port=0", *work]
    meeting = [f"--main_process_ip={socket.gethostname()}", f"--main_process_port={free_port()}"]
    everywhere = ["srun", f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1", "--kill-on-bad-exit=1"]
    numbered = 'exec "$0" -P -m accelerate.commands.launch --machine_rank="$SLURM_PROCID" "$@"'
    return [*everywhere, "bash", "-c", numbered, sys.executable, *plain, *meeting, *work]


def free_port() -> int:
    """A port of this machine where nobody listens, which nobody can know beforehand.

    It is none of those that Linux gives to outgoing connections, which could take it before it is used.
    """
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("", port))
            return port


def launch(script: Path, given: Mapping[str, Any], gpus: int, nodes: int) -> None:
    """Start a script once per GPU and wait for its end; a request to end is passed on.

    Raises:
        UserError: it failed; its own words stand in the log above.
    """
    line = command(script, given, gpus, nodes)
    print(visible(shlex.join(line)), flush=True)
    environment = {**os.environ, "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": str(PATIENCE)}
    with stopping.with_patience():
        child = subprocess.Popen(line, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent, env=environment)
        passed_on = False
        while (code := ended(child)) is None:
            if stopping.asked() and not passed_on:
                passed_on = True
                child.terminate()
    if code and stopping.asked():
        raise stopping.Stopped
    if code:
        raise UserError(f"{script.name}: failed with exit code {code} on {gpus} GPUs; the reason stands further up")


def ended(child: subprocess.Popen[bytes]) -> int | None:
    """The exit code of a process, or None after a second."""
    try:
        return child.wait(1)
    except subprocess.TimeoutExpired:
        return None


def end_with_parent() -> None:
    """Let this process be killed when the one that started it dies: no rank trains on by itself (Linux)."""
    if sys.platform == "linux":
        set_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)

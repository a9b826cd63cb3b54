"""A warm start for many small jobs on one machine: torch and its friends are imported once, and jobs are forked.

Importing torch, transformers and TRL takes about five seconds of CPU time, longer than many a job of the miniature.
With ``MIXDISTILL_WARM=1``, a job that says it is worth it (``run(main, warm=True)``) asks a server for a copy of a
process that has imported them already; the first such job starts the server, which ends when nothing was asked of it
for a while. The job's code itself is imported anew each time, its streams are the asking process's own, and it ends
when the asking process does, however that ends. Off by default: on a cluster each job has its own machine.
"""

import fcntl
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

PRELOADED = (
    "datasets",
    "matplotlib.backends.backend_svg",
    "peft",
    "trl.trainer.sft_trainer",
    "transformers.models.llama.modeling_llama",
    "transformers.models.qwen2.modeling_qwen2",
)
READ_ON_IMPORT = ("HF_HUB_OFFLINE", "HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE")
"""Variables that a server heeds as they were when it was started."""
IDLE = 15.0
"""Seconds without a job after which the server ends."""
PATIENCE = 120.0
"""Seconds a job waits for the server to be ready before it starts cold."""


def place() -> Path:
    """The socket of this user, interpreter, working directory and cache, in a folder nobody else can enter."""
    caches = [os.environ.get(name) for name in READ_ON_IMPORT]
    name = hashlib.sha256(repr([sys.executable, str(Path.cwd()), caches]).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"mixdistill-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} must belong to you alone")
    return folder / f"{name}.sock"


def ask(job: dict[str, Any]) -> int | None:
    """Let the server run a job on this process's streams; its exit code, or None if no server can be had."""
    line = connected()
    if line is None:
        return None
    with line:
        socket.send_fds(line, [json.dumps(job, default=str).encode()], [1, 2])
        answer = line.recv(16)
    return int(answer) if answer else 1


def connected() -> socket.socket | None:
    """A line to the server, which is started if need be."""
    path, deadline, started = place(), time.monotonic() + PATIENCE, False
    while time.monotonic() < deadline:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            line.connect(str(path))
            return line
        except OSError:
            line.close()
        if not started:
            # -P: this file's folder must not be searched, or our statistics.py would pass for the standard library's
            quiet: Any = subprocess.DEVNULL
            subprocess.Popen([sys.executable, "-P", __file__, str(path)], stdin=quiet, stdout=quiet, stderr=quiet)
            started = True
        time.sleep(0.05)
    return None


def serve(path: Path) -> None:
    """Import once, then fork a process per job until nothing is asked any more."""
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        for name in PRELOADED:
            importlib.import_module(name)
        if importlib.util.find_spec("deepspeed"):  # where it is installed, transformers imports it to save a model
            importlib.import_module("deepspeed")
        gc.freeze()
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.bind(str(path))
            door.listen()
            door.settimeout(1.0)
            answer_calls(door)
        path.unlink(missing_ok=True)


def answer_calls(door: socket.socket) -> None:
    """Take jobs until the last one has ended and ``IDLE`` seconds have gone by."""
    children: dict[int, socket.socket] = {}
    last = time.monotonic()
    while children or time.monotonic() - last < IDLE:
        try:
            line, _ = door.accept()
        except TimeoutError:
            line = None
        if line is not None:
            message, descriptors, _, _ = socket.recv_fds(line, 1 << 20, 2)
            if message:
                child = os.fork()
                if child == 0:
                    for other in (door, *children.values()):
                        other.close()
                    os._exit(performed(json.loads(message), descriptors, line))
                children[child] = line
            for descriptor in descriptors:
                os.close(descriptor)
        for child in [child for child in children if reaped(child)]:
            children.pop(child).close()
            last = time.monotonic()


def reaped(child: int) -> bool:
    """Tell whether a job has ended, and bury it."""
    return os.waitpid(child, os.WNOHANG)[0] == child


def performed(job: dict[str, Any], descriptors: list[int], line: socket.socket) -> int:
    """Run a job in this freshly forked process; returns its exit code, which it has told the asking process."""
    import torch

    for descriptor, stream in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, stream)
    threading.Thread(target=end_with, args=(line,), daemon=True).start()
    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(job["directory"])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    script = Path(job["script"])
    sys.path.insert(0, str(script.parent))
    try:
        code = importlib.import_module("mixdistill.entry").called_warm(script.stem, job["arguments"])
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    line.send(str(code).encode())
    return int(code)


def end_with(line: socket.socket) -> None:
    """Die when the asking process does: it says nothing more, so that anything to read is its end."""
    line.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Serve at the socket given as the only argument."""
    serve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()

"""A warm start for many small jobs on one machine: torch and its friends are imported once, and jobs are forked.

Importing torch, transformers and TRL takes about five seconds of CPU time, longer than many a job of the miniature.
With ``MIXDISTILL_WARM=1``, a job that says it is worth it (``run(main, warm=True)``) asks a server for a copy of a
process that has imported them already; the first such job starts the server, which ends when nothing was asked of it
for a while. The job's code itself is imported anew each time, its streams are the asking process's own, and it ends
when the asking process does, however that ends. Off by default: on a cluster each job has its own machine.

A job's environment holds keys, so both ends make sure that the other is a process of the same user before anything is
sent or believed, and meet in a folder that nobody else may enter.
"""

import errno
import fcntl
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import signal
import socket
import struct
import subprocess
import sys
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
READ_ON_IMPORT = (
    *("HF_HUB_OFFLINE", "HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE"),
    *("TMPDIR", "XDG_CACHE_HOME", "TORCHINDUCTOR_CACHE_DIR", "MPLCONFIGDIR"),
)
"""Variables that a server heeds as they were when it was started."""
IDLE = 15.0
"""Seconds without a job after which the server ends."""
LONGEST = 2**20
"""Bytes of a job that a server takes."""
PATIENCE = 120.0
"""Seconds a job waits for the server to be ready before it starts cold."""


def server_name() -> str:
    """The name of the server of this interpreter, working directory and cache."""
    caches = [os.environ.get(name) for name in READ_ON_IMPORT]
    return hashlib.sha256(repr([sys.executable, str(Path.cwd()), caches]).encode()).hexdigest()[:16]


def ask(job: dict[str, Any]) -> int | None:
    """Let the server run a job on this process's streams; its exit code, or None if no server can be had.

    Raises:
        UserError: what lies where the server should be is not this user's alone, or the job cannot be sent.
    """
    from mixdistill.errors import UserError

    line, message = connected(), json.dumps(job, default=str).encode()
    if line is None:
        return None
    with line:
        try:
            if len(message) > LONGEST:
                raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
            socket.send_fds(line, [message], [1, 2])
        except OSError as error:  # the kernel has a limit of its own, and the server may have ended meanwhile
            raise UserError(f"a job of {len(message):,} bytes cannot be sent ({error.strerror})") from None
        answer = line.recv(16)
    return int(answer) if answer else 1


def connected() -> socket.socket | None:
    """A line to the server, which is started if need be.

    Raises:
        UserError: what lies where the server should be is not this user's alone.
    """
    from mixdistill import private  # not above: the server must not import the jobs' code
    from mixdistill.errors import UserError

    folder, deadline, started = private.folder(session=True), time.monotonic() + PATIENCE, False
    try:
        while time.monotonic() < deadline:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                line.connect(door_in(folder, server_name()))
            except OSError:
                line.close()
            else:
                if ours(line):
                    return line
                line.close()
                raise UserError("somebody else answers where the server of warm starts should be")
            if not started:
                start(folder, private.file(folder, f"{server_name()}.lock"))
                started = True
            time.sleep(0.05)
    finally:
        os.close(folder)
    return None


def start(folder: int, lock: int) -> None:
    """Start a server; it ends at once if another holds the lock."""
    # -P: this file's folder must not be searched, or our statistics.py would pass for the standard library's
    line, quiet = [sys.executable, "-P", __file__, str(folder), str(lock), server_name()], subprocess.DEVNULL
    subprocess.Popen(line, stdin=quiet, stdout=quiet, stderr=quiet, pass_fds=[folder, lock])
    os.close(lock)


def door_in(folder: int, called: str) -> str:
    """The path of a server's socket in an open folder, whatever has become of the folder's own path (Linux)."""
    return f"/proc/self/fd/{folder}/{called}.sock"


def ours(line: socket.socket) -> bool:
    """Tell whether the process at the other end is this user's: as the kernel says, not as it says itself."""
    _, owner, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(owner == os.getuid())


def serve(folder: int, lock: int, called: str) -> None:
    """Import once, then fork a process per job until nothing is asked any more.

    Args:
        folder: descriptor of the private folder.
        lock: descriptor of the file whose lock only one server has.
        called: the server's name.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    for module in PRELOADED:
        importlib.import_module(module)
    if importlib.util.find_spec("deepspeed"):  # where it is installed, transformers imports it to save a model
        importlib.import_module("deepspeed")
    gc.freeze()
    path = Path(door_in(folder, called))
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
        if line is not None and not ours(line):
            line.close()
        elif line is not None:
            message, descriptors, _, _ = socket.recv_fds(line, LONGEST, 2)
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
    """Serve in the folder, and under the name, that ``start`` gives."""
    serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])


if __name__ == "__main__":
    main()

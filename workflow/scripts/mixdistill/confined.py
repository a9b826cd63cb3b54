"""Processes with limits of time and memory, for what files of others may make endless: programs, patterns, sizes.

Such a process is forked, so that it has what is loaded here; it reads and writes nothing but questions and answers.
What it has done within its limits may then be done here, too.
"""

import json
import os
import resource
import signal
import sys
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any

from mixdistill.errors import UserError

PATIENCE = 600
"""Seconds beyond those of processor in which an answer must come, however busy the machine is."""
LARGEST = 2**30
"""Bytes of an answer."""


class Exceeded(Exception):
    """There is no answer: says why in words that follow "it"."""


class Confined:
    """A process that answers questions, in JSON; it ends with its owner."""

    def __init__(self, answer: Callable[[Any], Any], memory: int) -> None:
        """Nothing is started yet.

        Args:
            answer: makes an answer of a question, in the process.
            memory: bytes that it may take beside what it has when it begins.
        """
        self.answer, self.memory = answer, memory
        self.owner = self.process = 0
        self.line: Connection | None = None
        self.finalizer: Any = None
        self.used = 0.0
        """Seconds of processor that the answers took so far."""

    def ask(self, question: Any, seconds: float) -> Any:
        """Return the answer to a question.

        Raises:
            UserError: the process raised it.
            Exceeded: it takes more than so many seconds of processor, too much memory, or fails.
        """
        if self.line is None or self.owner != os.getpid():
            self.start()
        assert self.line is not None
        patience = PATIENCE + seconds
        try:
            self.line.send_bytes(json.dumps([question, seconds]).encode())
            if not self.line.poll(patience):
                self.end()
                raise Exceeded(f"gives no answer within {patience:,.0f} s")
            kind, said, took = json.loads(self.line.recv_bytes(LARGEST))
        except (EOFError, OSError, ValueError) as error:
            status = self.end(ended=isinstance(error, EOFError | ConnectionError))
            self.used += seconds
            if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
                raise Exceeded(f"takes more than {seconds:g} s") from error
            raise Exceeded(f"fails, or takes more than {self.memory // 2**20:,} MiB") from error
        self.used += took
        if kind == "refused":
            raise UserError(*said)
        if kind == "failed":
            raise Exceeded(said)
        return said

    def start(self) -> None:
        """Fork the process."""
        self.line, theirs = Pipe()
        self.owner = os.getpid()
        self.process = os.fork()
        if self.process == 0:
            with suppress(BaseException):
                confine(theirs.fileno(), self.memory)
                serve(self.answer, theirs, self.memory)
            os._exit(1)
        theirs.close()
        self.finalizer = weakref.finalize(self, end, self.process, self.line, self.owner)

    def end(self, ended: bool = False) -> int | None:
        """End the process, unless it has ended; return its status, or None if there is none."""
        line, self.line = self.line, None
        if line is None or self.finalizer.detach() is None:
            return None
        return end(self.process, line, self.owner, ended)


def call(work: Callable[[], Any], seconds: float, memory: int) -> Any:
    """Return what a function returns, as JSON has it, called in a process of its own.

    Raises:
        UserError: the function raised it.
        Exceeded: it takes more than so many seconds of processor, more than so many bytes of memory, or fails.
    """
    process = Confined(lambda _: work(), memory)
    try:
        return process.ask(None, seconds)
    finally:
        process.end()


def end(process: int, line: Connection, owner: int, ended: bool = False) -> int | None:
    """End a process, unless it has ended; return its status, or None where that is somebody else's matter."""
    if owner != os.getpid():
        return None
    line.close()
    with suppress(ChildProcessError):
        if not ended:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return os.waitpid(process, 0)[1]
    return None


def confine(line: int, memory: int) -> None:
    """Limit this process: memory, files, and what it has open."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.closerange(3, line)
    os.closerange(line + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 2**16))
    with suppress(FileNotFoundError), open("/proc/self/statm") as file:  # noqa: PTH123  (elsewhere than on Linux)
        held = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the parent's threads are not here, and would be waited for
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def serve(answer: Callable[[Any], Any], line: Connection, memory: int) -> None:
    """Answer until nobody asks any more."""
    while True:
        try:
            question, seconds = json.loads(line.recv_bytes())
        except EOFError:
            os._exit(0)
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, seconds)
        said = told(answer, question, memory)
        signal.setitimer(signal.ITIMER_PROF, 0)
        line.send_bytes(json.dumps([*said, time.process_time() - begun]).encode())


def told(answer: Callable[[Any], Any], question: Any, memory: int) -> tuple[str, Any]:
    """Return a kind (``answer``, ``refused``, ``failed``) and the answer, or what is wrong."""
    try:
        return "answer", answer(question)
    except UserError as error:
        return "refused", error.args
    except Exceeded as error:
        return "failed", str(error)
    except MemoryError:
        return "failed", f"takes more than {memory // 2**20:,} MiB"
    except BaseException as error:  # whatever a file of anybody's makes of it; a panic in Rust is no Exception
        return "failed", f"fails ({type(error).__name__}: {' '.join(str(error).split())[:300]})"

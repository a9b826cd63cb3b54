"""Chat templates of models, which are programs of others, rendered in a process with limits of time and memory.

The process is forked when the first conversation is rendered, and ends with the one that asks.
"""

import json
import os
import resource
import signal
import threading
import weakref
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SECONDS = 10
"""Of processor for a conversation: a real template takes milliseconds."""
PATIENCE = 600
"""Seconds in which an answer must come, however busy the machine is."""
MEMORY = 2**29
"""Bytes that a template may take beside what the process has when it begins."""
TIMES = 8
"""How many times its conversation a template may write, and ``BESIDE`` more."""
BESIDE = 2**18
"""Characters that a template may write of its own: system prompts have up to 10,000."""
LARGEST = 2**30
"""Bytes of an answer."""
PROBES = (1, 1_000, 100_000)
"""Characters of the messages by which a template is tried."""

MEND = "mend the template in a local copy of the model"


class Renderer:
    """Writes conversations as a tokenizer's template does."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase") -> None:
        """Take a tokenizer with a template; nothing is started yet."""
        self.tokenizer = tokenizer
        self.lock = threading.Lock()
        self.owner = self.process = 0
        self.line: Connection | None = None

    def rendered(self, messages: list[dict[str, str]], options: dict[str, Any]) -> str:
        """Return a conversation as text.

        Raises:
            UserError: the template refuses it, fails, takes too much time or memory, or writes too much.
        """
        given = sum(len(message["content"]) for message in messages)
        with self.lock:
            said = self.asked(json.dumps([messages, options, TIMES * given + BESIDE]))
        kind, text = said
        if kind == "text":
            return text
        roles = " and ".join(message["role"] for message in messages)
        if kind == "refused":
            raise self.error(f"refuses a conversation of {roles} ({text})")
        raise self.error(f"{text}, for a conversation of {roles} with {given:,} characters")

    def error(self, what: str) -> UserError:
        """Return the line that says what the template does."""
        return UserError(f"{self.tokenizer.name_or_path}: its chat template {' '.join(what.split())[:500]}; {MEND}")

    def asked(self, question: str) -> tuple[str, str]:
        """Return what the process answers, or why it does not."""
        if self.line is None or self.owner != os.getpid():
            self.start()
        assert self.line is not None
        try:
            self.line.send_bytes(question.encode())
            if not self.line.poll(PATIENCE):
                return self.ended(f"gives no answer within {PATIENCE} s")
            kind, text = json.loads(self.line.recv_bytes(LARGEST))
        except (EOFError, OSError, ValueError):
            return self.ended(f"takes more than {SECONDS} s")
        return str(kind), str(text)

    def ended(self, reason: str) -> tuple[str, str]:
        """Return why there is no answer; the process is gone."""
        status = end(self.process, self.line)
        self.line = None
        if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
            reason = f"takes more than {SECONDS} s"
        return "failed", reason

    def start(self) -> None:
        """Fork the process that renders."""
        import jinja2.sandbox  # noqa: F401
        import transformers.utils.chat_template_utils  # noqa: F401

        self.line, theirs = Pipe()
        self.owner = os.getpid()
        self.process = os.fork()
        if self.process == 0:
            with suppress(BaseException):
                confine(theirs.fileno())
                serve(self.tokenizer, theirs)
            os._exit(1)
        theirs.close()
        weakref.finalize(self, end, self.process, self.line, self.owner)


def end(process: int, line: Connection | None, owner: int | None = None) -> int | None:
    """End a process that renders; return its status, or None if somebody else has waited for it."""
    if owner not in (None, os.getpid()):
        return None
    if line is not None:
        line.close()
    with suppress(ChildProcessError):
        known, status = os.waitpid(process, os.WNOHANG)
        if not known:
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
        return status
    return None


def confine(line: int) -> None:
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
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(tokenizer: "PreTrainedTokenizerBase", line: Connection) -> None:
    """Answer until nobody asks any more."""
    while True:
        try:
            messages, options, most = json.loads(line.recv_bytes())
        except EOFError:
            os._exit(0)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        answer = written(tokenizer, messages, options, most)
        signal.setitimer(signal.ITIMER_PROF, 0)
        line.send_bytes(json.dumps(answer).encode())


def written(
    tokenizer: "PreTrainedTokenizerBase", messages: list[dict[str, str]], options: dict[str, Any], most: int
) -> tuple[str, str]:
    """Return a kind (``text``, ``refused``, ``failed``) and the conversation as text, or what is wrong with it."""
    from jinja2 import TemplateError

    try:
        text = str(tokenizer.apply_chat_template(messages, tokenize=False, **options))
    except TemplateError as error:
        return "refused", str(error)[:1000]
    except MemoryError:
        return "failed", f"takes more than {MEMORY // 2**20} MiB"
    except Exception as error:  # whatever a program of anybody's raises
        return "failed", f"fails ({type(error).__name__}: {str(error)[:300]})"
    if len(text) > most:
        return "failed", f"writes {len(text):,} characters"
    return "text", text

"""A request to end (SIGTERM): of a scheduler whose time is over, that preempts, or of a person who cancels.

What is done is kept in any case. A job that can lose more than a moment's work by ending at once asks for time.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CODE = 128 + signal.SIGTERM
"""The exit code of a job that ended so."""

state = {"asked": False, "patient": False, "ending": False, "advanced": False}


class Stopped(SystemExit):
    """The job ends because it was asked to."""

    def __init__(self) -> None:
        """With the code that shells give it; whoever asks again while it ends is not heard."""
        state["ending"] = True
        super().__init__(CODE)


def listen() -> None:
    """From now on, end in an orderly way when asked to."""
    signal.signal(signal.SIGTERM, heard)


def heard(_number: int, _frame: FrameType | None) -> None:
    """End at once, unless somebody has asked for time."""
    state["asked"] = True
    if not state["patient"] and not state["ending"]:
        raise Stopped


def asked() -> bool:
    """Tell whether this process was asked to end."""
    return state["asked"]


def advance() -> None:
    """Note that something is kept now that was not when this job began."""
    state["advanced"] = True


def advanced() -> bool:
    """Tell whether this job would find more done if it began again."""
    return state["advanced"]


@contextmanager
def with_patience() -> Iterator[None]:
    """Within, a request is only noted: who asks for time looks at ``asked`` and ends by itself."""
    state["patient"] = True
    try:
        yield
    finally:
        state["patient"] = False

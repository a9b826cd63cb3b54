"""Somebody else on the same machine: a second user, where the tests run as root."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

STRANGER = 65534
"""The number of a user that owns nothing."""

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as a second user")


def given_away(path: Path) -> Path:
    """Make a path the stranger's, as if the stranger had made it."""
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    return path


def as_stranger(does: Callable[[], None]) -> int:
    """Start a process of the stranger's that does something; returns its number, to be waited for."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setresgid(STRANGER, STRANGER, STRANGER)
            os.setresuid(STRANGER, STRANGER, STRANGER)
            does()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child

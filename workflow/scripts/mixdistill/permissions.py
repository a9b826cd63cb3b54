"""What the user's environment allows an experiment, which may be a stranger's: folders to read, and how large it is.

An experiment reads below the working directory, and below the folders that ``MIXDISTILL_FOLDERS`` names. The variables
are set in the shell or by a profile of the user's, never by an experiment (docs/security.md).
"""

import math
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from mixdistill.errors import UserError

FOLDERS = "MIXDISTILL_FOLDERS"
"""Variable with the folders, separated by colons, that experiments may read besides the working directory."""

LIMITS = "MIXDISTILL_LIMITS"
"""Variable with a number by which all limits of experiments are multiplied."""


def named() -> list[str]:
    """Return all folders that an experiment may read, as the user names them."""
    return [".", *(name for name in os.environ.get(FOLDERS, "").split(":") if name.strip())]


def readable() -> list[Path]:
    """Return the real paths of all folders that an experiment may read."""
    return [Path(os.path.realpath(folder)) for folder in named()]


def spelled() -> Iterator[Path]:
    """Yield these folders as paths begin that are meant to lie in them, links unresolved and resolved."""
    yield from map(absolute, named())
    shell = Path(os.environ.get("PWD", ""))  # the working directory as the user came there
    if shell.is_absolute() and shell.is_dir() and shell.samefile(Path.cwd()):
        yield absolute(shell)
    yield from readable()


def absolute(path: str | Path) -> Path:
    """Return an absolute path without ``..``; nothing is looked at on the disk."""
    return Path(os.path.normpath(Path.cwd() / path))


def may_read(path: Path) -> bool:
    """Return whether an experiment may read a path, links on the way to it resolved.

    A path that is spelled as one outside is not even looked at: to do so may mount a disk of somebody else's.
    """
    if not any(absolute(path).is_relative_to(folder) for folder in spelled()):
        return False
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):  # no path at all: null characters, halves of characters
        return False
    return any(real.is_relative_to(folder) for folder in readable())


def refusal(path: Path) -> str:
    """Return the reason why an experiment may not read a path, with what would allow it."""
    said = str(path)
    if not said.isprintable() or len(said) > 1000:
        return f"{said[:60]!r}... is no path: remove control characters, or shorten it"
    place, leads = absolute(path), ""
    if any(place.is_relative_to(folder) for folder in spelled()):
        place = Path(os.path.realpath(path))
        leads = f" (a link leads to {place})"
    folder = shlex.quote(str(place if place.parent == Path("/") else place.parent))
    before = f"${FOLDERS}:" if os.environ.get(FOLDERS) else ""
    return (
        f"{said} lies outside the working directory{leads}, and an experiment may not read there on its own word: if "
        f"you trust it with that folder, allow it: export {FOLDERS}={before}{folder}"
    )


def limit(usual: int) -> int:
    """Return a limit of experiments, larger or smaller than usual as the environment says.

    Raises:
        UserError: the variable holds no number.
    """
    given = os.environ.get(LIMITS, "1")
    try:
        factor = float(given)
    except ValueError:
        factor = math.nan
    if not 0 < factor < 1e6:
        raise UserError(f"{LIMITS}: must be a number by which limits are multiplied, as in {LIMITS}=10 (got {given!r})")
    return int(usual * factor)


def lifted(usual: int) -> str:
    """Return how to lift a limit, to end a message."""
    return f"the limit is {limit(usual):,}; if you trust the experiment, lift it: export {LIMITS}=10"

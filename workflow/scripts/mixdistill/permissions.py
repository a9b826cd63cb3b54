"""What the user's environment allows an experiment, which may be a stranger's: folders to read.

An experiment reads below the working directory, and below the folders that ``MIXDISTILL_FOLDERS`` names. The variable
is set in the shell or by a profile of the user's, never by an experiment (docs/security.md).
"""

import os
from pathlib import Path

FOLDERS = "MIXDISTILL_FOLDERS"
"""Variable with the folders, separated by colons, that experiments may read besides the working directory."""


def readable() -> list[Path]:
    """Return the real paths of all folders that an experiment may read."""
    named = [name for name in os.environ.get(FOLDERS, "").split(":") if name.strip()]
    return [Path(os.path.realpath(folder)) for folder in (".", *named)]


def may_read(path: Path) -> bool:
    """Return whether an experiment may read a path, links on the way to it resolved."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(folder) for folder in readable())


def refusal(path: Path) -> str:
    """Return the reason why an experiment may not read a path, with what would allow it."""
    real = Path(os.path.realpath(path))
    return (
        f"{path} lies outside the working directory (at {real}), and an experiment may not read there on its own "
        f"word: if you trust it with that folder, allow it: export {FOLDERS}={real.parent}"
    )

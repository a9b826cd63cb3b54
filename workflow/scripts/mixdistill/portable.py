"""Text without places of this machine, for what leaves it: cards, archives, published models."""

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from mixdistill.digest import SCRIPTS
from mixdistill.permissions import readable
from mixdistill.private import NAME

CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "XDG_CACHE_HOME")
BEFORE = r"(?:(?<![\w.~-])|(?<=(?<!\w)-[A-Za-z]))"
"""What stands before a path: no letter, but for that of an option as in ``-I/home/me``."""
BEHIND = r"(?:(/)|(?![\w-]|\.\w))"
"""What stands behind a place: something in it, or the end of its name."""
WHOLE = re.compile(r"/[^/\s]+(/[^/\s]+)+/?")
"""A text that is a path and nothing else."""
WITHIN = re.compile(r"(?:(?<![\w.~/:-])|(?<=://))/(?:[\w.@+-]+/)+[\w.@+-]*[\w@+-]")
"""A path in a text."""

Known = list[tuple[re.Pattern[str], str]]
"""Expressions for places, and the names that are to stand for them."""


def private() -> Iterator[tuple[Path, str]]:
    """Yield the places that tell whose machine this is, each with a name to stand for it."""
    yield Path(), "."
    shell = Path(os.environ.get("PWD", ""))  # the working directory as the user came there
    if shell.is_absolute() and shell.is_dir() and shell.samefile(Path.cwd()):
        yield shell, "."
    for name in CACHES:
        for place in named(name):
            yield place, "<cache>"
    yield Path("~/.cache/huggingface"), "<cache>"
    yield SCRIPTS.parents[1], "<mixdistill>"
    yield Path("~"), "~"
    for folder in readable():
        yield folder, folder.name


def named(variable: str) -> list[Path]:
    """Return the folder that a variable names; if it is this user's own in another (``mixdistill.caches``), both."""
    place = Path(os.environ.get(variable) or "/")
    return [place, place.parent] if place.name == NAME else [place]


def spelled(place: Path) -> list[Path]:
    """Return a place as it is spelled, and with links resolved; none for the root of all."""
    return sorted({place.expanduser().absolute(), place.expanduser().resolve()} - {Path("/")})


def known() -> Known:
    """Return all places of this machine that are known, temporary ones too."""
    temporary = [*named("TMPDIR"), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    places = [*private(), *((place, "<tmp>") for place in temporary)]
    return [
        (re.compile(BEFORE + re.escape(str(one)) + BEHIND), name) for place, name in places for one in spelled(place)
    ]


def portable(text: str, look: bool = False, places: Known | None = None) -> str:
    """Return a text without places of this machine: relative to the working directory, to the cache or to the home.

    Args:
        text: whatever is to leave this machine.
        look: of other paths that are there on the disk, the last name alone is left.
        places: what ``known`` returns, if there is more than one text.
    """
    if "/" not in text:
        return text
    for pattern, name in known() if places is None else places:
        text = pattern.sub(partial(instead, name), text)
    return WITHIN.sub(lambda path: last_of(path[0]), text) if look else text


def instead(name: str, found: re.Match[str]) -> str:
    """Return what stands for a place; in the working directory, paths are relative."""
    if name == ".":
        return "" if found[1] else name
    return name + (found[1] or "")


def last_of(path: str) -> str:
    """Return the last name of a path that begins as one on this machine; any other as it is."""
    return Path(path).name if os.path.lexists(Path(*Path(path).parts[:3])) else path


def without_places(value: Any, look: bool = False, places: Known | None = None) -> Any:
    """Return a value of JSON in which no text and no key is a place of this machine, or holds one.

    Of a text that is a path to somewhere else and nothing besides, the last name is left.
    """
    places = known() if places is None else places
    if isinstance(value, dict):
        return {without_places(name, look, places): without_places(each, look, places) for name, each in value.items()}
    if isinstance(value, list):
        return [without_places(each, look, places) for each in value]
    if not isinstance(value, str):
        return value
    text = portable(value, look, places)
    return Path(text).name if WHOLE.fullmatch(text) else text


def private_place(text: str) -> str | None:
    """Return a path of at least three names in a text that tells whose machine this is; None if there is none."""
    for place, _ in private():
        for one in spelled(place):
            deeper = "/[^/\\s\"'\\\\]+" * max(3 - len(one.parts[1:]), 0)
            found = re.search(BEFORE + re.escape(str(one)) + (deeper or BEHIND), text)
            if found:
                return found[0]
    return None

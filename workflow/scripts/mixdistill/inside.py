"""Files of a folder that somebody else made: they lie in it, and nothing in it leads anywhere else."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import limits, permissions
from mixdistill.errors import UserError

ELSEWHERE = re.compile(r"^[/~]|(?:^|[/\\])\.\.(?:[/\\]|$)|::|:/|\\|^[A-Za-z][\w+.-]*:|[\0\n\r]")
"""What leads out of a folder: a place of the whole disk, one above, a protocol (also chained), or a variable."""
MOST_FILES = 100_000
"""Files and folders of a folder that are looked at: sets of the hub have up to some ten thousand."""
DEEPEST = 32
"""Folders inside of each other: sets of the hub have up to some five."""


def leads_away(place: str) -> bool:
    """Return whether a name or pattern of files may be about other files than those of its folder."""
    return ELSEWHERE.search(place) is not None


def texts(value: Any, but: str | None = None) -> Iterator[Any]:
    """Yield all texts in a value, and whatever else is no list, no object, no number and not missing.

    Args:
        value: what JSON or YAML can say.
        but: a key of objects that is left out.
    """
    if isinstance(value, dict):
        for key, each in value.items():
            if key != but:
                yield from texts(each, but)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, but)
    elif value is not None and not isinstance(value, bool | int | float):
        yield value


STARS = 4
"""Stars between two slashes of a pattern: with more, a name that does not fit may be looked at for ever."""
ANY_FOLDERS = 2
"""How often a pattern may have two stars, for any number of folders: each multiplies the time by their depth."""


def refuse_place(place: object, named: str) -> None:
    """Raise UserError if what names a file, or files by a pattern, is no text or leads out of its folder."""
    if not isinstance(place, str) or leads_away(place):
        raise UserError(
            f"{named} names {str(place)[:120]!r}, which is not in its folder, and nothing else is read: name files "
            "below that folder, without .. and without a protocol"
        )
    if any(part.count("*") > STARS for part in place.split("/")):
        raise UserError(f"{named} names {place[:120]!r}, and {STARS} stars between slashes are the most: write fewer")
    if place.count("**") > ANY_FOLDERS:
        raise UserError(f"{named} names {place[:120]!r}, and ** may stand there {ANY_FOLDERS} times: write it once")


def root_of(folder: Path, fetched: bool) -> Path:
    """Return the folder in which the files of a folder really lie.

    In the hub's cache they are links to where the repository's contents are kept, beside ``snapshots/<commit>``.
    """
    real = Path(os.path.realpath(folder))
    return real.parents[1] if fetched and real.parent.name == "snapshots" else real


def refuse_outside(file: Path, folder: Path, fetched: bool, name: str) -> None:
    """Raise UserError if a file does not really lie in a folder, or is no file.

    Args:
        file: in the folder, or a link there.
        folder: the folder.
        fetched: from the hub; else the user may have allowed where links lead.
        name: how messages call the folder.
    """
    real = Path(os.path.realpath(file))
    if not real.is_relative_to(root_of(folder, fetched)):
        if fetched:
            raise UserError(
                f"{name}: {file.name} leads out of its repository, to {real}; remove it from the cache, and fetch it "
                "again"
            )
        if not permissions.may_read(real):
            raise UserError(f"{name}: {permissions.refusal(file)}")
    try:
        kind = real.stat().st_mode
    except OSError as error:
        raise UserError(f"{name}: {file.name} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(kind):
        raise UserError(f"{name}: {file.name} is neither file nor folder; remove it")


def files(folder: Path, fetched: bool, name: str) -> Iterator[Path]:
    """Yield the files below a folder, but for hidden ones; links to folders are followed where that is allowed.

    Raises:
        UserError: a link leads out of the folder or in a circle, or there are too many files, or folders in folders.
    """
    root, number = Path(os.path.realpath(folder)), 0
    read = [root]
    for place, folders, names in os.walk(root, followlinks=True):
        folders[:] = [each for each in sorted(folders) if not each.startswith((".", "__"))]
        for link in (Path(place, each) for each in folders if Path(place, each).is_symlink()):
            real = Path(os.path.realpath(link))
            if any(real.is_relative_to(one) or one.is_relative_to(real) for one in read):
                raise UserError(f"{name}: {link} is a link to a folder that is read anyway; remove it")
            if fetched or not permissions.may_read(real):
                raise UserError(f"{name}: {permissions.refusal(link)}")
            read.append(real)
        if folders and len(Path(place).relative_to(root).parts) >= DEEPEST:
            raise UserError(f"{name}: more than {DEEPEST} folders inside of each other; give the folder needed")
        number += len(folders) + len(names)
        if number > MOST_FILES:
            raise UserError(f"{name}: more than {MOST_FILES:,} files and folders, the limit; give the folder needed")
        for each in sorted(names):
            yield Path(place, each)


def refuse_links(folder: Path, fetched: bool, name: str) -> None:
    """Raise UserError if a file directly in a model's folder is not really there, or too large to be read whole."""
    for file in sorted(folder.iterdir()):
        if file.is_dir():
            if file.is_symlink():
                raise UserError(f"{name}: {file.name} is a link to a folder; remove it")
            continue
        if file.is_symlink() or not file.is_file():
            refuse_outside(file, folder, fetched, name)
        most = limits.TOKENIZER if file.name in LARGE else limits.ABOUT
        if file.suffix in WHOLE and file.stat().st_size > most:
            raise UserError(f"{name}: {file.name} has more than {limits.in_units(most)} bytes, which is the limit")


LARGE = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "merges.txt", "model.safetensors.index.json")
WHOLE = (".json", ".jinja", ".txt", ".model", ".md")
"""Endings of files that are read whole."""

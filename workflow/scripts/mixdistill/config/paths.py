"""Files and folders that an experiment names: it may read them, they are there, and they do not take for ever to list.

Works on the file as written, like ``references``. What is changed after an experiment was checked, such as a link that
is put into a folder of the user's, is not looked at again: who may write there is trusted.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill import printed
from mixdistill.config.nearest import shown
from mixdistill.config.references import Found, Keys, at, entries, is_model, items, sources
from mixdistill.contents import lacking
from mixdistill.errors import UserError
from mixdistill.permissions import lifted, limit, may_read, refusal

LONGEST = 4096
"""Characters of a path."""
BRACES = {"{", "}"}
BRACED = "a path has no braces, which Snakemake would fill in: rename it"
FILES = 10_000
"""Files and folders in all that an experiment names, and in the folders below."""


def unreadable(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of every path that may not be read, is not there, or is not what it should be."""
    known: dict[str, str | None] = {}
    left = limit(FILES)
    for keys, path, is_weights in paths(raw):
        if path not in known:
            known[path], number = looked_at(path, left)
            left -= number
        wrong = known[path]
        if wrong is None and is_weights:
            wrong = unusable(path, adapter="trained" in keys)
        if wrong is not None:
            yield ".".join(keys), wrong
    numbers = at(raw, "printed", "numbers")
    if isinstance(numbers, str) and known[numbers] is None:
        try:
            printed.read(Path(numbers))
        except UserError as error:
            yield "printed.numbers", str(error)


def paths(raw: Mapping[str, Any]) -> Iterator[tuple[Keys, str, bool]]:
    """Yield key and text of every path, and whether it is one of weights."""
    found: list[tuple[Keys, Any, bool]] = [(("printed", "numbers"), at(raw, "printed", "numbers"), False)]
    for keys, source in sources(raw):
        weights = is_model(keys) and not {"hub", "world"} & {*source}
        found.append(((*keys, "path"), source.get("path"), weights))
    for student, entry in entries(raw, "students").items():
        for mixture in entries(entry, "logs"):
            given = enumerate(items(entry, "logs", mixture))
            found += [(("students", student, "logs", mixture, str(index)), path, False) for index, path in given]
    yield from ((keys, path, weights) for keys, path, weights in found if isinstance(path, str))


def looked_at(path: str, left: int) -> tuple[str | None, int]:
    """Return what is wrong with a path, if anything, and how many files and folders there are.

    Args:
        path: as the experiment has it.
        left: how many there may be.
    """
    if len(path) > LONGEST:
        return f"a path of {len(path):,} characters (got {shown(path)}): no system has one", 0
    if BRACES & {*path}:
        return f"{BRACED} (got {shown(path)})", 0
    if not may_read(Path(path)):
        return refusal(Path(path)), 0
    if not os.path.exists(path):  # noqa: PTH110  no trace where a folder may not be read
        return f"no such file or folder (got {shown(path)}), seen from {Path.cwd()}", 0
    if not Path(path).is_dir():
        return (None if Path(path).is_file() else f"neither a file nor a folder (got {shown(path)})"), 1
    number = 0
    try:
        for entry in below(path):
            number += 1
            if number > left:
                return f"holds too many files: {path} and what else is named; {lifted(FILES)}", number
            if BRACES & {*entry.name}:
                return f"{BRACED}: {entry.path}", number
            if entry.is_symlink() and not may_read(Path(entry.path)):
                return refusal(Path(entry.path)), number
    except OSError as error:
        return f"cannot be read: {error.strerror} ({error.filename})", number
    return None, number


def below(path: str) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder and its folders and is not hidden; links are not followed."""
    todo = [path]
    while todo:
        with os.scandir(todo.pop()) as found:
            for entry in found:
                if not entry.name.startswith("."):
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)


def unusable(path: str, adapter: bool) -> str | None:
    """Return what a folder lacks that a model must have, told from the names in it."""
    names = [file.name for file in Path(path).iterdir()] if Path(path).is_dir() else []
    wrong = lacking("model", names, adapter)
    return wrong and f"{wrong} (got {shown(path)})"

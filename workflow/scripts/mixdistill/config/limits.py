"""How large an experiment file may be, told before anything expands what stands in it.

A file of a kilobyte can stand for more than a machine holds. The limits are far above what is meant; the user's
environment lifts them (``permissions.lifted``), an experiment cannot.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mixdistill.config.references import Found, Keys
from mixdistill.errors import UserError
from mixdistill.permissions import lifted, limit

BYTES = 1_000_000
NODES = 100_000
"""Keys and values, those that an alias stands for counted again."""
WIDTH = 5_000
"""Entries of a list or section."""
DEPTH = 30
"""Sections in sections; experiments have six."""
DIGITS = 60
"""Characters of a number: longer ones take long to read."""
LARGEST = 10**15
"""Of all numbers, on either side of zero."""

LIKE_A_NUMBER = re.compile(r"[-+.]?\d[\dA-Fa-fxo_:.+-]*$")
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class Size(NamedTuple):
    """How much a part of a file stands for."""

    nodes: int
    depth: int


class Limits:
    """The limits in force, for one file."""

    def __init__(self, path: Path) -> None:
        """Ask the environment.

        Args:
            path: the file, for messages.
        """
        self.path, self.nodes, self.width = path, limit(NODES), limit(WIDTH)

    def check(self, nodes: int, depth: int, width: int, line: int = 0) -> None:
        """Refuse what is too large.

        Raises:
            UserError: there are too many nodes in all, sections in sections, or entries in a list or section.
        """
        if depth <= DEPTH and nodes <= self.nodes and width <= self.width:
            return
        place = f"{self.path}:{line}" if line else str(self.path)
        if depth > DEPTH:
            raise UserError(f"{place}: nested more than {DEPTH} deep: an experiment is not")
        if width > self.width:
            raise UserError(f"{place}: too many entries in one list or section; {lifted(WIDTH)}")
        raise UserError(f"{place}: too many keys and values, aliases expanded; {lifted(NODES)}")


class Opened:
    """A list or section that is being read."""

    def __init__(self, anchor: str | None, halves: bool) -> None:
        """Begin it.

        Args:
            anchor: its name, if it has one.
            halves: whether two nodes make an entry, as in a section.
        """
        self.anchor, self.halves = anchor, halves
        self.nodes, self.depth, self.inner = 1, 1, 0

    def add(self, size: Size) -> None:
        """Count a part."""
        self.nodes += size.nodes
        self.depth = max(self.depth, size.depth + 1)
        self.inner += 1

    @property
    def width(self) -> int:
        """Its entries."""
        return self.inner // 2 if self.halves else self.inner


def check_yaml(text: str, path: Path, loader: Any) -> None:
    """Refuse a file that stands for too much, without expanding it; what is no YAML, its reader says.

    Raises:
        UserError: it does, has a number of very many digits, or an alias inside of what it stands for.
    """
    limits = Limits(path)
    anchored: dict[str | None, Size | None] = {}
    opened = [Opened(None, halves=False)]
    try:
        for event in yaml.parse(text, loader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            match event:
                case yaml.CollectionStartEvent():
                    limits.check(0, len(opened), 0, line)
                    opened.append(Opened(event.anchor, isinstance(event, yaml.MappingStartEvent)))
                    anchored[event.anchor] = None
                    continue
                case yaml.CollectionEndEvent():
                    done = opened.pop()
                    anchor, size = done.anchor, Size(done.nodes, done.depth)
                case yaml.AliasEvent():
                    known = anchored.get(event.anchor, Size(1, 0))
                    if known is None:
                        raise UserError(f"{path}: an alias stands inside of what it stands for (line {line})")
                    anchor, size = None, known
                case yaml.ScalarEvent():
                    check_number(event, path, line)
                    anchor, size = event.anchor, Size(1, 0)
                case _:
                    continue
            anchored[anchor] = size
            here = opened[-1]
            here.add(size)
            limits.check(here.nodes, here.depth - 1, here.width, line)
    except yaml.YAMLError:
        return


def check_number(event: yaml.ScalarEvent, path: Path, line: int) -> None:
    """Refuse a number of very many digits, also one of base 60: to read it may take minutes.

    Raises:
        UserError: it is one.
    """
    if len(event.value) > DIGITS and (event.tag in NUMBERS or (event.implicit[0] and LIKE_A_NUMBER.match(event.value))):
        raise UserError(f"{path}:{line}: a number of {len(event.value)} characters: if it is text, write it in quotes")


def check_content(content: Any, path: Path) -> None:
    """Refuse content that is too large, or without end, where the same part stands in several places.

    Raises:
        UserError: it is.
    """
    limits, opened, nodes = Limits(path), [iter([content])], 0
    while opened:
        for value in opened[-1]:
            nodes += 1
            opened.append(inside(value))
            limits.check(nodes, len(opened) - 2, len(value) if isinstance(value, list | dict) else 0)
            break
        else:
            opened.pop()


def inside(value: Any) -> Iterator[Any]:
    """Yield what a list or section holds, names too."""
    if isinstance(value, Mapping):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def of_other_kinds(raw: Any, keys: Keys = ()) -> Iterator[Found]:
    """Yield key and reason of what YAML can say and an experiment does not: dates, sets, bytes, pairs.

    Checks look at texts and lists; what is turned into one later would pass them by.
    """
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            if not isinstance(name, str | int | float | None):
                yield (
                    ".".join(keys),
                    f"a name must be text, and not {type(name).__name__}: write it in quotes, without a tag",
                )
            yield from of_other_kinds(value, (*keys, str(name)))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from of_other_kinds(value, (*keys, str(index)))
    elif isinstance(raw, date):
        yield ".".join(keys), f"a date (got {raw}): write it in quotes, if text is meant"
    elif not isinstance(raw, str | int | float | None):
        yield ".".join(keys), f"must be text, a number, a list or a section, not {type(raw).__name__}: remove its tag"


def too_large(raw: Any, keys: Keys = ()) -> Iterator[Found]:
    """Yield key and reason of numbers that nobody means, and that no float or machine can take."""
    if isinstance(raw, int | float) and not abs(raw) <= LARGEST:  # nor what is no number (.nan)
        yield ".".join(keys), "must be a number below 10^15"
    inner = raw.items() if isinstance(raw, Mapping) else enumerate(raw) if isinstance(raw, list) else ()
    for name, value in inner:
        yield from too_large(value, (*keys, str(name)))

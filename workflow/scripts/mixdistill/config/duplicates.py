"""What stands twice: keys in a YAML file, of which readers keep the last and say nothing, and items of a list."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from mixdistill.config.files import LOADER
from mixdistill.config.nearest import shown
from mixdistill.config.references import Found, Keys

ONCE = {"seeds", "teachers", "students", "mixtures", "weights", "sweeps", "variants", "gaps", "by", "k", "tasks"}
"""Lists whose items may stand in them once only."""

VERBATIM = {"args", "architecture"}
"""Sections that are passed on as they are."""


def repeated(path: Path) -> Iterator[Found]:
    """Yield key and reason of every key that occurs twice in one section; nothing for what is not YAML."""
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return
    yield from within(tree, ())


def within(node: yaml.Node | None, keys: tuple[str, ...]) -> Iterator[Found]:
    """Yield the repeated keys below a node."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            here = (*keys, str(key.value))
            if key.value in lines and key.value != "<<":
                yield ".".join(here), f"stands twice, in lines {lines[key.value]} and {line}: only the last would count"
            lines[key.value] = line
            yield from within(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from within(value, (*keys, str(index)))


def doubled(raw: Any, keys: Keys = ()) -> Iterator[Found]:
    """Yield key and reason of items that a list has already; of a student, logs and models count too."""
    inner = raw.items() if isinstance(raw, Mapping) else enumerate(raw) if isinstance(raw, list) else ()
    if isinstance(raw, list) and (keys[-1:] and keys[-1] in ONCE or keys[2:3] in (("logs",), ("trained",))):
        seen = set()
        for index, item in enumerate(raw):
            mark = item if isinstance(item, str | int | float) else repr(item)
            if mark in seen:
                yield ".".join((*keys, str(index))), f"stands in this list already (got {shown(item)})"
            seen.add(mark)
    for name, value in inner:
        if name not in VERBATIM:
            yield from doubled(value, (*keys, str(name)))

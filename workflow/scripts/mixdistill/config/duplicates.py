"""Keys that stand twice in a YAML file: readers keep the last and say nothing."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from mixdistill.config.references import Found

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C reads ten times as fast, where PyYAML was built with it."""


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

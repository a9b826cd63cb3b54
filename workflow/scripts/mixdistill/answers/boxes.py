"""What stands in a box. Apart from ``extraction``, so that its policies can change without reading problems anew."""

import re
from collections.abc import Iterator
from typing import NamedTuple

BOX = re.compile(
    r"\\(?:boxed|fbox)(?:\s*\{| *(-?\d+(?:[.,]\d+)*|-?\\[dt]?frac *(?:\d\d|\{[^{}]*\} *\{[^{}]*\}))"
    r"| +([b-zB-HJ-Z])(?![a-zA-Z]))"
)
"""A box with braces, or before a number, a fraction or a letter without any."""
EMPTY = re.compile(r"(?:\s|~|\\[ ,;:!]|\\$|\\q?quad|\\text\{\s*\}|\{\s*\})*")
BRACE = re.compile(r"[{}]|\\.", re.DOTALL)


class Box(NamedTuple):
    """A box in a text."""

    content: str
    start: int
    end: int


def last_box(text: str) -> str | None:
    """Content of the last ``\\boxed{}`` or ``\\fbox{}`` with balanced braces and anything in it; else None."""
    box = next(boxes_from_the_end(text), None)
    return box.content if box else None


def boxes_from_the_end(text: str) -> Iterator[Box]:
    """Yield the balanced boxes of a text that are not empty, the last one first, in time proportional to its length."""
    found = list(BOX.finditer(text))
    ends = closings(text, found[0].start(), {match.end() - 1 for match in found}) if found else {}
    for match in reversed(found):
        bare = match[1] or match[2]
        end = match.end() - 1 if bare else ends.get(match.end() - 1)
        content = "" if end is None else bare or text[match.end() : end].strip()
        if end is not None and not EMPTY.fullmatch(content):
            yield Box(content, match.start(), end + 1)


def closings(text: str, start: int, wanted: set[int]) -> dict[int, int]:
    """Where these braces end, if they are balanced: position of the opening one to that of the closing one."""
    pairs, waiting = {}, []
    for match in BRACE.finditer(text, start):
        if match[0] == "{":
            waiting.append(match.start())
        elif match[0] == "}" and waiting:
            opening = waiting.pop()
            if opening in wanted:
                pairs[opening] = match.start()
    return pairs


def closing(text: str, start: int) -> int | None:
    """Position of the brace that closes the one before ``start``."""
    depth = 1
    for match in BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None

"""What stands in a box. Apart from ``extraction``, so that its policies can change without reading problems anew."""

import re

BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def last_box(text: str) -> str | None:
    """Content of the last ``\\boxed{}`` or ``\\fbox{}`` with balanced braces; escaped braces do not count."""
    for match in reversed(list(BOX.finditer(text))):
        end = closing(text, match.end())
        if end is not None:
            return text[match.end() : end].strip() or None
    return None


def closing(text: str, start: int) -> int | None:
    """Position of the brace that closes the one before ``start``."""
    depth, position = 1, start
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None

"""The final answer of a completion."""

import re

BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


def extracted(completion: str, policy: str) -> str | None:
    """The final answer under a policy (``boxed`` or ``last-number``); None where there is none.

    ``last-number`` prefers a box, as GSM8K answers of models trained on MATH have one.
    """
    box = last_box(completion)
    if box is not None or policy == "boxed":
        return box
    numbers = NUMBER.findall(completion)
    return numbers[-1].rstrip(",") if numbers else None


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

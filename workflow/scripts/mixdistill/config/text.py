"""Characters that nobody means in an experiment's text, and how they come there: by an escape in double quotes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mixdistill.config.plain_words import UNTOLD
from mixdistill.config.references import Found, Keys
from mixdistill.config.secrets import is_secret, looks_secret, masked
from mixdistill.terminal import visible

CONTROL = {
    "\0": ("0", "a null character"),
    "\a": ("a", "a bell"),
    "\b": ("b", "a backspace"),
    "\t": ("t", "a tab"),
    "\n": ("n", "a line break"),
    "\v": ("v", "a vertical tab"),
    "\f": ("f", "a form feed"),
    "\r": ("r", "a carriage return"),
    "\x1b": ("e", "an escape character"),
    "\x85": ("N", "a next-line character"),
    "\u2028": ("L", "a line separator"),
    "\u2029": ("P", "a paragraph separator"),
}
"""Character to its letter after a backslash, in YAML's double quotes, and to what it is called."""

AFTER_A_TAB = "times theta tfrac tilde therefore triangle"
AFTER_A_LINE_BREAK = "nabla not notin nleq ngeq newline newcommand noindent nearrow nsubseteq"
"""Commands of TeX whose rest, after ``\\t`` or ``\\n``, begins no English line."""


def rests(commands: str) -> str:
    """An expression for what follows the first letter of commands."""
    return "|".join(command[1:] for command in commands.split())


UNMEANT = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
    rf"|\t(?=ext(?:bf|it|rm|sf|tt|sc|up|normal|color)?[ ]?\{{|(?:{rests(AFTER_A_TAB)})\b)"
    rf"|\n(?=(?:{rests(AFTER_A_LINE_BREAK)})\b|eq(?![\w.]))"
)
"""Control characters and halves of characters; a tab or line break, fine by itself, where a command of TeX lost its
backslash and first letter."""


def unmeant(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of texts and names that hold a character which nobody means."""
    for keys, text in texts(raw, (), set()):
        found = UNMEANT.search(text)
        if found:
            told = keys[-1] not in UNTOLD and not any(map(is_secret, keys))
            yield ".".join(keys), cause(text, found.start()) if told else "holds a control character: remove it"


def secret(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of texts and names that hold what looks like a key; it is not repeated."""
    for keys, text in texts(raw, (), set()):
        if looks_secret(text):
            key = masked(".".join(keys))
            yield key, "looks like a secret, and an experiment holds none: revoke it, and set a variable of your shell"


def texts(value: Any, keys: Keys, seen: set[int]) -> Iterator[tuple[Keys, str]]:
    """Yield all texts below a value, names too, with their keys; what stands in several places by an alias, once."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping | list) and id(value) not in seen:
        seen.add(id(value))
        for name, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            here = (*keys, visible(name))
            yield here, str(name)
            yield from texts(inner, here, seen)


def cause(text: str, index: int) -> str:
    """Return what stands there, and what its author wrote."""
    character, rest = text[index], text[index + 1 :]
    if character not in CONTROL:
        what = "half of a character" if "\ud800" <= character <= "\udfff" else "a control character"
        return f"holds {what} (U+{ord(character):04X}): remove it"
    letter, name = CONTROL[character]
    word = re.match("[A-Za-z]*", rest)
    command = letter + (word.group() if word else "")
    of = f" of \\{command}" if command != letter else ""
    where = f"before {rest[:12]!r}" if rest else "at its end"
    return (
        f"holds {name} (U+{ord(character):04X}) {where}: in double quotes YAML reads \\{letter}{of} as one; "
        f"write single quotes, or \\\\{command}"
    )

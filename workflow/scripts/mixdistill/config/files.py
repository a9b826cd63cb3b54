"""Read experiment files, and say where one is not YAML in a line that names file, line and column."""

import json
from pathlib import Path
from typing import Any

import yaml

from mixdistill.errors import UserError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C reads ten times as fast, where PyYAML was built with it."""

HINTS = {
    "'\\t'": "indent with blanks, not with tabs",
    "mapping values are not allowed": "text with a colon and a blank in it needs quotes",
    "escape sequence": "in double quotes a backslash begins an escape: write single quotes",
    "escape character": "in double quotes a backslash begins an escape: write single quotes",
    "another document": "a file holds one experiment: remove ---",
    "undefined alias": "text that begins with * needs quotes",
    "unhashable key": "text that begins with a brace needs quotes",
    "constructor for the tag": "text that begins with ! needs quotes",
    "<block end>": "is it indented like its neighbours, and is text that begins with a brace or a quote all in quotes?",
    "cannot start any token": "text that begins with this needs quotes",
    "not allowed": "remove this character",
}
"""A part of the YAML parser's words to what helps; the first that fits counts."""


def parsed(path: Path) -> dict[str, Any]:
    """Return the content of an experiment file, JSON or YAML.

    Raises:
        UserError: it cannot be read, is not YAML, or has no keys; one line with file and, where there is one, line and
            column.
    """
    text = decoded(path)
    try:
        content = json.loads(text)
    except ValueError:
        content = loaded(text, path)
    try:
        json.dumps(content, default=str, skipkeys=True)
    except ValueError:
        raise UserError(f"{path}: an alias stands inside of what it stands for") from None
    if not isinstance(content, dict):
        found = {list: "has a list at its top", type(None): "is empty"}.get(type(content), "has no keys")
        raise UserError(f"{path}: {found}; an experiment file has keys there: name, problems, students, ...")
    return content


def decoded(path: Path) -> str:
    """Return a file's text.

    Raises:
        UserError: it cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path}: UTF-16: save it as UTF-8")
    if b"\0" in content:
        raise UserError(f"{path}: holds null bytes, so it is no text, and no experiment file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        what = f"not UTF-8 (byte 0x{content[error.start]:02x}): save it as UTF-8"
        raise UserError(f"{path}:{position(before, len(before))}: {what}") from None


def position(text: str, index: int) -> str:
    """Return line and column of a character, as in ``3:14``."""
    return f"{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}"


def loaded(text: str, path: Path) -> Any:
    """Return the content of YAML.

    Raises:
        UserError: it is not YAML.
    """
    kind = "JSON" if path.suffix == ".json" else "YAML"
    try:
        return yaml.load(text, LOADER)
    except yaml.YAMLError as error:
        raise UserError(f"{path}{place_and_reason(worded(text, error), text, kind)}") from None
    except ValueError as error:
        raise UserError(f"{path}: not {kind}: {error}; text that looks like a date or number needs quotes") from None


def worded(text: str, error: yaml.YAMLError) -> yaml.YAMLError:
    """Return the error in the words of the parser in Python, which says more than the one in C."""
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as better:
        return better
    return error


def place_and_reason(error: yaml.YAMLError, text: str, kind: str) -> str:
    """Return what follows a file's name in the message: line and column, problem and hint."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", error)).removeprefix("but ")
    context = str(getattr(error, "context", None) or "")
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is not None:
        where = f":{mark.line + 1}:{mark.column + 1}"
    elif isinstance(getattr(error, "position", None), int):
        where = f":{position(text, error.position)}"  # type: ignore[attr-defined]
    else:
        where = ""
    if begun is not None and "expected" in problem and ("flow" in context or "quoted" in context):
        what = "quote" if "quoted" in context else "bracket"
        problem += f"; the {what} of line {begun.line + 1}, column {begun.column + 1} is not closed"
    hint = next((hint for part, hint in HINTS.items() if part in problem), "")
    return f"{where}: not {kind}: {' '.join(problem.split())}{'; ' if hint else ''}{hint}"

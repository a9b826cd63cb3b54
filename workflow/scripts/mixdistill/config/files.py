"""Read experiment files, and say where one is not YAML in a line that names file, line and column."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from mixdistill.config.limits import BYTES, check_content, check_yaml
from mixdistill.config.secrets import masked
from mixdistill.errors import UserError
from mixdistill.permissions import lifted, limit

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C reads ten times as fast, where PyYAML was built with it."""

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

WORDED = 50_000
"""Characters of a file that is read once more for better words."""

TEMPLATE = "__use_yte__"
"""The key by which Snakemake takes a file for a template of yte, whose expressions are Python. Looked for in what was
read: in the text, an escape, an anchor or a merge hides it."""

HINTS = {
    "'\\t'": "indent with blanks, not with tabs",
    "mapping values are not allowed": "text with a colon and a blank in it needs quotes",
    "escape sequence": "in double quotes a backslash begins an escape: write single quotes",
    "escape character": "in double quotes a backslash begins an escape: write single quotes",
    "another document": "a file holds one experiment: remove ---",
    "undefined alias": "text that begins with * needs quotes",
    "unhashable key": "text that begins with a brace needs quotes",
    "2002:value": "a sign alone needs quotes: '='",
    "constructor for the tag": "text that begins with ! needs quotes",
    "<block end>": "is it indented like its neighbours, and is text that begins with a brace or a quote all in quotes?",
    "cannot start any token": "text that begins with this needs quotes",
    "not allowed": "remove this character",
}
"""A part of the YAML parser's words to what helps; the first that fits counts."""


def parsed(path: Path) -> dict[str, Any]:
    """Return the content of an experiment file, JSON or YAML.

    Raises:
        UserError: it cannot be read, is not YAML, has no keys, or is a template; one line with file and, where there is
            one, line and column.
    """
    content = bounded(decoded(path), path)
    if not isinstance(content, dict):
        found = {list: "has a list at its top", type(None): "is empty"}.get(type(content), "has no keys")
        raise UserError(f"{path}: {found}; an experiment file has keys there: name, problems, students, ...")
    if TEMPLATE in content:
        raise UserError(
            f"{path}: {TEMPLATE}: would make a program of this file, and no experiment runs code: write what it "
            "computes, and remove this key"
        )
    return content


def kept(paths: Iterable[Path], folder: Path) -> list[Path]:
    """Write what experiment files say, and return where: jobs that read them again get what was checked.

    It is neither what a file has become since, nor what another reader of YAML would make of it.

    Args:
        paths: the files.
        folder: a folder of Snakemake's, which all machines see.

    Raises:
        UserError: one is no experiment any more, or the folder cannot be written to.
    """
    copies = []
    for path in paths:
        content = yaml.dump(parsed(path), Dumper=DUMPER, sort_keys=False)
        copy = folder.absolute() / hashlib.sha256(content.encode()).hexdigest()[:16] / path.name
        part = copy.with_name(f"{secrets.token_hex(8)}.part")
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(content, encoding="utf-8")
            part.replace(copy)
        except OSError as error:
            raise UserError(f"{copy}: cannot be written: {error.strerror}; remove what is there") from None
        copies.append(copy)
    return copies


def bounded(text: str, path: Path) -> Any:
    """Return what JSON or YAML says, if it is not too much (``limits``).

    Raises:
        UserError: it is, or is neither.
    """
    try:
        content = json.loads(text)
    except ValueError:
        check_yaml(text, path, LOADER)
        return loaded(text, path)
    except RecursionError:
        raise UserError(f"{path}: nested too deep: an experiment is not") from None
    check_content(content, path)
    return content


def decoded(path: Path) -> str:
    """Return a file's text.

    Raises:
        UserError: it cannot be read, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit(BYTES) + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > limit(BYTES):
        raise UserError(f"{path}: too large for an experiment, in bytes; {lifted(BYTES)}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path}: UTF-16: save it as UTF-8")
    if b"\0" in content:
        raise UserError(f"{path}: holds null bytes, so it is no text, and no experiment file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        what = f"not UTF-8 (byte 0x{content[error.start]:02x}): save it as UTF-8"
        raise UserError(f"{path}:{position(before, len(before))}: {what}") from None
    if (at := text.find("\ufeff")) >= 0:  # readers of YAML differ in what stands behind it
        raise UserError(f"{path}:{position(text, at)}: a byte order mark inside the file (U+FEFF): remove it")
    return text


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
    except Exception as error:  # of values that are not what they look like, or what their tag says
        reason = error if isinstance(error, ValueError) else "a value is not of the kind that its tag says"
        raise UserError(f"{path}: not {kind}: {reason}; text that looks like a date or number needs quotes") from None


def worded(text: str, error: yaml.YAMLError) -> yaml.YAMLError:
    """Return the error in the words of the parser in Python, which says more than the one in C, and takes its time."""
    try:
        yaml.compose(text if len(text) < WORDED else "", yaml.SafeLoader)  # merges nothing, which could take for ever
    except yaml.YAMLError as better:
        return better
    except (ValueError, RecursionError):
        pass
    return error


def place_and_reason(error: yaml.YAMLError, text: str, kind: str) -> str:
    """Return what follows a file's name in the message: line and column, problem and hint."""
    problem = masked(str(getattr(error, "problem", None) or getattr(error, "reason", error)).removeprefix("but "))
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

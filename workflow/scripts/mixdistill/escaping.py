"""The doors through which text of others comes into what we write: a function for each, and nothing else escapes.

Titles, notes, names, answers, problems and messages are text of others. ``mixdistill.terminal`` is the door to
terminals and logs; it is a module of its own because jobs that make rows go through it, and a change of a table's
Markdown must not make them again.
"""

import base64
import hashlib
import json
import re
from html import escape
from typing import Any

from mixdistill.terminal import visible

TEX = {
    "\\": r"\textbackslash{}",
    **{char: "\\" + char for char in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "*": "{*}",
    "[": "{[}",
    "]": "{]}",
    "\u2013": "--",
    "\u2014": "---",
    "\u2212": "$-$",
    "\u2265": r"$\geq$",
    "\u2264": r"$\leq$",
    "\u00d7": r"$\times$",
    "\u0394": r"$\Delta$",
}

BEGINS, SIGN = "(^|[;\t\n])", "(?=[ \"']*[-=+@\uff1d\uff0b\uff0d\uff20])"
FORMULA, GUARDED = re.compile(BEGINS + SIGN), re.compile(f"{BEGINS}'{SIGN}")
"""Where a spreadsheet takes what follows for a formula, and the same with an apostrophe before it.

That is where a cell begins, and behind each semicolon, tab and line break in it: a spreadsheet that divides rows at
semicolons, as a German one does, or at tabs does not see the quotes that stand behind our commas. Blanks and quotes
before a sign change nothing.
"""

NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|nan)")


def one_line(text: object) -> str:
    """Return a text on one line, blanks of all kinds as single ones, what cannot be seen as escapes."""
    return visible(" ".join(str(text).split()))


def markdown(text: object) -> str:
    """Escape what Markdown takes for markup inside a line: images, links, HTML, emphasis, code, formulas, cells.

    An address that stands bare may still be made a link by whoever shows the file; nothing is loaded for that.
    """
    return re.sub(r"([\\`*_~$<>|\[\]])|&(?=#?\w+;)", r"\\\g<0>", one_line(text))


def markdown_paragraph(text: object) -> str:
    """Escape a text that begins a line: it opens no list, heading, quotation or rule there."""
    return re.sub(r"^(?=[-+=#])|^(\d+)(?=[.)])", r"\1\\", markdown(text))


def latex(text: object) -> str:
    """Escape what LaTeX takes for a command."""
    return "".join(TEX.get(char, char) for char in one_line(text))


def html(text: object) -> str:
    """Escape what HTML takes for markup, between tags and in quoted attributes; line breaks stay."""
    return escape(visible(re.sub(r"[^\S\n]", " ", str(text)), keep="\n"))


def rst(text: object) -> str:
    """Escape a text so that reStructuredText takes no character of it for markup, at the beginning of a line either.

    Every sign of ASCII gets a backslash, which is left out when shown; a text of blanks alone is empty.
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", one_line(text))


def rst_throughout(value: Any) -> Any:
    """Escape all texts of a nested value for reStructuredText, keys too."""
    if isinstance(value, dict):
        return {rst_throughout(key): rst_throughout(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rst_throughout(inner) for inner in value]
    return rst(value) if isinstance(value, str) else value


def script_json(value: Any, **options: Any) -> str:
    """Return JSON that stays inside a script of a page: ASCII, without a character that could end the script."""
    text = json.dumps(value, **options)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def source_of(text: str) -> str:
    """Return how a page's policy names a script or style that stands in the page: by its digest, and nothing else."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def csv_cell(value: Any) -> Any:
    """Return a cell of a CSV file; where a spreadsheet would see a formula in a text, an apostrophe stands before it.

    Tabs and line breaks stay: they are quoted. A carriage return would not be, and end the row.
    """
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return value
    return FORMULA.sub(r"\1'", visible(value, keep="\t\n"))


def csv_text(cell: str) -> str:
    """Return the text that ``csv_cell`` made a cell of."""
    return GUARDED.sub(r"\1", cell)

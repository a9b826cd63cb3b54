"""The doors of text of others into documents: it reads as it was written, and is nothing but text."""

import ast
import csv
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mixdistill import escaping
from mixdistill.statistics import Estimate
from mixdistill.tabular import Row, Table, read_csv, webpage, write, write_csv
from planning import REPO

TEXTS = [
    "![x](http://example.invalid/a.png)", "[here](javascript:alert(1))", "[x]: http://example.invalid", "[x][y]",
    "<img src=x onerror=alert(1)>", "</td></tr></table><script>alert(1)</script>", "<http://example.invalid>",
    "<!-- x", "&lt;b&gt; &#60;b&#62; AT&T", "a | b || c", "`code` ``", "**bold** _em_ ~~gone~~ __x__", "# heading",
    "1. one", "2) two", "- item", "+ item", "> quotation", "---", "===", "    indented", "\\", "\\|", "$x^2$",
    "a\nb\r\nc", "x\u2028y", "\x1b[31mred", "\u202eevil\u202c", "a\u00a0b", "\ud800", "```\ncode", "~~~", "\t- tab",
]  # fmt: skip
HARMLESS = {"text", "softbreak", "strong_open", "strong_close"}
"""What stands inside a line of our Markdown."""
BLOCKS = {
    *("heading_open", "heading_close", "blockquote_open", "blockquote_close", "paragraph_open", "paragraph_close"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "inline"),
    *(f"{tag}_{side}" for tag in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")),
}


def table(text: str) -> Table:
    """A text in every place of a table."""
    rows = [Row([text, Estimate(-1.0, -2.0, 0.0), text], frozenset({1, 2}), {1: text}, {1: text})]
    return Table(text, [text, "number", text], [(text, rows)], [text, "1 note"], text, frozenset({0, 2}))


def written(folder: Path, text: str) -> dict[str, str]:
    """The four files of such a table."""
    files = {kind: folder / f"t.{kind}" for kind in ("csv", "md", "html", "tex")}
    write(table(text), [{"a": text, "b": -1.5, "c": 2}], *files.values())
    return {kind: path.read_bytes().decode() for kind, path in files.items()}


class Elements(html.parser.HTMLParser):
    """Elements, attributes and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.names: set[str] = set()
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


PLAIN = Elements(webpage(table("plain")))


def shown(text: str) -> str:
    """A text as documents show it."""
    return escaping.one_line(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_table_of_hostile_text_has_the_form_of_any_other(tmp_path: Path, text: str) -> None:
    made = written(tmp_path, text)
    page = Elements(made["html"])
    assert page.elements == PLAIN.elements
    assert page.names == PLAIN.names
    assert shown(text) in " ".join(page.words.split())
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(made["md"])
    assert {token.type for token in parsed} <= BLOCKS
    inner = [token for one in parsed for token in one.children or []]
    assert {token.type for token in inner} <= HARMLESS
    assert sum(token.type == "td_open" for token in parsed) == 6
    assert sum(token.type == "list_item_open" for token in parsed) == 2
    assert "".join(token.content for token in inner).count(shown(text)) >= 6
    (row,) = csv.DictReader(io.StringIO(made["csv"], newline=""))
    assert (row["b"], row["c"]) == ("-1.5000", "2")
    assert all(line.isprintable() for kind in ("md", "html", "tex") for line in made[kind].split("\n"))


FORMULAS = [
    '=HYPERLINK("http://x")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    "＝1",
    "-foo",
    "--",
    "+",
    "'=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_readers_get_the_text_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(file, [{"text": text, "number": -3.25}])
    with path.open(newline="", encoding="utf-8") as file:
        _, (cell, number) = csv.reader(file)
    assert cell == f"'{text}"
    assert number == "-3.25"
    assert read_csv(path) == [{"text": text, "number": "-3.25"}]


@pytest.mark.parametrize(
    "value", [-1, -1.5, "-1.5", "+2", "-1e-05", "-inf", "1", "", "a=b", "'quoted'", "5-3", None, True]
)
def test_numbers_and_plain_text_stay_as_they_are(value: Any) -> None:
    assert escaping.csv_cell(value) is value


def test_a_carriage_return_ends_no_row() -> None:
    file = io.StringIO(newline="")
    write_csv(file, [{"a": "x\r=cmd", "b": "y"}])
    assert file.getvalue() == "a,b\nx\\r=cmd,y\n"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("'=+-@\t1a ＝"), max_size=6))
def test_csv_text_undoes_csv_cell(text: str) -> None:
    cell = escaping.csv_cell(text)
    assert escaping.csv_text(cell) == text
    assert not re.match("[=@\t]", cell)


def test_json_cannot_end_its_script() -> None:
    value = {"</script><!--": "]]> & \u2028 \ud800"}
    made = escaping.script_json(value)
    assert made.isascii()
    assert not set("<>&") & set(made)
    assert json.loads(made) == value


DOORS = {"escaping"}
NUMBERS = {"tabular", "curves"}
"""``tabular`` writes CSV for all others; ``curves`` writes numbers."""


def test_nothing_else_escapes_or_writes_csv() -> None:
    found: dict[str, set[str]] = {}
    for path in (REPO / "workflow" / "scripts").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("html", "xml.sax.saxutils", "markupsafe"):
                found.setdefault(node.module, set()).add(path.stem)
            elif isinstance(node, ast.Import) and {alias.name for alias in node.names} & {"html", "markupsafe"}:
                found.setdefault("html", set()).add(path.stem)
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in ("csv.writer", "csv.DictWriter"):
                found.setdefault("csv", set()).add(path.stem)
    assert found == {"html": DOORS, "csv": NUMBERS}

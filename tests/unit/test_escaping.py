"""The doors of text of others into documents: it reads as it was written, and is nothing but text."""

import ast
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import documents
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mixdistill import escaping
from mixdistill.tabular import read_csv, write_csv
from planning import REPO

TEXTS = [
    "![x](http://example.invalid/a.png)", "[here](javascript:alert(1))", "[x]: http://example.invalid", "[x][y]",
    "<img src=x onerror=alert(1)>", "</td></tr></table><script>alert(1)</script>", "<http://example.invalid>",
    "<!-- x", "&lt;b&gt; &#60;b&#62; AT&T", "a | b || c", "`code` ``", "**bold** _em_ ~~gone~~ __x__", "# heading",
    "1. one", "2) two", "- item", "+ item", "> quotation", "---", "===", "    indented", "\\", "\\|", "$x^2$", r"$$\int$$ \$ $`x`$",
    "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f680 \u05d0\u200f", "a\nb\r\nc", "x\u2028y", "\x1b[31mred", "\u202eevil\u202c", "a\u00a0b", "\ud800", "```\ncode", "~~~", "\t- tab",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_table_of_hostile_text_has_the_form_of_any_other(tmp_path: Path, text: str) -> None:
    documents.check_table(tmp_path, text)


@pytest.mark.parametrize("text", ["$x^2$", "$$x$$", r"\$x\$", "costs $5 or $6", "$`x`$"])
def test_no_dollar_opens_a_formula_in_markdown(text: str) -> None:
    made = escaping.markdown(text)
    assert not re.search(r"(?<!\\)(\\\\)*\$", made)
    (inline,) = [one for one in MarkdownIt().parse(made) if one.children]
    assert "".join(one.content for one in inline.children or []) == text


FORMULAS = {
    '=HYPERLINK("http://x")': '\'=HYPERLINK("http://x")',
    "=1+1": "'=1+1",
    "+1+1": "'+1+1",
    "-1+1": "'-1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "\t'=1",
    "\n=1": "\n'=1",
    " =1": "' =1",
    "＝1": "'＝1",
    "-foo": "'-foo",
    "--": "'--",
    "+": "'+",
    "'=1": "''=1",
    "'-1": "''-1",
    "x;=1+1": "x;'=1+1",
    "x; @A1;b": "x;' @A1;b",
    "x\t=1\t+2": "x\t'=1\t'+2",
    "x\n-cmd": "x\n'-cmd",
    'x;"=1+1;y': "x;'\"=1+1;y",
    ';""\'=1;': ";'\"\"'=1;",
    "=1;=2": "'=1;'=2",
}


@pytest.mark.parametrize(("text", "shown"), FORMULAS.items())
def test_no_cell_is_a_formula_and_readers_get_the_text_back(tmp_path: Path, text: str, shown: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(file, [{"text": text, "number": -3.25}])
    with path.open(newline="", encoding="utf-8") as file:
        _, (cell, number) = csv.reader(file)
    assert cell == shown
    assert number == "-3.25"
    assert read_csv(path) == [{"text": text, "number": "-3.25"}]


def starts(cell: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula, or may: quotes that it knows not, and blanks, hide nothing."""
    return cell.lstrip(' "').startswith(("=", "+", "-", "@")) and not escaping.NUMBER.fullmatch(cell)


@pytest.mark.parametrize("text", [*FORMULAS, *TEXTS])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["a", "b"])
def test_no_cell_is_a_formula_wherever_a_spreadsheet_divides(text: str, delimiter: str, first: str) -> None:
    """With the quotes that Python's reader sees, and as if there were none but line breaks."""
    file = io.StringIO(newline="")
    record = {"a": text, "b": "plain"}
    write_csv(file, [{first: record[first], **record}])
    cells = [cell for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter) for cell in row]
    if delimiter != ",":
        cells += [cell for line in file.getvalue().split("\n") for cell in line.split(delimiter)]
    assert not [cell for cell in cells if starts(cell)]


@pytest.mark.parametrize(
    "value", [-1, -1.5, "-1.5", "+2", "-1e-05", "-inf", "1", "", "a=b", "'quoted'", "5-3", "a; b", None, True]
)
def test_numbers_and_plain_text_stay_as_they_are(value: Any) -> None:
    assert escaping.csv_cell(value) is value


def test_a_carriage_return_ends_no_row() -> None:
    file = io.StringIO(newline="")
    write_csv(file, [{"a": "x\r=cmd", "b": "y"}])
    assert file.getvalue() == "a,b\nx\\r=cmd,y\n"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("'\"=+-@\t\n;1a ＝"), max_size=8))
def test_csv_text_undoes_csv_cell(text: str) -> None:
    cell = escaping.csv_cell(text)
    assert escaping.csv_text(cell) == text
    assert not any(map(starts, re.split("[;\t\n]", cell))) or escaping.NUMBER.fullmatch(cell)


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


def test_a_setting_in_a_model_card_ends_its_code_where_it_should() -> None:
    from mixdistill.training.card import code

    value = {"a`": "`` <img src=x>\n# heading"}
    (inline,) = [token for token in MarkdownIt("commonmark").parse(f"- x: {code(value)} end") if token.children]
    assert [child.type for child in inline.children or []] == ["text", "code_inline", "text"]
    assert json.loads((inline.children or [])[1].content) == value


def test_a_teacher_of_a_strangers_training_set_is_text_in_the_card(tmp_path: Path) -> None:
    """Whoever looks at a model on the hub loads nothing for that."""
    from types import SimpleNamespace

    from mixdistill.training.card import MOST, card

    counts = dict.fromkeys(
        ("training rows", "validation rows", "rows without completion", "cut rows", "prompt tokens"), 1
    ) | {"completion tokens": 1}
    (tmp_path / "m.jsonl").write_text("")
    report: dict[str, Any] = {**counts, "rows": 1, "steps": 1, "base": "x", "machine": {}}
    weights: Any = SimpleNamespace(origin=None, base="b")
    for text in TEXTS:
        teachers = {"qwen-7b": counts, text: counts}
        made = card(weights, tmp_path / "m.jsonl", {"lora": None}, {**report, "teachers": teachers})
        body = made.partition("\n# ")[2]
        parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse("# " + body)
        inner = [one for token in parsed for one in token.children or []]
        assert {one.type for one in inner} <= {"text", "code_inline", "strong_open", "strong_close"}
        assert sum(token.type == "td_open" for token in parsed) == 3 * 7
        assert "| qwen-7b | 1 |" in made
    many = {f"t{at}": counts for at in range(1000)}
    made = card(weights, tmp_path / "m.jsonl", {"lora": None}, {**report, "teachers": many})
    assert made.count("| t") == MOST + 1  # and the heading
    assert "| **all 1,000** |" in made

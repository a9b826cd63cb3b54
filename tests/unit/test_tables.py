"""Tables: the same numbers in four formats, readable back, the same bytes each time."""

import re
from html import escape, unescape
from io import StringIO
from pathlib import Path
from typing import Any

import gap_table
import methods_table
import pandas as pd
import pytest
import synthetic
from mixdistill.errors import UserError
from mixdistill.escaping import latex, markdown_paragraph
from mixdistill.significance import Disagreements, Needed
from mixdistill.statistics import Estimate
from mixdistill.tabular import decimals, number

STUDENTS = {
    "qwen-0.5b": ("Qwen2.5-0.5B", "Qwen2.5", 5e8),
    "llama-1b": ("Llama_3.2 & co|1B", "Llama 100%", 1.2e9),
    "qwen-3b": ("Qwen2.5-3B", "Qwen2.5", 3e9),
}
FOOTNOTE = "Mix-Long has 50% of the rows_{a} & a pipe | here"
GAP = {
    "kind": "gap",
    "title": "Long CoT gap",
    "paper": "Table 1",
    "gap": {"title": "Gap", "first": "long", "second": "short"},
    "students": list(STUDENTS),
}
METHODS = {
    "kind": "methods",
    "title": "Methods",
    "paper": None,
    "students": list(STUDENTS),
    "mixtures": ["untrained", "long", "short"],
}
CHANCES = {
    "qwen-0.5b": {"long": 0.3, "short": 0.5, "untrained": 0.2},
    "llama-1b": {"long": 0.4, "short": 0.4, "untrained": 0.2},
    "qwen-3b": {"long": 0.7, "short": 0.5, "untrained": 0.2},
}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Scores of three students: one better with short, one undecided, one better with long."""
    folder = tmp_path_factory.mktemp("scores")
    frames = {name: synthetic.lacking(synthetic.frame(name, chances)) for name, chances in CHANCES.items()}
    return synthetic.save(folder, frames)


def made(folder: Path, scores: list[Path], entry: dict[str, Any]) -> dict[str, str]:
    """Text of the four files of a table."""
    files = {kind: folder / f"table_1.{kind}" for kind in ("csv", "md", "html", "tex")}
    look = synthetic.look(entry, STUDENTS, footnotes=[FOOTNOTE])
    (gap_table if entry["kind"] == "gap" else methods_table).main(scores, **files, look=look)
    assert sorted(path.name for path in folder.iterdir()) == [f"table_1.{kind}" for kind in sorted(files)]
    return {kind: path.read_text() for kind, path in files.items()}


def page_rows(text: str) -> list[list[str]]:
    """The cells of an HTML table's rows, those that open a block left out."""
    rows = re.findall("<tr>(<td.*?)</tr>", text)
    return [[unescape(cell) for cell in re.findall("<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows]


def pipes(text: str) -> list[list[str]]:
    """Cells of a Markdown table, without head and rule."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in rows]
    assert len({len(row) for row in cells}) == 1
    return cells[2:]


@pytest.mark.parametrize("entry", [GAP, METHODS])
def test_same_bytes_in_any_order(tmp_path: Path, scores: list[Path], entry: dict[str, Any]) -> None:
    """Nothing depends on the run or on the order of files."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert made(tmp_path / "a", scores, entry) == made(tmp_path / "b", scores[::-1], entry)


@pytest.mark.parametrize("entry", [GAP, METHODS])
def test_note_and_footnotes_are_on_every_face(tmp_path: Path, scores: list[Path], entry: dict[str, Any]) -> None:
    """What must not be overlooked is in all three files."""
    text = made(tmp_path, scores, entry)
    assert all(synthetic.NOTE in one for one in text.values())
    assert [[re.sub("<.*?>", "", cell) for cell in row] for row in page_rows(text["html"])] == [
        [re.sub(r"[*\\]", "", cell) for cell in row] for row in pipes(text["md"]) if any(row[1:])
    ]
    for note in (FOOTNOTE, synthetic.LACKING):
        assert markdown_paragraph(note) in text["md"]
        assert latex(note) in text["tex"]
        assert escape(note) in text["html"]
    assert "95% intervals over problems and 3 seeds" in text["md"]


@pytest.mark.parametrize("entry", [GAP, METHODS])
def test_latex_is_balanced_and_escaped(tmp_path: Path, scores: list[Path], entry: dict[str, Any]) -> None:
    """Braces and environments close, rows have all columns, special characters are escaped."""
    text = made(tmp_path, scores, entry)["tex"]
    body = text.split("\n", 1)[1]
    bare = re.sub(r"\\[\\{}&%_#$]", "", body)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert not set("%#_") & set(bare.replace(r"\label{tab:table_1}", ""))
    assert re.findall(r"\\begin\{(\w+)\}", body) == re.findall(r"\\end\{(\w+)\}", body)[::-1]
    columns = len(re.search(r"\\begin\{tabular\}\{([lr]+)\}", body).group(1))  # type: ignore[union-attr]
    rows = [re.sub(r"\\&", "", line) for line in body.splitlines() if line.endswith(r"\\")]
    assert {row.count("&") + 1 for row in rows if "multicolumn" not in row} == {columns}
    assert r"Llama\_3.2 \& co\textbar{}1B" in body
    assert all(rule in body for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\caption"))


def test_gap_table_has_the_papers_layout(tmp_path: Path, scores: list[Path]) -> None:
    """Rows by family in the order given, and the better mixture only where the gap can be told from none."""
    text = made(tmp_path, scores, GAP)
    rows = pipes(text["md"])
    assert [row[0] for row in rows] == [
        "**Qwen2.5**",
        "Qwen2.5-0.5B",
        "Qwen2.5-3B",
        "**Llama 100%**",
        r"Llama\_3.2 & co\|1B",
    ]
    assert [row[6] for row in rows] == ["", "Short CoT", "Long CoT", "", "inconclusive"]
    assert [bool(row[7]) for row in rows] == [False, False, False, False, True]
    numbers = pd.read_csv(StringIO(text["csv"]))
    gaps = numbers[numbers["quantity"] == "gap"].set_index("student")
    averages = numbers[numbers["quantity"] == "average"].pivot_table(index="student", columns="mixture", values="value")
    assert (gaps["value"] - (averages["long"] - averages["short"])).abs().max() < 2e-4
    assert ((gaps["low"] <= gaps["value"]) & (gaps["value"] <= gaps["high"])).all()
    assert set(numbers["seeds"]) == {3}
    assert set(numbers["problems"]) == {540}
    shown = {row[0]: row[3] for row in rows if row[6]}
    one = gaps.loc["qwen-3b"]
    assert shown["Qwen2.5-3B"] == f"{one['value']:.1f} [{one['low']:.1f}, {one['high']:.1f}]"


def test_methods_table_has_the_papers_layout(tmp_path: Path, scores: list[Path]) -> None:
    """A block per student; columns are benchmarks, then the average with its interval; the best is bold."""
    text = made(tmp_path, scores, METHODS)
    rows = pipes(text["md"])
    assert len(rows) == 3 * 4
    assert [row[0] for row in rows[:4]] == ["**Qwen2.5-0.5B**", "untrained", "Long CoT", "Short CoT"]
    short = rows[3]
    assert all(cell.startswith("**") for cell in short[1:])
    values = [float(cell.strip("*").split()[0]) for cell in short[1:]]
    assert values[-1] == pytest.approx(sum(values[:-1]) / 3, abs=0.11)
    numbers = pd.read_csv(StringIO(text["csv"])).set_index(["student", "mixture", "benchmark"])
    assert len(numbers) == 3 * 3 * 4
    assert numbers.loc[("qwen-0.5b", "short", "amc"), "problems"] == 40
    assert numbers.loc[("qwen-0.5b", "untrained", "average"), "seeds"] == 1
    assert numbers.loc[("qwen-0.5b", "short", "math"), "value"] == pytest.approx(values[0], abs=0.051)


def test_a_number_has_the_same_interval_in_every_table(tmp_path: Path, scores: list[Path]) -> None:
    """The average of a student and mixture is one number, wherever it is shown with the same arms."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    gap = pd.read_csv(StringIO(made(tmp_path / "a", scores, GAP)["csv"]))
    methods = pd.read_csv(StringIO(made(tmp_path / "b", scores, METHODS)["csv"]))
    columns = ["student", "mixture", "value", "low", "high"]
    ours = gap.loc[gap["quantity"] == "average", columns]
    theirs = methods.loc[methods["benchmark"] == "average", columns]
    assert len(ours.merge(theirs)) == len(ours) == 6


def test_ties_are_all_bold_and_a_single_row_is_not() -> None:
    """Equal as printed is equal."""

    def row(*values: float) -> list[Estimate]:
        return [Estimate(value, value, value) for value in values]

    assert methods_table.best([row(40.04, 10), row(39.96, 30)]) == [frozenset({0}), frozenset({0, 1})]
    assert methods_table.best([row(1, 2)]) == [frozenset()]


UNDECIDABLE = Needed(None, None, None)


def line(value: float, corrected: float, needed: Needed = UNDECIDABLE) -> gap_table.Line:
    """A gap of a student that was tested on 540 problems with 2 seeds."""
    one = Estimate(value, value - 1, value + 1)
    return gap_table.Line(one, one, one, corrected, corrected, Disagreements(3, 2, 0.7), needed, 540, (2, 2))


def test_better_needs_a_p_value_below_the_level() -> None:
    """0.05 itself is not enough."""
    assert line(2, 0.05).better("A", "B") == "inconclusive"
    assert line(2, 0.049).better("A", "B") == "A"
    assert line(-2, 0.049).better("A", "B") == "B"


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (Needed(2.04, 7, 1.5), "1,200 problems or 7 seeds"),
        (Needed(None, 7, 3), "7 seeds"),
        (Needed(14.9, None, 3), "8,100 problems"),
        (Needed(None, None, 2.04), "1,200 problems and 5 seeds"),
        (UNDECIDABLE, "nothing up to 1,000 times as much"),
    ],
)
def test_an_inconclusive_gap_says_what_would_decide_it(needed: Needed, said: str) -> None:
    """Problems are those of this table times the factor, with two digits; a conclusive gap needs nothing."""
    assert line(2, 0.3, needed).decided_by() == said
    assert line(2, 0.01, needed).decided_by() == ""


@pytest.mark.parametrize(
    ("p", "said"), [(0.0004, "< 0.001"), (0.0234, "0.023"), (0.05, "0.05"), (0.456, "0.46"), (1, "1.00")]
)
def test_p_values_are_printed_with_the_digits_that_count(p: float, said: str) -> None:
    """Small ones with two digits, tiny ones as such."""
    assert gap_table.probability(p) == said


def test_numbers_have_no_minus_zero() -> None:
    """-0.04 is 0.0."""
    assert number(-0.04) == "0.0"
    assert decimals(-0.00001) == "0.0000"
    assert decimals(3) == 3


def test_missing_mixture_is_the_users_line(tmp_path: Path, scores: list[Path]) -> None:
    """Nothing is written where something is missing."""
    entry = {**METHODS, "mixtures": ["long", "mix_long"]}
    with pytest.raises(UserError, match="mixture 'mix_long': no answers"):
        made(tmp_path, scores, entry)
    assert not list(tmp_path.iterdir())

"""The paper's numbers reproduce themselves, and stand beside ours with a verdict."""

import csv
import re
from pathlib import Path
from typing import Any

import gap_table
import methods_table
import numpy as np
import pandas as pd
import paper_figures
import pytest
import size_figure
import yaml
from mixdistill import printed
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.plan import Plan
from mixdistill.printed import Key
from mixdistill.rulebook import Rulebook
from mixdistill.statistics import Estimate

REPO = Path(__file__).parents[2]
SHARED = REPO.parent / "shared" / "data" / "paper"
SIZES = {"math": 5000, "gsm8k": 1319, "amc23": 40, "aime24": 30, "olympiadbench": 675}
FILES = ("csv", "md", "html", "tex")


@pytest.fixture(scope="module", name="looks")
def fixture_looks() -> dict[str, Any]:
    """What the tables and figures of config/paper.yaml say of themselves."""
    path = REPO / "config" / "paper.yaml"
    book = Rulebook(Plan(experiment(yaml.safe_load(path.read_text()), str(path))))
    return book.of_paper(None)


def realised(chosen: dict[Key, float], folder: Path) -> list[Path]:
    """Scores whose accuracies are the printed ones: as many right answers as come nearest.

    Where only an average is printed, every benchmark has it, with 1,000 problems.
    """
    arms = {(key.student, key.mixture) for key in chosen if not key.minus}
    detailed = {(key.student, key.mixture) for key in chosen if key.benchmark != "average"}
    frames: dict[str, list[pd.DataFrame]] = {}
    for student, mixture in sorted(arms):
        for benchmark, size in SIZES.items():
            full = (student, mixture) in detailed
            problems = size if full else 1000
            value = chosen[Key(student, mixture, "", benchmark if full else "average")]
            right = np.arange(problems) < round(value / 100 * problems)
            rows = {"mixture": mixture, "seed": 42, "benchmark": benchmark, "sample": 0, "correct": right}
            frames.setdefault(student, []).append(pd.DataFrame({"id": np.arange(problems).astype(str), **rows}))
    for student, parts in frames.items():
        pd.concat(parts).assign(clean=True, outcome="right").to_parquet(folder / f"{student}.parquet")
    return [folder / f"{student}.parquet" for student in frames]


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_tables_of_gaps_equal_the_printed_ones_but_for_misprints(looks, tmp_path: Path, name: str) -> None:
    """Rows that realise the printed averages give them back, and their gaps; three gaps are misprints, footnoted."""
    look = looks[name]
    known = {key: value for key, value in printed.numbers(look).items() if key.benchmark == "average"}
    scores = realised(known, tmp_path)
    files = {kind: tmp_path / f"{name}.{kind}" for kind in FILES}
    gap_table.main(scores, **files, look=look)
    found = pd.read_csv(files["csv"], keep_default_na=False)
    assert len(found) == 30
    off = found[(found["value"].astype(float) - found["printed"].astype(float)).abs() > 0.01]
    misprints = {"table1": {"qwen-1.5b", "llama-70b"}, "table2": {"llama-1b"}}[name]
    assert {*off["student"]} == misprints
    assert {*off["quantity"]} == {"gap"}
    assert {*found["verdict"]} == {"agrees"}
    text = files["md"].read_text()
    for student in misprints:
        assert re.search(rf"{look['titles']['students'][student]}, \w+ \d: the gap is printed as", text)


def test_the_table_of_methods_equals_the_printed_one_but_for_a_misprint(looks, tmp_path: Path) -> None:
    """Benchmarks to one decimal; the average of Llama on small teacher CoT is 31.8, printed as 31.2."""
    entry = {
        **looks["table3"]["entry"],
        "mixtures": [m for m in looks["table3"]["entry"]["mixtures"] if m != "untrained"],
    }
    look = {**looks["table3"], "entry": entry, "printed": {**looks["table3"]["printed"], "apart": {}}}
    scores = realised(printed.numbers(look), tmp_path)
    files = {kind: tmp_path / f"table3.{kind}" for kind in FILES}
    methods_table.main(scores, **files, look=look)
    found = pd.read_csv(files["csv"], keep_default_na=False)
    assert len(found) == 2 * 7 * 6
    found["off"] = (found["value"].astype(float) - found["printed"].astype(float)).abs()
    single = found[found["benchmark"] != "average"]
    assert single["off"].max() < 0.051
    averages = found[found["benchmark"] == "average"].set_index(["student", "mixture"])
    assert {*averages.index[averages["off"] > 0.1]} == {("llama-3b", "small")}
    assert averages.loc[("llama-3b", "small"), "value"] == pytest.approx(31.84, abs=0.02)
    text = files["md"].read_text()
    assert "printed as 31.2 in Tables 2 and 3, the five values of Table 3 give 31.8" in text
    assert (
        "| Mix-Long | 64.7 (64.7) | 81.4 (81.4) | 45.0 (45.0) | 10.0 (10.0) | 28.6 (28.6) | 45.9 (45.9) | agrees |"
        in text
    )


def test_printed_numbers_are_those_of_the_paper() -> None:
    """Every number of the paper's Tables 1-3 is there, under the names of config/paper.yaml."""
    if not SHARED.exists():
        pytest.skip("../shared/data/paper is not there")
    rows = list(csv.DictReader((REPO / "config" / "printed.csv").open(encoding="utf-8")))
    known = {
        (row["source"], row["student"], row["mixture"], row["minus"], row["benchmark"]): row["value"] for row in rows
    }
    assert len(known) == len(rows)
    given = [row for name in (1, 2) for row in csv.DictReader((SHARED / f"table{name}.csv").open(encoding="utf-8"))]
    values = [row[key] for row in given for key in row if key.startswith(("P_", "delta_l")) and "recomp" not in key]
    listed = [row["value"] for row in rows if row["source"] != "Table 3"]
    assert listed == values
    third = list(csv.DictReader((SHARED / "table3.csv").open(encoding="utf-8")))
    order = {"MATH": "math", "AMC": "amc23", "GSM8k": "gsm8k", "OlympiadBench": "olympiadbench", "AIME": "aime24"}
    cells = [(name, row[column]) for row in third for column, name in order.items()]
    assert [
        (row["benchmark"], row["value"]) for row in rows if row["source"] == "Table 3" and row["benchmark"] != "average"
    ] == cells
    averages = sorted(row["average_as_printed"] for row in third)
    ours = {(r["student"], r["mixture"]): r["value"] for r in rows if r["benchmark"] == "average" and not r["minus"]}
    arms = {(row["student"], row["mixture"]) for row in rows if row["source"] == "Table 3"}
    assert sorted(ours[arm] for arm in arms) == averages


def test_paper_figures_show_the_printed_numbers(looks, tmp_path: Path) -> None:
    """Three tables and two figures, with footnotes on misprints."""
    tables = [tmp_path / f"table{number}.{kind}" for number in (1, 2, 3) for kind in FILES]
    figures = [tmp_path / f"figure{number}.{kind}" for number in (2, 3) for kind in ("pdf", "svg", "png")]
    paper_figures.main(tables, figures, looks)
    first = (tmp_path / "table1.md").read_text()
    assert "| Qwen2.5-1.5B | 27.0 | 34.2 | -7.1 | Short CoT |" in first
    assert "the gap is printed as -7.1, the printed averages give -7.2" in first
    assert "| Mix-Large | **65.8** | 81.7 | 42.5 | **10.0** | **29.0** | 45.8 |" in (tmp_path / "table3.md").read_text()
    assert all(title in (tmp_path / "figure2.svg").read_text() for title in ("Qwen2.5-0.5B", "Llama-3.3-70B"))
    assert all(path.stat().st_size > 1000 for path in figures)


KEY = Key("qwen-3b", "long")
KNOWN = {
    "numbers": [{**KEY._asdict(), "source": "Table 1", "value": 40.3, "note": ""}],
    "apart": {},
    "benchmarks": ["a", "b"],
}


@pytest.mark.parametrize(
    ("ours", "changes", "said"),
    [
        (Estimate(41, 40.34, 42), {}, "agrees"),
        (Estimate(41, 40.36, 42), {}, "differs"),
        (Estimate(39, 38, 40.2), {}, "differs"),
        (
            Estimate(40, 39, 41),
            {"printed": {**KNOWN, "apart": {"long": "another teacher"}}},
            "not comparable: another teacher",
        ),
        (Estimate(40, 39, 41), {"entry": {"subset": "clean"}}, "not comparable: it includes leaked problems"),
        (
            Estimate(40, 39, 41),
            {"titles": {"benchmarks": {"a": "A"}}},
            "not comparable: it is over other benchmarks (a, b)",
        ),
    ],
)
def test_verdicts(ours: Estimate, changes: dict[str, Any], said: str) -> None:
    """A printed number agrees within our interval and its own rounding, unless it is of something else."""
    look = {"printed": KNOWN, "entry": {}, "titles": {"benchmarks": {"a": "A", "b": "B"}}, **changes}
    found = printed.beside(look, KEY, ours)
    assert found == printed.Beside(40.3, said)
    assert printed.beside(look, KEY._replace(mixture="short"), ours) is None
    assert printed.verdict({"Long": found, "Short": None}) == ("differs: Long" if said == "differs" else said)


def test_printed_gaps_stand_behind_ours_in_the_figure(looks, tmp_path: Path) -> None:
    """A mark of its own, named in the legend, within the frame."""
    points = [size_figure.Point(f"S{n}", "F", 10.0**n, Estimate(n, n - 1, n + 1), printed=20.0 - n) for n in (8, 9, 10)]
    files = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "svg", "png")}
    size_figure.show(points, "Explained.", looks["figure2"], **files)
    assert "as printed" in files["svg"].read_text()
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    size_figure.draw(axes, points)
    low, high = axes.get_ylim()
    assert low < 7 < 12 < high


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("student,value\nqwen,1\n", "no column 'source'"),
        ("source,student,mixture,minus,benchmark,value,note\nT,qwen,long,,average,forty,\n", "line 2: value 'forty'"),
    ],
)
def test_faults_of_printed_numbers_are_said(tmp_path: Path, text: str | None, said: str) -> None:
    """The file, the place and the value."""
    path = tmp_path / "mine.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=said) as caught:
        printed.read(path)
    assert str(path) in str(caught.value)


def test_a_spreadsheets_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    """Excel writes one."""
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffsource,student,mixture,minus,benchmark,value,note\nT,qwen,long,,average,40,\n")
    assert [row["source"] for row in printed.read(path)] == ["T"]

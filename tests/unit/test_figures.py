"""Figures: three files each, the same bytes each time, with all that must be said on their face."""

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
import size_figure
import sweep_figure
import synthetic
import variants_figure
from docutils.core import publish_parts  # type: ignore[import-untyped]
from jinja2 import Environment, StrictUndefined
from mixdistill import plotting
from mixdistill.errors import UserError
from mixdistill.escaping import rst_throughout

STUDENTS = {
    "qwen-0.5b": ("Qwen2.5-0.5B", "Qwen2.5", 5e8),
    "qwen-3b": ("Qwen2.5-3B", "Qwen2.5", 3e9),
    "llama-3b": ("Llama-3.2-3B", "Llama", 3.2e9),
    "qwen-3b-base": ("Qwen2.5-3B-Base", "Qwen2.5", 3e9),
}
PAIR = {"title": "Long CoT gap", "first": "long", "second": "short"}
SWEEP = {"0.0": "short", "0.2": "mix_long", "0.6": "long_sweep-0.6", "1.0": "long"}
CASES: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "size": (
        size_figure,
        {"gap": PAIR, "students": list(STUDENTS)},
        ["Llama-3.2-3B", "Qwen2.5-3B-Base", "favours Short CoT", "Long CoT gap (points)", "1B"],
    ),
    "variants": (
        variants_figure,
        {
            "labels": ["Instruct", "Base"],
            "gaps": [PAIR, {"title": "Mix gap", "first": "mix_long", "second": "short"}],
            "variants": [{"title": "Qwen2.5, 3B", "students": ["qwen-3b", "qwen-3b-base"]}],
        },
        ["Instruct", "Base", "Qwen2.5, 3B", "Mix gap (points)"],
    ),
    "sweep": (
        sweep_figure,
        {"student": "qwen-3b", "sweeps": ["long_sweep"]},
        ["pure Short CoT", "pure Long CoT", "highest at 0.2", "Student: Qwen2.5-3B"],
    ),
}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Scores in which the mixture is best."""
    chances = {"long": 0.3, "short": 0.4, "mix_long": 0.6, "long_sweep-0.6": 0.35}
    folder = tmp_path_factory.mktemp("scores")
    frames = {name: synthetic.lacking(synthetic.frame(name, chances, [1, 2])) for name in STUDENTS}
    return synthetic.save(folder, frames)


def made(folder: Path, scores: list[Path], case: str, **more: Any) -> dict[str, bytes]:
    """Content of the three files of a figure."""
    script, entry, _ = CASES[case]
    look = synthetic.look({"kind": case, "paper": "Figure 9", **entry}, STUDENTS)
    look.update(sweeps={"long_sweep": SWEEP}, footnotes=["Arms differ in rows."], **more)
    files = {kind: folder / f"figure.{kind}" for kind in ("pdf", "svg", "png")}
    script.main(scores, **files, look=look)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in files.values())
    return {kind: path.read_bytes() for kind, path in files.items()}


@pytest.mark.parametrize("case", CASES)
def test_figure_says_what_it_must_and_is_the_same_again(tmp_path: Path, scores: list[Path], case: str) -> None:
    """Files are whole, undated, identical in a second run, and carry note, footnotes and labels as text."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = made(tmp_path / "a", scores, case)
    assert first == made(tmp_path / "b", scores[::-1], case)
    assert first["pdf"].startswith(b"%PDF")
    assert b"CreationDate" not in first["pdf"]
    assert b"/FontFile2" in first["pdf"]
    assert first["png"].startswith(b"\x89PNG")
    svg = first["svg"].decode()
    assert "<dc:date>" not in svg
    text = " ".join(html.unescape(line) for line in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert synthetic.NOTE in text
    assert "Arms differ in rows." in text
    assert synthetic.LACKING in text
    assert "A title (after Figure 9 of the paper)" in text
    assert "95% intervals over problems and 2 seeds" in text
    for label in CASES[case][2]:
        assert label in text


def test_titles_are_drawn_as_they_are_written(tmp_path: Path, scores: list[Path]) -> None:
    """Dollars are no mathematics, and what cannot be seen, which no SVG may hold, is an escape."""
    evil = "$\\frac{$ $x_1$ <b>&amp; \x1b[2J\x00\u202e"
    script, entry, _ = CASES["variants"]
    given = json.loads(json.dumps(entry).replace("Long CoT gap", "EVIL").replace("Qwen2.5, 3B", "EVIL"))
    look = synthetic.look({"kind": "variants", **given, "title": "EVIL"}, STUDENTS, note="EVIL")
    look["titles"] = {kind: dict.fromkeys(names, "EVIL") for kind, names in look["titles"].items()}
    look["families"] = dict.fromkeys(STUDENTS, "EVIL")
    look = json.loads(json.dumps(look).replace("EVIL", json.dumps(evil)[1:-1]))
    files = {kind: tmp_path / f"figure.{kind}" for kind in ("pdf", "svg", "png")}
    script.main(scores, **files, look=look)
    words = " ".join("".join(ElementTree.parse(files["svg"]).getroot().itertext()).split())
    assert "$\\frac{$ $x_1$ <b>&amp; \\x1b[2J\\x00\\u202e" in words
    assert not re.search("[\x00-\x08\x1b\u202e]", words)


def test_a_note_without_end_makes_no_figure_without_end() -> None:
    """A picture of more than 65,535 pixels cannot be written."""
    figure, _ = plotting.canvas(plotting.COLUMN, 2.0)
    lines = plotting.wrapped(figure, "word " * 200_000, plotting.SMALL)
    assert len(lines) < 60
    assert lines[-1].endswith("...")
    assert plotting.wrapped(figure, "word " * 10, plotting.SMALL)[-1].endswith("word")


@pytest.mark.parametrize("case", CASES)
def test_what_is_missing_is_the_users_line(tmp_path: Path, scores: list[Path], case: str) -> None:
    """Nothing is written where a cell is missing."""
    with pytest.raises(UserError, match="mixture 'nowhere': no answers"):
        made(tmp_path, scores, case, same_as={"short": "nowhere"})
    assert not list(tmp_path.iterdir())


TABLES: dict[str, dict[str, Any]] = {
    "gap_table": {"gap": PAIR, "students": list(STUDENTS)},
    "methods_table": {"students": list(STUDENTS), "mixtures": ["untrained", "long"]},
}


@pytest.mark.parametrize("name", [*TABLES, *(f"{case}_figure" for case in CASES)])
def test_caption_in_the_report_quotes_the_config(name: str) -> None:
    """Captions render as Snakemake renders them, are sound reStructuredText and carry title, note and footnotes."""
    entry = TABLES[name] if name in TABLES else CASES[name.removesuffix("_figure")][1]
    look = synthetic.look({"paper": "Figure 9", **entry}, STUDENTS)
    look.update(sweeps={"long_sweep": SWEEP}, footnotes=["Arms differ in rows.", "And in tokens."])
    job = SimpleNamespace(params=SimpleNamespace(look={"rst": rst_throughout(look)}))
    template = Path(__file__).parents[2] / "workflow" / "report" / f"{name}.rst"
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    caption = environment.from_string(template.read_text()).render(snakemake=job)
    body = publish_parts(caption, writer="html", settings_overrides={"halt_level": 2})["body"]
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())
    assert text.startswith("A title (after Figure 9 of the paper)")
    assert synthetic.NOTE in text
    assert "MATH, GSM8K, AMC 2023" in text or name == "variants_figure"
    assert body.count("<li>") == 2
    assert "95% intervals over problems" in text


def test_labels_do_not_cover_each_other() -> None:
    """Names of students that lie close together find places that are free and inside the frame."""
    import matplotlib.pyplot as plt
    from mixdistill.statistics import Estimate

    points = [
        size_figure.Point(f"Student {n}", "ab"[n % 2], 1e9 * 1.2**n, Estimate(n % 3, n % 3 - 1.5, n % 3 + 1.5))
        for n in range(6)
    ]
    figure, axes = plt.subplots(figsize=(5, 3.2))
    size_figure.label(axes, points, size_figure.draw(axes, points))
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == [point.title for point in points]
    assert not [(i, j) for i, one in enumerate(boxes) for j, other in enumerate(boxes[:i]) if one.overlaps(other)]
    frame = axes.get_window_extent()
    assert all(frame.contains(*corner) for box in boxes for corner in box.corners())
    plt.close(figure)


def test_equal_sizes_are_drawn_apart_and_others_where_they_are() -> None:
    """Movement is small, to both sides, and keeps the order."""
    moved = size_figure.apart([3e9, 1e9, 3e9], 1.02)
    assert moved[1] == pytest.approx(1e9)
    assert moved[2] / moved[0] == pytest.approx(1.02)
    assert (moved[0] * moved[2]) ** 0.5 == pytest.approx(3e9)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (3e8, 1e11, ["1B", "10B", "100B"]),
        (1e4, 3e5, ["10k", "30k", "100k", "300k"]),
        (8e8, 4e9, ["1B", "1.5B", "2B", "3B"]),
        (9e8, 1.1e9, ["1B"]),
    ],
)
def test_ticks_are_round_sizes(low: float, high: float, expected: list[str]) -> None:
    """Any range of sizes gets readable ticks."""
    assert [size_figure.human(size) for size in size_figure.ticks(low, high)] == expected

"""The noise floor is what the same models answer otherwise in other batches."""

from pathlib import Path
from typing import Any

import gap_table
import numpy as np
import pandas as pd
import pytest
import size_figure
import synthetic
import variants_figure
from mixdistill.errors import UserError
from mixdistill.floor import floor
from mixdistill.plotting import FLOOR

STUDENTS = {"qwen": ("Qwen", "Qwen2", 1e9), "llama": ("Llama", "Llama", 2e9)}
ENTRY = {"gap": {"title": "Gap", "first": "long", "second": "short"}, "students": list(STUDENTS)}


def scores(folder: Path, changed: int) -> tuple[list[Path], dict[str, Any]]:
    """Two students, one of which answered twice: every 30th answer to MATH was marked otherwise, up to a number."""
    frames = {name: synthetic.frame(name, {"long": 0.4, "short": 0.5}, seeds=(1, 2)) for name in STUDENTS}
    once = frames["qwen"].query("mixture == 'long' and seed == 1")
    flip = (once["benchmark"] == "math") & once["id"].isin([f"math-{30 * n}" for n in range(changed)])
    again = once.assign(mixture="long~again", correct=once["correct"] ^ flip)
    frames["qwen"] = pd.concat([frames["qwen"], again], ignore_index=True)
    return synthetic.save(folder / "scores", frames), synthetic.look(ENTRY, STUDENTS, again=[["qwen", "long"]])


def test_the_floor_is_95_percent_of_differences_by_chance(tmp_path: Path) -> None:
    """Six of 300 answers of one of three benchmarks, either way; simulated with signs of their own."""
    found = floor(*scores(tmp_path, 6))
    assert found is not None
    assert (found.changed, found.answers) == (6, 540)
    rng = np.random.default_rng(0)
    flips = rng.multinomial(1, [0.01, 0.01, 0.98], (4000, 300))[..., :2]
    apart = 100 * (flips[..., 0] - flips[..., 1]).mean(axis=1) / 3
    assert (abs(apart) <= found.points).mean() == pytest.approx(0.95, abs=0.03)
    assert found.said().startswith(
        "Noise floor: asked again in other batches, 6 of 540 answers were marked otherwise; 95%"
    )


def test_nothing_changed_and_nobody_asked(tmp_path: Path) -> None:
    """No band; the sentence says so. Without anybody asked there is no sentence."""
    paths, look = scores(tmp_path, 0)
    found = floor(paths, look)
    assert found is not None
    assert found.points == 0
    assert found.said() == "Noise floor: asked again in other batches, none of 540 answers was marked otherwise."
    assert floor(paths, {**look, "again": []}) is None
    with pytest.raises(UserError, match="mixture 'short~again': no answers"):
        floor(paths, {**look, "again": [["qwen", "short"]]})


def test_tables_and_figures_show_the_floor(tmp_path: Path) -> None:
    """A sentence under both; a band over the width of the figure."""
    paths, look = scores(tmp_path, 6)
    tables = {kind: tmp_path / f"t.{kind}" for kind in ("csv", "md", "html", "tex")}
    figures = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "svg", "png")}
    gap_table.main(paths, **tables, look=look)
    size_figure.main(paths, **figures, look=look)
    assert "6 of 540 answers were marked otherwise" in tables["md"].read_text()
    assert "6 of 540 answers" in figures["svg"].read_text()
    assert FLOOR in figures["svg"].read_text()
    pair = {"title": "P", "students": list(STUDENTS)}
    more = {"labels": ["a", "b"], "variants": [pair], "gaps": [ENTRY["gap"]]}
    pictures = {kind: tmp_path / f"v.{kind}" for kind in ("pdf", "svg", "png")}
    variants_figure.main(paths, **pictures, look={**look, "entry": {**look["entry"], **more}})
    assert FLOOR in pictures["svg"].read_text()
    assert "6 of 540 answers" in pictures["svg"].read_text()
    look["again"] = []
    size_figure.main(paths, **figures, look=look)
    assert FLOOR not in figures["svg"].read_text()

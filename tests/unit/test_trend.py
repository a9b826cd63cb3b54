"""The line through gaps is statsmodels', and its crossing covers the truth."""

from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import size_figure
import statsmodels.api
import synthetic
from mixdistill.statistics import Estimate
from mixdistill.trend import fitted
from PIL import Image

SIZES = [5e8, 1.2e9, 1.5e9, 3e9, 7e9, 1.4e10, 3.2e10]


def test_the_line_is_the_weighted_least_squares_of_statsmodels() -> None:
    """Height, slope and their errors; wider where the points are off the line by more than their errors."""
    rng = np.random.default_rng(1)
    variances = rng.uniform(0.5, 4, len(SIZES))
    for scale in (0.1, 4.0):
        gaps = 5 * np.log10(np.array(SIZES) / 4e9) + rng.normal(0, np.sqrt(variances)) * scale
        found = fitted(SIZES, list(gaps), list(variances))
        assert found is not None
        places = np.log10(SIZES) - found.centre
        known = statsmodels.api.WLS(gaps, statsmodels.api.add_constant(places), 1 / variances).fit()
        assert (found.height, found.slope) == pytest.approx(tuple(known.params))
        errors = known.bse / np.sqrt(min(known.scale, 1.0))
        assert found.errors == pytest.approx(tuple(errors))
        assert found.at(SIZES[0])[0] == pytest.approx(known.fittedvalues[0])


def test_the_crossing_covers_the_truth_in_95_of_100_experiments() -> None:
    """Where the slope can be told; the truth is 4B."""
    rng, covered = np.random.default_rng(2), []
    for _ in range(2000):
        gaps = 6 * np.log10(np.array(SIZES) / 4e9) + rng.normal(0, 1.5, len(SIZES))
        line = fitted(SIZES, list(gaps), [2.25] * len(SIZES))
        found = line.crossing() if line else None
        if found:
            size, low, high = found
            assert low < size < high
            covered.append(low <= 4e9 <= high)
    assert len(covered) > 1900
    assert np.mean(covered) > 0.945  # t of few students: on the safe side


def test_no_slope_no_crossing_and_no_line_through_two_sizes() -> None:
    """A gap that does not depend on size crosses nowhere, or anywhere."""
    line = fitted(SIZES, [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0], [1.0] * 7)
    assert line is not None
    assert line.crossing() is None
    assert fitted([1e9, 1e9, 3e9], [1.0, 2.0, 3.0], [1.0] * 3) is None
    assert fitted([1e9, 2e9, 3e9], [1.0, 2.0, 3.0], [1.0, 0.0, 1.0]) is None


@pytest.mark.parametrize(
    ("slope", "centre", "said"),
    [
        (8, 4e9, "Crossover of a weighted line (dotted) in the logarithm of size: 4B ["),
        (8, 4e11, "], outside the sizes shown; Short CoT is better below, Long CoT above."),
        (-8, 4e9, "]; Long CoT is better below, Short CoT above."),
        (0, 4e9, "Crossover: cannot be told"),
    ],
)
def test_the_figure_says_where_the_gap_changes_sign(tmp_path: Path, slope: float, centre: float, said: str) -> None:
    """And which mixture is better on which side."""
    gaps = [slope * log10(size / centre) + 0.01 * (-1) ** at for at, size in enumerate(SIZES)]
    points = [
        size_figure.Point(f"S{at}", "F", size, Estimate(gap, gap - 1, gap + 1), variance=0.25)
        for at, (size, gap) in enumerate(zip(SIZES, gaps, strict=True))
    ]
    entry: dict[str, Any] = {"gap": {"title": "Gap", "first": "long", "second": "short"}}
    files = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "svg", "png")}
    size_figure.show(points, "Explained.", synthetic.look(entry, {}), **files)
    import re

    text = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", files["svg"].read_text()))
    assert said in text
    with Image.open(files["png"]) as picture:
        assert said.strip("[]; ") in picture.info["Description"]

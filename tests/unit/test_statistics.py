"""Accuracies, gaps and intervals against what is known of them."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.formula.api
import statsmodels.stats.anova
import synthetic
from mixdistill.arms import Arm, arms
from mixdistill.captions import basis
from mixdistill.errors import UserError
from mixdistill.resampling import drawn, replicates, share_of_best
from mixdistill.significance import p_value
from mixdistill.statistics import (
    UNKNOWN,
    Measure,
    accuracies,
    average,
    difference,
    estimate,
    overall,
    pooled,
    spread,
    wilson,
)
from statsmodels.stats.proportion import proportion_confint

STUDENTS = {"s": ("Student", "Family", 1e9)}


def look(**more: Any) -> dict[str, Any]:
    """What is said of one student."""
    return synthetic.look({}, STUDENTS, **more)


def arm(correct: dict[str, np.ndarray], mixture: str = "long", seeds: tuple[int, ...] = (1,)) -> Arm:
    """An arm with given shares of correct samples."""
    problems = {name: tuple(map(str, range(matrix.shape[1]))) for name, matrix in correct.items()}
    return Arm("s", mixture, seeds, problems, correct)


def read(folder: Path, frame: pd.DataFrame, *mixtures: str, **more: Any) -> list[Arm]:
    """Read mixtures of the one student back from a file."""
    paths = synthetic.save(folder, {"s": frame})
    found = arms(paths, look(**more), [("s", mixture) for mixture in mixtures])
    return [found["s", mixture] for mixture in mixtures]


def width(measure: Measure) -> float:
    """Width of an interval whose arms are all that is shown."""
    found = estimate(measure, pooled([measure]))
    return found.high - found.low


def shared(seeds: int = 1, problems: int = 400, shift: float = 0.0, key: int = 0) -> np.ndarray:
    """Answers to problems of different difficulty; the seeds of an arm differ by chance, and by so much more."""
    rng = np.random.default_rng(key)
    difficulty = np.random.default_rng(99).normal(0, 1, problems)
    return (difficulty + rng.normal(0, shift, (seeds, 1)) + rng.normal(0, 0.6, (seeds, problems)) > 0) * 1.0


def test_the_error_over_problems_is_what_scipys_bootstrap_finds() -> None:
    """Of an average of two benchmarks, and of a gap, whose problems are drawn in pairs."""
    first = {"math": shared(key=1), "amc": shared(problems=40, key=2)}
    second = {"math": shared(key=3), "amc": shared(problems=40, key=4)}
    gap = difference(overall(arm(first)), overall(arm(second, "short")))
    errors = []
    for name in first:
        pairs = (first[name][0], second[name][0])
        found = scipy.stats.bootstrap(
            pairs,
            lambda one, other, axis: one.mean(axis=axis) - other.mean(axis=axis),
            paired=True,
            n_resamples=20_000,
            method="percentile",
            rng=np.random.default_rng(5),
        )
        errors.append(100 * found.standard_error / 2)
    assert math.sqrt(spread(gap, UNKNOWN).binomial) == pytest.approx(math.hypot(*errors), rel=0.02)


def test_a_gap_of_one_benchmark_is_the_paired_t_test() -> None:
    """Interval and p-value are scipy's."""
    first, second = shared(key=1), shared(key=3)
    gap = difference(overall(arm({"math": first})), overall(arm({"math": second}, "short")))
    found, known = estimate(gap, UNKNOWN), scipy.stats.ttest_rel(100 * first[0], 100 * second[0])
    assert (found.low, found.high) == pytest.approx(tuple(known.confidence_interval()))
    assert p_value(gap, UNKNOWN) == pytest.approx(known.pvalue)


@pytest.mark.parametrize(("size", "right"), [(1000, 600), (1000, 50), (30, 1), (30, 0), (40, 40)])
def test_interval_of_a_benchmark_is_wilsons(size: int, right: int) -> None:
    """With one seed it is the interval of a proportion, as statsmodels has it."""
    measure = overall(arm({"math": np.r_[np.ones(right), np.zeros(size - right)][None]}))
    found = estimate(measure, UNKNOWN)
    known = proportion_confint(right, size, method="wilson")
    assert (found.low, found.high) == pytest.approx((100 * known[0], 100 * known[1]), abs=1e-6)


def test_noise_of_seeds_is_the_variance_component_of_statsmodels() -> None:
    """Seeds and problems are crossed; the mean squares of the two-way table give the component."""
    correct = 100 * shared(seeds=6, problems=300, shift=0.4)
    noise = pooled([overall(arm({"math": correct / 100}, seeds=tuple(range(6))))])
    frame = pd.DataFrame(correct).rename_axis("seed").reset_index().melt("seed", var_name="problem", value_name="y")
    anova = statsmodels.stats.anova.anova_lm(statsmodels.formula.api.ols("y ~ C(seed) + C(problem)", frame).fit())
    square, left = anova.loc["C(seed)", "mean_sq"], anova.loc["Residual", "mean_sq"]
    points = (correct.mean() * (100 - correct.mean()) / 100) ** 2  # squared percentage points of one squared log-odd
    assert noise.variance == pytest.approx((square - left) / 300 / points)
    assert noise.square == pytest.approx(square / 300 / points)
    assert noise.freedom == 5


def test_seeds_that_differ_by_chance_only_have_no_noise_of_their_own() -> None:
    """What the finite number of problems explains is taken off, over many arms nearly exactly."""
    arms = [overall(arm({"math": shared(seeds=3, key=key)}, f"mix-{key}", (1, 2, 3))) for key in range(60)]
    noise = pooled(arms)
    assert noise.variance < 0.15 * noise.square
    assert noise.freedom == 120


def test_an_arm_with_one_seed_takes_the_noise_of_the_others() -> None:
    """Its interval is wider than by itself; that of an untrained student is not."""
    alone = overall(arm({"math": shared()}, "short"))
    untrained = overall(arm({"math": shared()}, "untrained", (0,)))
    noise = pooled([alone, *(overall(arm({"math": shared(3, shift=0.5)}, "long", (1, 2, 3))) for _ in range(2))])
    assert noise.freedom == 2
    widths = [high - low for _, low, high in (estimate(one, noise) for one in (alone, untrained))]
    assert widths[0] > 1.5 * widths[1]
    assert widths[1] == pytest.approx(width(untrained))


def test_seeds_move_small_accuracies_by_few_points_and_none_by_none() -> None:
    """As on the scale of log-odds: an arm that solves nothing is not made uncertain by others that vary."""
    varying = overall(arm({"math": shared(3, shift=1.0)}, "long", (1, 2, 3)))
    low, none = (overall(arm({"math": np.arange(400)[None] < right}, "short")) for right in (8, 0))
    noise = pooled([varying, low, none])
    errors = [math.sqrt(spread(one, noise).seeds) for one in (varying, low, none)]
    assert errors[1] < 0.2 * errors[0]
    assert errors[2] == 0
    found, known = estimate(none, noise), proportion_confint(0, 400, method="wilson")
    assert (found.low, found.high) == pytest.approx((0, 100 * known[1]), abs=1e-6)


def test_average_is_unweighted_and_its_error_combines_benchmarks() -> None:
    """A benchmark of 10 problems counts as much as one of 1,000."""
    found = accuracies(arm({"math": shared(problems=1000), "amc": shared(problems=10)}))
    both = average(found.values())
    assert both.value == pytest.approx((found["math"].value + found["amc"].value) / 2)
    errors = [math.sqrt(spread(one, UNKNOWN).problems) for one in found.values()]
    assert math.sqrt(spread(both, UNKNOWN).problems) == pytest.approx(math.hypot(*errors) / 2)


def test_pairing_narrows_a_gap() -> None:
    """Arms that fail on the same hard problems have a sharper difference than two unrelated ones."""
    hard = np.random.default_rng(1).random((1, 500)) < 0.5
    also = hard.copy()
    also[0, :25] = True
    ours, theirs = overall(arm({"math": also * 1.0})), overall(arm({"math": hard * 1.0}, "short"))
    assert width(difference(ours, theirs)) < 0.5 * math.hypot(width(ours), width(theirs))


def test_two_numbers_of_one_arm_share_their_seeds() -> None:
    """What the judge changed is the same with every seed, however much these differ."""
    rules = shared(3, shift=1.0)
    judged = np.maximum(rules, np.arange(400) % 10 == 0)
    ours, theirs = (overall(arm({"math": one}, seeds=(1, 2, 3))) for one in (judged, rules))
    assert width(difference(ours, theirs)) < 0.5 * width(theirs)


def test_resamples_have_the_spread_that_is_computed() -> None:
    """Of a gap with noise of seeds in both arms."""
    arms = [arm({"math": shared(4, shift=0.3, key=key)}, name, (1, 2, 3, 4)) for key, name in enumerate("ab")]
    ours, theirs = map(overall, arms)
    gap, noise = difference(ours, theirs), pooled([ours, theirs])
    found = spread(gap, noise)
    widened = noise.freedom / (noise.freedom - 2)  # the variance of Student's t
    assert replicates(gap, noise).var() == pytest.approx(found.binomial + widened * found.seeds, rel=0.12)
    np.testing.assert_allclose(replicates(gap, noise), replicates(ours, noise) - replicates(theirs, noise), atol=1e-8)


def test_order_of_rows_and_of_requests_does_not_matter(tmp_path: Path) -> None:
    """Numbers depend on names, not on what was read before."""
    frame = synthetic.frame("s", {"long": 0.5, "short": 0.4})
    straight = [overall(one) for one in read(tmp_path / "a", frame, "long", "short")]
    drawn.cache_clear()
    shuffled = read(tmp_path / "b", frame.sample(frac=1, random_state=3), "short", "long")
    noise = pooled(straight)
    for one, other in zip(straight, reversed([overall(arm) for arm in shuffled]), strict=True):
        assert estimate(one, noise) == estimate(other, noise)
        np.testing.assert_array_equal(replicates(one, noise), replicates(other, noise))


def test_samples_are_averaged_and_equal_mixtures_resolved(tmp_path: Path) -> None:
    """The value is the mean over problems, samples and seeds; a mixture made under another name is found."""
    frame = synthetic.frame("s", {"long": 0.5}, samples=4)
    (found,) = read(tmp_path, frame, "other-name", same_as={"other-name": "long"})
    by_seed = frame[frame["benchmark"] == "math"].groupby("seed")["correct"].mean()
    assert accuracies(found)["math"].value == pytest.approx(100 * by_seed.mean())
    assert found.seeds == (1, 2, 3)


def test_share_of_best_tells_a_clear_winner_from_a_tie() -> None:
    """Ties are split; a clear best is best in all resamples."""
    low, high = (overall(arm({"math": np.full((1, 20), share)})) for share in (0.0, 1.0))
    best, shares = share_of_best([low, high], UNKNOWN)
    assert (best, *shares) == (1, 0, 1)
    best, shares = share_of_best([low] * 4, UNKNOWN)
    assert (best, *shares) == (0, 0.25, 0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("seeds", "mixtures", "said"),
    [
        ([(1,), (1,)], ["long", "short"], "1 seed: interval over problems only"),
        ([(1, 2, 3), (1, 2, 3)], ["long", "short"], "over problems and 3 seeds"),
        ([(1,), (1, 2)], ["long", "short"], "seeds (1 to 2 seeds, their noise taken together)"),
        ([(1, 2), (0,)], ["long", "untrained"], "2 seeds; untrained: over problems only"),
        ([(0,)], ["untrained"], "over problems"),
    ],
)
def test_face_says_what_intervals_are_over(seeds: list[tuple[int, ...]], mixtures: list[str], said: str) -> None:
    """The number of seeds is on the face."""
    shown = [arm({"math": np.ones((len(one), 2))}, name, one) for one, name in zip(seeds, mixtures, strict=True)]
    assert basis(shown).endswith(said)


def without(frame: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Drop the rows that have all these values."""
    kept = pd.concat([frame[name] != value for name, value in where.items()], axis=1).any(axis=1)
    left: pd.DataFrame = frame.loc[kept]
    return left


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"mixture": "short"}, "mixture 'short': no answers;"),
        ({"mixture": "short", "benchmark": "amc"}, "no answers to 'amc'"),
        ({"mixture": "short", "benchmark": "amc", "seed": 2}, "no answers to 'amc' with seed 2"),
        ({"mixture": "short", "id": "amc-3", "seed": 2}, "119 answers to 'amc'"),
        ({"mixture": "short", "id": "amc-3"}, "were tested on different problems of 'amc'"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, where: dict[str, Any], said: str) -> None:
    """The line names the file, what is missing and what to do."""
    frame = without(synthetic.frame("s", {"long": 0.5, "short": 0.4}), **where)
    with pytest.raises(UserError) as caught:
        read(tmp_path, frame, "long", "short")
    text = str(caught.value)
    assert said in text
    assert str(tmp_path / "s.parquet") in text
    assert "make the scores again" in text
    assert "\n" not in text


def test_missing_and_broken_files_are_said(tmp_path: Path) -> None:
    """A student without a file, and a file that is no Parquet."""
    with pytest.raises(UserError, match=r"s\.parquet: not among the scores"):
        arms([], look(), [("s", "long")])
    (tmp_path / "s.parquet").write_text("nothing")
    with pytest.raises(UserError, match="cannot be read as scores"):
        arms([tmp_path / "s.parquet"], look(), [("s", "long")])


@pytest.mark.parametrize(
    ("hits", "asked", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits: int, asked: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), Table I, method 3; scipy's binomtest gives the same."""
    found = wilson(100 * hits / asked, asked)
    assert found.value == pytest.approx(100 * hits / asked)
    assert (found.low, found.high) == pytest.approx((100 * low, 100 * high), abs=0.005)
    mirrored = wilson(100 - 100 * hits / asked, asked)
    assert (100 - mirrored.high, 100 - mirrored.low) == pytest.approx((found.low, found.high))

"""p-values, their correction and what would decide, against statsmodels and by trying it."""

import math

import numpy as np
import pytest
from mixdistill.arms import Arm
from mixdistill.significance import exact, holm, mcnemar, needed, p_value
from mixdistill.statistics import UNKNOWN, Measure, arms_of, difference, leverage, overall, pooled, spread
from scipy import stats
from statsmodels.stats import contingency_tables
from statsmodels.stats.multitest import multipletests


def arm(mixture: str, correct: np.ndarray) -> Measure:
    """The average of an arm on one benchmark."""
    seeds, problems = correct.shape
    return overall(
        Arm("s", mixture, tuple(range(seeds)), {"math": tuple(map(str, range(problems)))}, {"math": correct})
    )


def gap(only_first: int, only_second: int, both: int = 20, neither: int = 30) -> Measure:
    """Two arms that disagree so often."""
    first = np.repeat([1.0, 0, 1, 0], [only_first, only_second, both, neither])[None]
    second = np.repeat([0.0, 1, 1, 0], [only_first, only_second, both, neither])[None]
    return difference(arm("long", first), arm("short", second))


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (3, 0), (5, 9), (9, 5), (7, 7), (40, 61), (900, 1100)])
def test_mcnemar_is_statsmodels(ours: int, theirs: int) -> None:
    """With one answer to each problem it is the exact test."""
    found = mcnemar(gap(ours, theirs))
    assert (found.first, found.second) == (ours, theirs)
    assert found.p == pytest.approx(contingency_tables.mcnemar([[20, ours], [theirs, 30]], exact=True).pvalue)


def test_mcnemar_with_several_seeds_has_problems_as_clusters() -> None:
    """If every seed answers alike, it is the test of one seed, by the chi-squared distribution; copies add nothing."""
    one = gap(40, 61)
    copied = Measure(
        {
            name: tuple(part._replace(correct=np.vstack([part.correct, part.correct])) for part in parts)
            for name, parts in one.benchmarks.items()
        },
        False,
    )
    parts = copied.benchmarks["math"]
    changed = parts[0].correct.copy()
    changed[0, 150] = 100 - changed[0, 150]  # half a disagreement, so that the shares are not whole
    found = mcnemar(Measure({"math": (parts[0]._replace(correct=changed), parts[1])}, False))
    known = contingency_tables.mcnemar([[20, 40], [61, 30]], exact=False, correction=False)
    assert found.p == pytest.approx(known.pvalue, rel=0.15)
    assert mcnemar(copied).p == mcnemar(one).p == exact(40, 61)


def test_mcnemar_of_one_seed_by_chi_squared_is_the_cluster_test() -> None:
    """Its statistic, from a table and from clusters of one."""
    shares = np.r_[np.full(40, 0.5), np.full(61, -0.5), np.zeros(50)]
    first = np.vstack([shares > 0, np.zeros(151)]) * 1.0
    second = np.vstack([shares < 0, np.zeros(151)]) * 1.0
    found = mcnemar(difference(arm("long", first), arm("short", second)))
    known = contingency_tables.mcnemar([[0, 40], [61, 50]], exact=False, correction=False)
    assert found.p == pytest.approx(known.pvalue)
    assert (found.first, found.second) == (20, 30.5)


@pytest.mark.parametrize("values", [[0.01], [0.04, 0.01, 0.03, 0.2], [0.5, 0.6], [0.001] * 4, [0.02, 0.02, 0.9, 0.04]])
def test_holm_is_statsmodels(values: list[float]) -> None:
    """In the order given."""
    assert holm(values) == pytest.approx(list(multipletests(values, method="holm")[1]))


def test_no_gap_has_no_p_value_to_speak_of() -> None:
    """Also where nothing varies."""
    assert p_value(gap(0, 0), UNKNOWN) == 1
    assert p_value(gap(20, 20), UNKNOWN) == 1
    assert p_value(difference(arm("a", np.ones((1, 30))), arm("b", np.zeros((1, 30)))), UNKNOWN) == 0


def test_so_many_problems_would_decide() -> None:
    """A design with the problems that are asked for is conclusive in 80% of trials, tried 4,000 times."""
    small = gap(30, 20, 100, 50)
    factor = needed(small, UNKNOWN, 1).problems
    assert factor is not None
    size = round(factor * 200)
    draws = np.random.default_rng(1).multinomial(size, [0.15, 0.1, 0.75], 4000)
    difference_of, disagreeing = draws[:, 0] - draws[:, 1], draws[:, 0] + draws[:, 1]
    scores = difference_of / np.sqrt(disagreeing - difference_of**2 / size)
    assert (2 * stats.norm.sf(abs(scores)) < 0.05).mean() == pytest.approx(0.8, abs=0.03)


def test_more_tests_need_more_problems_and_seeds_are_unknown_with_one() -> None:
    """One seed tells nothing of seeds; a gap of nothing is decided by nothing."""
    found = [needed(gap(30, 20), UNKNOWN, tests) for tests in (1, 10)]
    assert 1 < (found[0].problems or 0) < (found[1].problems or 0)
    assert found[0].seeds is None
    assert needed(gap(20, 20), UNKNOWN, 1) == (None, None, None)


def test_more_of_both_decides_where_neither_alone_does() -> None:
    """The standard error falls with both together, as far as is asked for."""
    rng = np.random.default_rng(11)
    first, second = (
        arm(name, (rng.random((2, 60)) < p + rng.normal(0, 0.1, (2, 1))) * 1.0)
        for name, p in zip("ab", (0.52, 0.5), strict=True)
    )
    noise, found = pooled([first, second]), difference(first, second)
    decide, reach = needed(found, noise, 1), stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert (decide.problems, decide.seeds) == (None, None)
    assert decide.both is not None
    parts = spread(found, noise)
    assert (parts.problems + parts.seeds) / decide.both == pytest.approx((found.value / reach) ** 2)


def test_so_many_seeds_would_decide_where_seeds_are_what_is_noisy() -> None:
    """Their standard error then is what the power asks for; more problems would not help."""
    rng = np.random.default_rng(3)
    hard = np.arange(4000) % 10 / 10
    luck = rng.normal(0, 0.05, (2, 4, 1))
    first, second = (
        arm(name, (hard < 0.5 + one) * 1.0) for name, one in zip("ab", luck + [[[0.03]], [[0]]], strict=True)
    )
    noise, found = pooled([first, second]), difference(first, second)
    decide = needed(found, noise, 1)
    assert decide.problems is None
    assert decide.seeds is not None
    reach = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    squares = sum(leverage(parts) ** 2 for parts in arms_of(found))
    assert decide.seeds == pytest.approx(squares * noise.variance * (reach / found.value) ** 2, rel=0.1)
    assert math.isfinite(p_value(found, noise))

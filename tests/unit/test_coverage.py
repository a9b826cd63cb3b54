"""95% intervals cover the truth in 93 to 97% of 1,000 simulated experiments, whose truth is known."""

from statistics import NormalDist

import numpy as np
import pytest
from mixdistill.arms import Arm
from mixdistill.significance import holm, p_value
from mixdistill.statistics import Measure, accuracies, average, difference, estimate, pooled

SIZES = {"math": (500, 0.2), "amc": (40, -0.6), "gsm8k": (300, 0.8), "olympiad": (300, -0.9), "aime": (30, -1.8)}
"""Benchmark to number of problems, and how much easier they are than middling ones."""
DIFFICULTY, TASTE = 1.2, 0.4
"""How much problems differ, and how much an arm differs on single problems."""
STUDENTS = 3
EXPERIMENTS = 1_000


def truth(easy: float, seeds: float) -> float:
    """The share of all problems that are solved, over all seeds."""
    return 100 * NormalDist().cdf(easy / (1 + DIFFICULTY**2 + TASTE**2 + seeds**2) ** 0.5)


def experiment(rng: np.random.Generator, seeds: int, noise: float, skills: dict[str, float]) -> dict:
    """Arms of three students: problems are common to all arms, luck belongs to a seed of an arm."""
    difficulty = {name: rng.normal(easy, DIFFICULTY, size) for name, (size, easy) in SIZES.items()}
    made = {}
    for student in range(STUDENTS):
        for mixture, skill in skills.items():
            luck = rng.normal(skill, noise, (seeds, 1))
            correct = {
                name: (one + rng.normal(0, TASTE, one.shape) + luck + rng.normal(0, 1, (seeds, len(one))) > 0) * 1.0
                for name, one in difficulty.items()
            }
            problems = {name: tuple(map(str, range(size))) for name, (size, _) in SIZES.items()}
            made[student, mixture] = Arm(f"s{student}", mixture, tuple(range(seeds)), problems, correct)
    return made


@pytest.mark.parametrize(("seeds", "noise"), [(1, 0.0), (2, 0.1), (3, 0.0), (3, 0.05), (3, 0.2)])
def test_intervals_cover_the_truth(seeds: int, noise: float) -> None:
    """Of gaps, of averages and of the smallest benchmark."""
    rng, skills = np.random.default_rng([seeds, round(100 * noise)]), {"long": 0.1, "short": 0.0}
    by = {name: [truth(easy + skill, noise) for _, easy in SIZES.values()] for name, skill in skills.items()}
    means = {name: float(np.mean(values)) for name, values in by.items()}
    covered: dict[str, list[bool]] = {"gap": [], "average": [], "aime": []}

    def look(kind: str, measure: Measure, other: list[Measure], true: float) -> None:
        found = estimate(measure, pooled(other))
        covered[kind].append(found.low <= true <= found.high)

    for _ in range(EXPERIMENTS):
        single = {pair: accuracies(arm) for pair, arm in experiment(rng, seeds, noise, skills).items()}
        averages = {pair: average(found.values()) for pair, found in single.items()}
        shown = list(averages.values())
        for student in range(STUDENTS):
            pair = averages[student, "long"], averages[student, "short"]
            look("gap", difference(*pair), shown, means["long"] - means["short"])
        look("average", averages[0, "long"], shown, means["long"])
        look("aime", single[0, "short"]["aime"], [one["aime"] for one in single.values()], by["short"][-1])
    shares = {kind: float(np.mean(hits)) for kind, hits in covered.items()}
    assert all(0.93 <= share <= 0.97 for share in shares.values()), shares


def test_a_table_without_any_gap_is_seldom_wrong() -> None:
    """Holm's correction keeps the chance of any conclusive gap among the students at 5%."""
    rng, wrong = np.random.default_rng(5), []
    for _ in range(EXPERIMENTS):
        found = experiment(rng, 2, 0.1, {"long": 0.0, "short": 0.0})
        averages = {pair: average(accuracies(arm).values()) for pair, arm in found.items()}
        noise = pooled(averages.values())
        gaps = [difference(averages[one, "long"], averages[one, "short"]) for one in range(STUDENTS)]
        wrong.append(min(holm([p_value(gap, noise) for gap in gaps])) < 0.05)
    assert 0.02 <= float(np.mean(wrong)) <= 0.065, np.mean(wrong)

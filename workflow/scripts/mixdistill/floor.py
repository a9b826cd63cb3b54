"""The noise floor: what the same models, asked again in batches of another size, answer otherwise.

Greedy decoding is a function of the model, but sums of floating-point numbers depend on their order, which depends
on the batch; where two tokens are nearly as likely, answers part. A gap that is no larger has no other reason to be.
"""

from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.arms import arms
from mixdistill.names import AGAIN
from mixdistill.statistics import LEVEL, quantile


class Floor(NamedTuple):
    """How far an average moves when nothing but the batches change."""

    points: float
    """Half the width of the band that holds ``LEVEL`` of such differences, in percentage points."""
    changed: int
    """Answers that were marked otherwise."""
    answers: int
    """Of how many."""

    def said(self) -> str:
        """A sentence for the face."""
        if not self.changed:
            return f"Noise floor: asked again in other batches, none of {self.answers:,} answers was marked otherwise."
        return (
            f"Noise floor: asked again in other batches, {self.changed:,} of {self.answers:,} answers were marked "
            f"otherwise; {100 * LEVEL:.0f}% of such differences of two averages are within {self.points:.2g} points."
        )


def floor(scores: list[Path], look: dict[str, Any]) -> Floor | None:
    """The noise floor of an experiment; None if nobody was asked again."""
    squares, changed, answers = [], 0.0, 0
    for student, mixture in look.get("again", []):
        found = arms(scores, look, [(student, mixture), (student, mixture + AGAIN)])
        once, twice = found[student, mixture], found[student, mixture + AGAIN]
        variance = 0.0
        for benchmark, correct in once.correct.items():
            apart = correct[once.seeds.index(twice.seeds[0])] - twice.correct[benchmark][0]
            variance += float((apart**2).mean()) / len(apart) / len(once.correct) ** 2
            changed += float(abs(apart).sum())
            answers += len(apart)
        squares.append(variance)
    if not squares:
        return None
    return Floor(100 * quantile(float("inf")) * (sum(squares) / len(squares)) ** 0.5, round(changed), answers)

"""Correcting estimates by what a run measured: ratios of measured to estimated, shrunk towards what is less special."""

from collections import defaultdict
from collections.abc import Iterable
from math import exp, sqrt
from statistics import fmean
from typing import NamedTuple

from mixdistill.costs.bounds import Bounds

NARROWEST = 0.05
"""No correction claims to be better than this, in natural logarithms."""


class Seen(NamedTuple):
    """One measurement."""

    stage: str
    group: str
    """Jobs that should err alike: those of one model, or of one mixture."""
    ratio: float
    """Natural logarithm of measured over estimated."""


class Ratios:
    """Ratios of a run, by stage and group.

    The mean of a stage is shrunk towards 0, and that of a group towards its stage's, each as if the former had been
    seen once. What is left varies as the jobs of one group do, or, for a group not yet seen, as groups do.
    """

    def __init__(self, seen: Iterable[Seen]) -> None:
        """Sort measurements by stage and group."""
        self.groups: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for stage, group, ratio in seen:
            self.groups[stage][group].append(ratio)

    def jobs(self, stage: str) -> int:
        """How many measurements there are of a stage."""
        return sum(map(len, self.groups[stage].values())) if stage in self.groups else 0

    def corrected(self, estimate: Bounds, stage: str, group: str) -> Bounds:
        """An estimate, moved and narrowed as far as the measurements allow."""
        if not self.jobs(stage) or not estimate.low:
            return estimate
        groups = self.groups[stage]
        means = {name: fmean(ratios) for name, ratios in groups.items()}
        of_stage = sum(means.values()) / (len(means) + 1)
        own = groups.get(group, [])
        shift = (sum(own) + of_stage) / (len(own) + 1)
        within = [ratio - means[name] for name, ratios in groups.items() for ratio in ratios]
        free = len(within) - len(groups)
        variance = sum(left**2 for left in within) / free if free else None
        if not own:
            between = sum((mean - fmean(means.values())) ** 2 for mean in means.values())
            spread = sqrt((variance or 0) + between / (len(means) - 1)) if len(means) > 1 else None
        else:
            spread = sqrt(variance * (1 + 1 / len(own))) if variance is not None else None
        width = float("inf") if spread is None else max(NARROWEST, 2 * spread)
        return estimate.corrected(exp(shift), width)

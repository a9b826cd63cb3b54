"""How far `snakemake plan` errs on a run that has ended: by its assumptions, and corrected by all other jobs.

Usage, in the directory that holds results: python benchmarks/cost_model.py config/miniature.yaml

Wall times are those of Snakemake's benchmark files. The factor is the mean of how many times too long or too short an
estimate is (the geometric mean); within is the share of jobs whose time lies between low and high.
"""

import argparse
import sys
from collections import defaultdict
from math import exp, log
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from mixdistill.config.files import parsed
from mixdistill.config.schema import Experiment
from mixdistill.costs.bill import Bill
from mixdistill.costs.bounds import Bounds, total
from mixdistill.costs.devices import GPUS
from mixdistill.costs.jobs import planned
from mixdistill.errors import UserError


class Error(NamedTuple):
    """One job: what it took, and what was said."""

    seconds: float
    assumed: Bounds
    corrected: Bounds


def errors(bill: Bill) -> dict[str, list[Error]]:
    """Errors by rule; the correction of each job leaves its own time out."""
    found: dict[str, list[Error]] = defaultdict(list)
    every = range(len(bill.jobs))
    for at, spent in enumerate(bill.spent):
        if spent:
            others = bill.speed_of(other for other in every if other != at)
            found[bill.jobs[at].rule].append(Error(spent, bill.before(at), bill.corrected(at, others)))
    return dict(found)


def line(name: str, seen: list[Error]) -> str:
    """A line of the table."""
    cells = [name, str(len(seen)), f"{sum(one.seconds for one in seen):.1f}"]
    for said in ("assumed", "corrected"):
        estimates = [getattr(one, said) for one in seen]
        factor = exp(fmean(abs(log(one.seconds / said.likely)) for one, said in zip(seen, estimates, strict=True)))
        within = fmean(said.low <= one.seconds <= said.high for one, said in zip(seen, estimates, strict=True))
        cells += [f"{total(estimates).likely:.1f}", f"{factor:.2f}", f"{within:.0%}"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, help="the experiment's file, config/<name>.yaml")
    config = parser.parse_args().config
    raw = parsed(config)
    found = errors(Bill(Experiment.model_validate(raw), planned(raw), GPUS["H100"]))
    if not found:
        sys.exit(f"error: no benchmark files of {config} here; run it first")
    print("| rule | jobs | wall s | assumed s | factor | within | corrected s | factor | within |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for rule, seen in sorted(found.items(), key=lambda item: -sum(one.seconds for one in item[1])):
        print(line(rule, seen))
    print(line("**all**", [one for seen in found.values() for one in seen]))


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")

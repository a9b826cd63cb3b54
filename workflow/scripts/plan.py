"""What will it cost? Jobs, GPU-hours, wall time, tokens and disk, before anything runs and while it does."""

from pathlib import Path
from typing import Any

from mixdistill.config.schema import Experiment
from mixdistill.costs.bill import Bill, Line, change
from mixdistill.costs.devices import gpu as named
from mixdistill.costs.facts import counted
from mixdistill.costs.jobs import planned
from mixdistill.costs.page import summary, tables
from mixdistill.entry import run
from mixdistill.jsonl import replacing, write_json
from mixdistill.tabular import pipes, webpage, write_csv
from mixdistill.terminal import visible

BOUNDED = ("read", "written", "gpu_hours", "hours", "disk")


def record(kind: str, line: Line) -> dict[str, Any]:
    """A row of the CSV: bounds in columns of their own."""
    bounds = {
        f"{name}_{bound}": f"{getattr(getattr(line, name), bound):.6g}"
        for name in BOUNDED
        for bound in ("low", "likely", "high")
    }
    used = f"{line.used:.6g}"
    counts = {"jobs": line.jobs, "done": line.done, "gpu_hours_used": used, "measured_jobs": line.measured}
    return {"kind": kind, "name": line.name, **counts, **bounds}


def main(plan: Path, last: Path, experiment: dict[str, Any], gpu: str) -> None:
    """Write ``plan`` with the endings .csv, .md and .html, and print a summary.

    Args:
        plan: the files to write, without their endings.
        last: what is kept of this plan, for the next one to be compared with.
        experiment: the experiment's content, as its file has it.
        gpu: the kind of GPU that it would run on.
    """
    device = named(gpu)
    used = Experiment.model_validate(experiment)
    bill = Bill(used, planned(experiment), device)
    before = counted(last)
    changed = change(bill, before) if before else None
    table = tables(bill, changed)
    lines = [("all", bill.all()), *(("stage", line) for line in bill.stages())]
    lines += [(kind, line) for kind in ("student", "teacher") for line in bill.adding(kind)]
    records = [record(kind, line) for kind, line in lines]
    with replacing(plan.with_name(plan.name + ".csv")) as file:
        write_csv(file, records)
    with replacing(plan.with_name(plan.name + ".md")) as file:
        file.write("\n".join(pipes(one) for one in (table, *table.more)))
    with replacing(plan.with_name(plan.name + ".html")) as file:
        file.write(webpage(table))
    write_json(last, bill.kept())
    for label, text in [*summary(bill, changed), ("written", f"{plan}.html, {plan}.md, {plan}.csv")]:
        print(f"{label:12} {visible(text)}", flush=True)


if __name__ == "__main__":
    run(main, aloud=True)

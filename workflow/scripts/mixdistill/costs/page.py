"""The bill as tables: for machines, for readers, and a few lines for the console."""

from math import inf

from mixdistill.costs import priors
from mixdistill.costs.bill import Bill, Change, Line
from mixdistill.costs.bounds import Bounds
from mixdistill.costs.devices import CORE, CORE_PACE, GPU_PACE, GPUS
from mixdistill.tabular import Row, Table

CENTURIES = 1000 * 365 * 86400
"""Seconds of more than anybody waits for."""


def rounded(value: float) -> str:
    """A number with two or three digits that mean something."""
    if value >= 1e18:
        return f"{value:.0e}".replace("e+", " x 10^")
    for size, name in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            unit = size if name != "k" else 1e3
            return f"{value / unit:.3g} {name}" if value / unit < 999.5 else f"{value / unit:.0f} {name}"
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"


def ranged(value: Bounds, unit: str = "") -> str:
    """A likely value with its bounds; a unit that begins with a space is said once."""
    if not value.high:
        return "0"
    low, high = (f"{rounded(bound)}{unit.partition(' ')[0]}" for bound in (value.low, value.high))
    return f"{rounded(value.likely)}{unit}" + ("" if low == high else f" [{low} to {high}]")


def lasting(seconds: float) -> str:
    """A time in the unit that a reader would choose."""
    if seconds >= CENTURIES:
        return "1,000 years or more"
    for size, name in ((2 * 86400, "d"), (2 * 3600, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / {'d': 86400, 'h': 3600, 'min': 60}[name]:.1f} {name}"
    return f"{seconds:.0f} s"


def during(value: Bounds) -> str:
    """A likely time with its bounds."""
    return f"{lasting(value.likely)} [{lasting(value.low)} to {lasting(value.high)}]"


def effort(bill: Bill, gpu_hours: Bounds, hours: Bounds) -> str:
    """GPU-hours, or hours of a core where no job needs a GPU."""
    return ranged(gpu_hours, " GPU-h") if bill.units() == "GPUs" else ranged(hours, " core-h")


def summary(bill: Bill, changed: Change | None) -> list[tuple[str, str]]:
    """What somebody wants to know before starting: label and answer."""
    every, todo = bill.all(), len(bill.pending)
    on_gpus = bill.units() == "GPUs"
    used = f"{rounded(every.used)} GPU-h" if on_gpus else f"{rounded(spent_hours(bill))} core-h"
    lines = [
        ("jobs", f"{every.jobs}: {todo} to run, {every.done} done ({every.done / max(every.jobs, 1):.0%} reused)"),
        ("to go", f"{effort(bill, every.gpu_hours, every.hours)}; used so far {used}"),
    ]
    if todo:
        where = f"{bill.gpu.name} GPUs" if on_gpus else "cores"
        walls = {count: wall for count, wall in bill.walls.items() if wall}
        few = dict.fromkeys([min(walls), sorted(walls)[len(walls) // 2], max(walls)]) if walls else {}
        lines += [("wall time", f"{during(walls[count])} on {named(count)} {where}") for count in few]
    if (at := bill.largest()) is not None:
        job = bill.jobs[at]
        needs = f"{job.gpus} x {bill.gpu.name}" if job.gpus else f"{job.cores} core{'s' * (job.cores > 1)}"
        lines.append(("largest job", f"{job.key}: {needs}, {during(bill.seconds[at])}"))
    most = max((bill.load.checkpoint(work) for work in bill.work), default=0.0)
    lines.append(("disk", f"{ranged(every.disk, 'B')} in all; a training's checkpoints up to {rounded(most)}B more"))
    if changed:
        lines.append(
            (
                "last plan",
                f"since then +{changed.added} jobs, +{effort(bill, changed.gpu_hours, changed.hours)}, "
                f"{changed.reused:.0%} of the jobs reused; {changed.done} done since, {changed.gone} gone; "
                f"it had {effort(bill, changed.gpu_hours_before, changed.hours_before)} to go",
            )
        )
    measured = sum(1 for spent in bill.spent if spent)
    lines.append(("measured", f"{measured} jobs of this run" if measured else "nothing yet: all of this is assumed"))
    return lines


def named(count: float) -> str:
    """A number of GPUs."""
    return "any number of" if count == inf else f"{count:.0f}"


def spent_hours(bill: Bill) -> float:
    """Core-hours of all jobs that have run."""
    return sum((spent or 0) * job.cores for spent, job in zip(bill.spent, bill.jobs, strict=True)) / 3600


def lines_table(title: str, first: str, lines: list[Line], notes: list[str], cores: bool) -> Table:
    """Lines of the bill as a table; hours are those of cores where no job needs a GPU."""
    header = [first, "jobs", "done", "tokens read", "tokens written"]
    header += ["core-hours to go" if cores else "GPU-hours to go", "GPU-hours used", "disk, bytes", "measured jobs"]
    rows = [
        Row(
            [
                line.name,
                str(line.jobs),
                str(line.done),
                ranged(line.read),
                ranged(line.written),
                ranged(line.hours if cores else line.gpu_hours),
                rounded(line.used),
                ranged(line.disk),
                str(line.measured) if line.measured else "none",
            ]
        )
        for line in lines
    ]
    return Table(title, header, [("", rows)], notes, "")


def walls_table(bill: Bill) -> Table:
    """Wall time by number of GPUs or cores."""
    rows = [
        Row([named(count).removesuffix(" of"), during(wall) if wall else "a job needs more than these"])
        for count, wall in bill.walls.items()
    ]
    notes = [
        "List scheduling of the jobs that are to run, the longest way to the end first. Other users of the machine, "
        "queues and failures are not in it."
    ]
    return Table("Wall time", [bill.units(), "until all is done"], [("", rows)], notes, "")


def devices_table(bill: Bill) -> Table:
    """The same jobs on other GPUs; how many each job takes stays as planned."""
    rows = []
    for device in GPUS.values():
        line = bill.on(device).all()
        rows.append(Row([device.name, ranged(line.gpu_hours), device.source]))
    notes = [
        "Which kind: snakemake plan --set-resources plan:gpu_model=A100.",
        f"What was measured was measured on {bill.gpu.name}, and corrects the others alike.",
    ]
    return Table(
        "GPU-hours to go, by kind of GPU", ["GPU", "GPU-hours", "source"], [("", rows)], notes, "", frozenset({0, 2})
    )


def doubts_table(bill: Bill) -> Table:
    """What the width of the bounds comes from."""
    speed, work = bill.by_cause()
    cores = bill.units() == "cores"
    rows = [
        Row(["if all tokens were known", ranged(speed)]),
        Row(["if all speeds were known", ranged(work)]),
    ]
    by_width = sorted(bill.stages(), key=lambda line: -width(line, cores))[:3]
    widest = ", ".join(f"{line.name} ({rounded(width(line, cores))} h between low and high)" for line in by_width)
    notes = [
        f"Widest stages: {widest}.",
        "Assumptions err independently of each other, and each alike for all jobs.",
    ]
    header = ["", f"{bill.units().removesuffix('s')}-hours to go"]
    return Table("Where the doubt comes from", header, [("", rows)], notes, "")


def width(line: Line, cores: bool) -> float:
    """How far low and high of a line lie apart."""
    value = line.hours if cores else line.gpu_hours
    return value.high - value.low


def assumptions_table(bill: Bill) -> Table:
    """What is assumed, with sources."""
    rows = [Row([one.what, plain(one.value), one.source]) for one in priors.STATED]
    pace, device = (GPU_PACE, bill.gpu) if bill.units() == "GPUs" else (CORE_PACE, CORE)
    rows += [
        Row([f"seconds, {name.replace('_', ' ')}", plain(getattr(pace, name)), pace.source])
        for name in ("decoding_step", "training_step", "generation_start", "training_start")
    ]
    peak = f"{rounded(device.flops)}FLOP/s, {rounded(device.bandwidth)}B/s"
    rows.append(Row([f"peak of {device.name}", peak, device.source]))
    return Table("What is assumed", ["", "value", "source"], [("", rows)], [], "", frozenset({0, 2}))


def plain(value: Bounds) -> str:
    """Bounds of a prior, smallest first."""
    return f"{rounded(value.likely)} [{rounded(value.low)} to {rounded(value.high)}]"


def tables(bill: Bill, changed: Change | None) -> Table:
    """All tables: the first one has the others below it."""
    cores = bill.units() == "cores"
    adds = "What it alone adds: its own jobs, and those that nothing else needs. So the lines need not add up to all."
    todo = "Tokens and hours are those of jobs that are still to run; disk is that of all."
    answers = [Row([label, text]) for label, text in summary(bill, changed)]
    first = Table(
        f"What {bill.experiment.name} will cost",
        ["", "likely [low to high]"],
        [("", answers)],
        [],
        bill.experiment.note,
        frozenset({0, 1}),
    )
    more = [
        lines_table("By stage", "stage", [*bill.stages(), bill.all()], [todo], cores),
        lines_table("By student", "student", bill.adding("student"), [adds], cores),
        lines_table("By teacher", "teacher", bill.adding("teacher"), [adds], cores),
        walls_table(bill),
        *([] if cores else [devices_table(bill)]),
        doubts_table(bill),
        assumptions_table(bill),
    ]
    return first._replace(more=tuple(more))

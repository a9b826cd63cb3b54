"""How much planning an experiment asks for, told before it is planned: a short file may ask for very many jobs."""

from collections.abc import Iterator

from mixdistill.config.outputs import ExampleFigure, GradersTable, OfArms, OfGap, SweepFigure, VariantsFigure
from mixdistill.config.references import Found
from mixdistill.config.schema import Experiment
from mixdistill.permissions import lifted, limit
from mixdistill.plan import Entry, Plan

JOBS = 12_000
"""About half a minute of planning; the paper has 622."""


def too_much(experiment: Experiment) -> Iterator[Found]:
    """Yield key and reason of an experiment whose plan would be too large; of its parts, before it is made.

    What planning takes, in jobs: a job, or fifty files that a job reads.
    """
    entries = [*experiment.tables.values(), *experiment.figures.values()]
    shown = sum(cells(entry, experiment) for entry in entries)
    if shown + len(entries) ** 2 // 50 > limit(JOBS):
        yield "tables", f"tables and figures show some {shown:,} models; {lifted(JOBS)}"
        return
    plan = Plan(experiment)
    made, tests = len(plan.cells()), len(experiment.benchmarks)
    asked = [teacher.shards for name, teacher in experiment.teachers.items() if name in plan.taught()]
    counted = {
        "seeds": 3 * made,
        "students": 7 * len(plan.by_student)
        + sum(len(mine) * (len(mine) + tests) for mine in plan.by_student.values()) // 50,
        "teachers": sum(asked) + 3 * len(experiment.teachers),
        "mixtures": 5 * len(experiment.mixtures) + len(plan.ready) * (len(plan.ready) + tests) // 50,
        "comparisons": sum(len(one.teachers) for one in experiment.comparisons.values()) * len(plan.recipes) // 50,
        "tables": len(entries) * (1 + made // 50),
        "problems": 2 * len(experiment.problems),
        "world": len(experiment.world.models) + len(experiment.world.problems),
    }
    total, most = sum(counted.values()), max(counted, key=lambda key: counted[key])
    if total > limit(JOBS):
        yield most, f"too large to plan, for what this asks most (as much as {total:,} jobs in all); {lifted(JOBS)}"


def cells(entry: Entry, experiment: Experiment) -> int:
    """Count the students times mixtures times seeds of a table or figure."""
    students = [*getattr(entry, "students", []), *([entry.student] if hasattr(entry, "student") else [])]
    mixtures = 1
    match entry:
        case OfGap():
            mixtures = 2
        case OfArms() | ExampleFigure():
            mixtures = len(entry.mixtures)
        case GradersTable():
            mixtures = 2 * len(entry.gaps)
        case VariantsFigure():
            students = [student for variant in entry.variants for student in variant.students]
            mixtures = 2 * len(entry.gaps)
        case SweepFigure():
            mixtures = sum(len(experiment.sweeps[name].weights) for name in entry.sweeps)
    return mixtures * sum(len(experiment.students[name].seeds or experiment.seeds) for name in students)

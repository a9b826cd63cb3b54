"""The experiment in force, the names wildcards may take, and what paths, params and resources are made of."""

import re
import sys
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.exceptions import WorkflowError

from mixdistill.names import UNTRAINED
from mixdistill.config.faults import experiment
from mixdistill.digest import code_of
from mixdistill.errors import UserError
from mixdistill.plan import Plan
from mixdistill.resources import needs

try:
    EXPERIMENT = experiment(config, origin=", ".join(map(str, workflow.configfiles)) or "config")
except UserError as error:
    raise WorkflowError(f"the experiment file has faults; nothing was run\n{error}") from None

config.clear()
config.update(EXPERIMENT.model_dump(mode="json"))
PLAN = Plan(EXPERIMENT)
NAME = EXPERIMENT.name
RESULTS = f"results/{NAME}"
LOGS, BENCHMARKS, SCRATCH = f"{RESULTS}/logs", f"{RESULTS}/benchmarks", f"{RESULTS}/scratch"


def any_of(names):
    """A wildcard that is one of these names and nothing else."""
    return "|".join(map(re.escape, names)) or "(?!)"


def of_kind(entries, kind):
    """The names of the tables or figures of a kind."""
    return [name for name, entry in entries.items() if entry.kind == kind]


wildcard_constraints:
    set=any_of(EXPERIMENT.problems),
    teacher=any_of(EXPERIMENT.teachers),
    shard=r"\d+",
    mixture=any_of([UNTRAINED, *PLAN.recipes]),
    student=any_of(EXPERIMENT.students),
    seed=r"\d+",


def local(source):
    """The file or folder a source stands for, as a list: empty for the hub, which no job can depend on."""
    if source.world:
        made = "problems/{}.jsonl" if hasattr(source, "split") else "models/{}"
        return [f"{RESULTS}/world/{made.format(source.world)}"]
    return [source.path] if source.path else []


def on_hub(source):
    """What identifies a source on the hub; empty for what is local."""
    return source.model_dump(include={"hub", "revision", "subset", "split"}, exclude_none=True) if source.hub else {}


def cell_wildcards():
    """Students, mixtures and seeds of all cells, as `expand(..., zip, ...)` takes them."""
    cells = PLAN.cells()
    return {name: [getattr(cell, name) for cell in cells] for name in ("student", "mixture", "seed")}


def scores_of(entry):
    """Score files that a table or figure is made of."""
    return [f"{RESULTS}/scores/{student}.parquet" for student in PLAN.students(entry)]


def look(entry):
    """What every table and figure says of itself: its entry in the config, resolved names, titles and the note."""
    students = {name: EXPERIMENT.students[name] for name in PLAN.students(entry)}
    return {
        "entry": entry.model_dump(mode="json"),
        "note": EXPERIMENT.note,
        "same_as": PLAN.same_as,
        "footnotes": PLAN.apart(entry),
        "sweeps": {
            name: {str(weight): mixture for weight, mixture in PLAN.on_sweep(name).items()}
            for name in getattr(entry, "sweeps", [])
        },
        "titles": {
            "students": {name: student.title or name for name, student in students.items()},
            "mixtures": {name: mixture.title or name for name, mixture in EXPERIMENT.mixtures.items()},
            "benchmarks": {name: benchmark.title for name, benchmark in EXPERIMENT.benchmarks.items()},
            "sweeps": {name: sweep.title for name, sweep in EXPERIMENT.sweeps.items()},
        },
        "families": {name: student.family for name, student in students.items()},
        "parameters": {name: student.parameters for name, student in students.items()},
    }

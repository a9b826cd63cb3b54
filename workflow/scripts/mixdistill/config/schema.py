"""The schema of an experiment file: one model for all experiments, unknown keys forbidden.

What a key means is said once, in its ``description``; ``config/README.md`` and ``config/schema.json`` are
generated from here (``python workflow/scripts/document_config.py``).
"""

from pydantic import Field

from mixdistill.config.base import Name, Seed, Strict
from mixdistill.config.engine import Engine
from mixdistill.config.judge import Judge
from mixdistill.config.outputs import Figure, Printed, Table
from mixdistill.config.sources import ProblemSet
from mixdistill.config.teaching import Comparison, Mixture, Sweep, Teacher, Teaching
from mixdistill.config.testing import Answering, Benchmark, Student
from mixdistill.config.training import Publish, Sft
from mixdistill.config.world import World


class Experiment(Strict):
    """A whole experiment."""

    name: Name
    """First folder under ``results/``: experiments never overwrite each other."""
    note: str = ""
    """One sentence printed on every table and figure."""
    seeds: list[Seed] = Field([1], min_length=1)
    """Training runs per student and mixture."""
    engine: Engine = Engine()
    """What runs language models."""
    problems: dict[Name, ProblemSet] = Field(min_length=1)
    """Problem sets, for training and testing."""
    teaching: Teaching
    """Prompting teachers and keeping what is right."""
    teachers: dict[Name, Teacher] = {}
    """Where reasoning comes from."""
    comparisons: dict[Name, Comparison] = {}
    """Teachers whose data are compared on equal terms."""
    mixtures: dict[Name, Mixture] = {}
    """Training sets. ``untrained`` exists always: the student as it came."""
    sweeps: dict[Name, Sweep] = {}
    """Mixtures over a range of weights."""
    sft: Sft = Sft()
    """How students are trained."""
    publish: Publish | None = None
    """Where trained students are published; nowhere by default."""
    students: dict[Name, Student] = Field(min_length=1)
    """Whom to train."""
    benchmarks: dict[Name, Benchmark] = Field(min_length=1)
    """What students are tested on; a score is the mean over these."""
    answering: Answering
    """How they are tested."""
    judge: Judge | None = None
    """Who gives a second opinion on answers that the rule rejected; nobody by default."""
    tables: dict[Name, Table] = {}
    """Tables to make; they decide which students are trained on what."""
    figures: dict[Name, Figure] = {}
    """Figures to make; likewise."""
    printed: Printed | None = None
    """Printed numbers to compare with; none by default."""
    world: World = World()
    """The miniature world; empty for real experiments."""

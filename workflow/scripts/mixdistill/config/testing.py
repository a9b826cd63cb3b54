"""The schema of students and their tests."""

from typing import Annotated

from pydantic import Field, model_validator

from mixdistill.config.base import Name, Prompt, Seed, Strict
from mixdistill.config.engine import OwnEngine
from mixdistill.config.policies import Policy
from mixdistill.config.sampling import Sampling
from mixdistill.config.sources import Source
from mixdistill.config.training import SftChange
from mixdistill.names import UNTRAINED

TASK = r"^[A-Za-z0-9_][A-Za-z0-9_.:+=@-]*$"
"""A task becomes part of file names."""


class Student(Strict):
    """A model to be trained, or what came of its training elsewhere: checkpoints, or answers."""

    title: str | None = None
    """Its name in tables and figures."""
    model: Source | None = None
    """The model before training; or give ``trained`` or ``logs``."""
    plain: bool = False
    """The model has no chat template, and reads prompts as plain text on purpose: as a base model may. Said of a model
    that has one, or not said of one that has none, it stops the run before anything is trained."""
    trained: dict[Name, Annotated[list[Source], Field(min_length=1)]] = {}
    """Mixture to models that were trained on it elsewhere, one for each of ``seeds``: whole models, or PEFT adapters on
    ``model``. Other mixtures are trained here, if there is ``model``."""
    logs: dict[Name, Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]] = {}
    """Instead of a model: mixture to lm-evaluation-harness's sample logs, a folder (or file) per seed."""
    parameters: float = Field(gt=0)
    """Its size, in parameters: the axis of Figures 2 and 3, and what a job asks of the machine."""
    family: str = Field(min_length=1)
    """Models drawn as one line in Figures 2 and 3."""
    engine: OwnEngine = OwnEngine()
    """What differs from ``engine`` above when it answers."""
    sft: SftChange = SftChange()
    """What differs from ``sft`` above."""
    seeds: list[Seed] | None = Field(None, min_length=1)
    """Instead of the experiment's ``seeds``."""

    @model_validator(mode="after")
    def asked_or_logged(self) -> "Student":
        """Either models, or logs."""
        if (not self.model and not self.trained) == (not self.logs):
            raise ValueError("give either model (a student to train) or logs (answers it gave elsewhere)")
        if UNTRAINED in self.trained:
            raise ValueError("trained.untrained: the student as it came is its model")
        return self


class Benchmark(Strict):
    """A set of problems students are tested on."""

    title: str
    """Its name in tables."""
    problems: Name
    """An entry of ``problems``."""
    prompt: Prompt
    """What the student sees; ``{problem}`` stands for the problem."""
    answer: Policy = "boxed"
    """What counts as the final answer: the last ``\\boxed{}`` (``boxed``); that or what follows "Final Answer:"
    or ``####`` (``final-answer``); those or the last number (``last-number``, for GSM8K) or what the text states
    (``stated``); none of them looks into thoughts that never close, ``boxed-anywhere`` does. The others repeat the
    scoring of the paper's code, traps included: its judging script, its tasks of AIME, AMC and OlympiadBench, and its
    task of GSM8K."""
    stop: list[Annotated[str, Field(min_length=1)]] = []
    """Strings that end an answer."""
    tasks: list[Annotated[str, Field(pattern=TASK, max_length=128)]] = Field([], max_length=100)
    """Its names in lm-evaluation-harness, for students with ``logs``: ``samples_<task>_<time>.jsonl`` are read."""


class Again(Strict):
    """Models that answer twice: what changes is noise of the arithmetic, and no gap below it is real."""

    students: list[str] = Field(min_length=1)
    """Whose."""
    mixture: str
    """Trained on this; the model of the first seed."""
    batch_size: int = Field(ge=1)
    """Requests decoded together the second time: another number than ``engine.batch_size``."""


class Answering(Strict):
    """How students answer the benchmarks."""

    sampling: Sampling
    """The paper decodes greedily."""
    samples: int = Field(1, ge=1, le=1024)
    """Answers per problem."""
    again: Again | None = None
    """Who answers twice, for the noise floor that figures and tables of gaps show; nobody by default."""

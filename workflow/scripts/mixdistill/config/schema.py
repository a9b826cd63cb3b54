"""The schema of an experiment file: one model for all experiments, unknown keys forbidden.

What a key means is said once, in its ``description``; ``config/README.md`` and ``config/schema.json`` are
generated from here (``python workflow/scripts/document_config.py``).
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from mixdistill.config.base import Name, Prompt, Seed, Strict
from mixdistill.config.judge import Judge
from mixdistill.config.leakage import Leakage
from mixdistill.config.outputs import Figure, Table
from mixdistill.config.sampling import Sampling
from mixdistill.config.sources import DataSource, ProblemSet, Source
from mixdistill.config.world import World


class Engine(Strict):
    """What runs language models."""

    name: Literal["transformers"] = "transformers"
    """The engine of every stage that generates text."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Number format of the weights."""
    batch_size: int = Field(64, ge=1, le=4096)
    """Requests decoded together. Part of the result: another batch may round differently."""


class Teaching(Strict):
    """What teachers are asked, and which of their completions are kept (paper, section 3.1)."""

    problems: Name
    """The training problems, an entry of ``problems``."""
    prompt: Prompt
    """What the teacher sees and the student is trained on; ``{problem}`` stands for the problem."""
    leakage: Leakage = Leakage()
    """Training problems that a benchmark has too."""


class Teacher(Strict):
    """A model that writes completions, or the completions it wrote elsewhere."""

    title: str | None = None
    """Its name in tables and figures."""
    model: Source | None = None
    """The model to ask; or give ``completions``."""
    parameters: float | None = Field(None, gt=0)
    """Size of the model, in parameters: decides what a job asks of the machine."""
    sampling: Sampling | None = None
    """How it is asked."""
    samples: int = Field(1, ge=1, le=1024)
    """Completions per problem."""
    shards: int = Field(1, ge=1, le=1000)
    """Jobs its problems are divided over."""
    completions: DataSource | None = None
    """Completions that exist already, instead of a model."""
    fields: dict[Literal["id", "problem", "completion", "sample"], str] = {}
    """For ``completions``: our name to the source's name. Rows are matched by ``id``, or by ``problem``'s text."""

    @model_validator(mode="after")
    def asked_or_brought(self) -> "Teacher":
        """Either a model with its sampling, or completions."""
        if (self.model is None) == (self.completions is None):
            raise ValueError("give either model (a teacher to ask) or completions (a file or set it wrote)")
        if self.model and (self.sampling is None or self.parameters is None):
            raise ValueError("a teacher that is asked needs sampling and parameters")
        return self


class Comparison(Strict):
    """Teachers whose data are compared: their arms share problems and number of rows."""

    teachers: list[Name] = Field(min_length=1)
    """Only problems that all of these solved are used."""
    rows: int | None = Field(None, ge=1)
    """Use this many of them, the same for every arm; all by default. Too few is an error, not a smaller set."""


def summing_to_one(parts: dict[str, float]) -> dict[str, float]:
    """Weights are shares of the rows."""
    if abs(sum(parts.values()) - 1) > 1e-9:
        raise ValueError(f"weights must sum to 1, these sum to {sum(parts.values()):g}")
    return parts


class Mixture(Strict):
    """A training set: one completion per shared problem, from each teacher in its share (paper, section 4)."""

    title: str | None = None
    """Its name in tables and figures."""
    comparison: Name
    """The comparison whose problems it uses."""
    parts: Annotated[dict[Name, Annotated[float, Field(gt=0, le=1)]], AfterValidator(summing_to_one)] = Field(
        min_length=1
    )
    """Teacher to weight; the weights sum to 1."""


class Sweep(Strict):
    """Mixtures of two teachers over a range of weights (paper, Figure 6). Weights 0 and 1 are the pure sets."""

    title: str
    """Its name in the figure."""
    comparison: Name
    """The comparison whose problems it uses."""
    of: Name
    """The teacher whose weight is varied."""
    against: Name
    """The teacher that has the rest."""
    weights: list[Annotated[float, Field(ge=0, le=1)]] = Field(min_length=2)
    """Weights of ``of``."""


class Lora(Strict):
    """Low-rank adaptation by PEFT, with PEFT's own names (``LoraConfig``)."""

    r: int = Field(ge=1)
    """Rank."""
    lora_alpha: int = Field(ge=1)
    """Scale; the update is multiplied by alpha / r."""
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter."""


class Sft(Strict):
    """Supervised fine-tuning by TRL; the loss is on the completion only."""

    max_length: int | None = Field(None, ge=8)
    """Tokens of prompt and completion; longer rows are cut at the end and counted."""
    lora: Lora | None = None
    """Train an adapter instead of all weights."""
    args: dict[str, Any] = {}
    """Arguments of TRL's ``SFTConfig`` under their own names, passed on verbatim."""


class StudentSft(Sft):
    """What one student changes of ``sft``: ``args`` are merged key by key, the rest replaces."""


class Student(Strict):
    """A model to be trained, or the answers that it gave elsewhere after training."""

    title: str | None = None
    """Its name in tables and figures."""
    model: Source | None = None
    """The model before training; or give ``logs``."""
    logs: dict[Name, Annotated[list[str], Field(min_length=1)]] = {}
    """Instead of a model: mixture to lm-evaluation-harness's sample logs, a folder (or file) per seed."""
    parameters: float = Field(gt=0)
    """Its size, in parameters: the axis of Figures 2 and 3, and what a job asks of the machine."""
    family: str = Field(min_length=1)
    """Models drawn as one line in Figures 2 and 3."""
    sft: StudentSft = StudentSft()
    """What differs from ``sft`` above."""
    seeds: list[Seed] | None = Field(None, min_length=1)
    """Instead of the experiment's ``seeds``."""

    @model_validator(mode="after")
    def asked_or_logged(self) -> "Student":
        """Either a model, or logs."""
        if (self.model is None) == (not self.logs):
            raise ValueError("give either model (a student to train) or logs (answers it gave elsewhere)")
        return self


class Benchmark(Strict):
    """A set of problems students are tested on."""

    title: str
    """Its name in tables."""
    problems: Name
    """An entry of ``problems``."""
    prompt: Prompt
    """What the student sees; ``{problem}`` stands for the problem."""
    answer: Literal["boxed", "final-answer", "last-number", "stated", "released", "released-task", "released-gsm8k"] = (
        "boxed"
    )
    """What counts as the final answer: the last ``\\boxed{}`` (``boxed``); that or what follows "Final Answer:"
    (``final-answer``); those or the last number (``last-number``, for GSM8K) or what the text states (``stated``). The
    others repeat the scoring of the paper's code, traps included: its judging script, its tasks of AIME, AMC and
    OlympiadBench, and its task of GSM8K."""
    stop: list[Annotated[str, Field(min_length=1)]] = []
    """Strings that end an answer."""
    tasks: list[Annotated[str, Field(min_length=1)]] = []
    """Its names in lm-evaluation-harness, for students with ``logs``: ``samples_<task>_<time>.jsonl`` are read."""


class Answering(Strict):
    """How students answer the benchmarks."""

    sampling: Sampling
    """The paper decodes greedily."""
    samples: int = Field(1, ge=1, le=1024)
    """Answers per problem."""


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
    teachers: dict[Name, Teacher] = Field(min_length=1)
    """Where reasoning comes from."""
    comparisons: dict[Name, Comparison] = Field(min_length=1)
    """Teachers whose data are compared on equal terms."""
    mixtures: dict[Name, Mixture] = {}
    """Training sets. ``untrained`` exists always: the student as it came."""
    sweeps: dict[Name, Sweep] = {}
    """Mixtures over a range of weights."""
    sft: Sft = Sft()
    """How students are trained."""
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
    world: World = World()
    """The miniature world; empty for real experiments."""

"""The schema of reasoning data: teachers, what is kept of them, and how it is mixed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mixdistill.config.base import Name, Prompt, Strict
from mixdistill.config.engine import Endpoint, OwnEngine
from mixdistill.config.leakage import Leakage
from mixdistill.config.policies import TeachersPolicy
from mixdistill.config.sampling import Sampling
from mixdistill.config.sources import Columns, DataSource, Source, read_always
from mixdistill.config.training import SftChange


class Teaching(Strict):
    """What teachers are asked, and which of their completions are kept (paper, section 3.1)."""

    problems: Name
    """The training problems, an entry of ``problems``."""
    prompt: Prompt
    """What the teacher sees and the student is trained on; ``{problem}`` stands for the problem."""
    answer: TeachersPolicy = "boxed"
    """What counts as the final answer of a teacher's completion, which must be the reference for the completion to be
    kept: the policies of ``benchmarks`` that do not repeat the scoring of the paper's code."""
    leakage: Leakage = Leakage()
    """Training problems that a benchmark has too."""


class Teacher(Strict):
    """A model that writes completions, or the completions it wrote elsewhere."""

    title: str | None = None
    """Its name in tables and figures."""
    model: Source | None = None
    """The model to ask; or give ``endpoint`` or ``completions``."""
    endpoint: Endpoint | None = None
    """A server to ask."""
    plain: bool = False
    """The model has no chat template, and reads prompts as plain text on purpose."""
    parameters: float | None = Field(None, gt=0)
    """Size of the model, in parameters: decides what a job asks of the machine."""
    engine: OwnEngine = OwnEngine()
    """What differs from ``engine`` above."""
    sampling: Sampling | None = None
    """How it is asked."""
    samples: int = Field(1, ge=1, le=1024)
    """Completions per problem."""
    answer: TeachersPolicy | None = None
    """Instead of ``teaching.answer``: ``final-answer`` for GSM8K's own solutions, which end in ``#### 72``."""
    shards: int = Field(1, ge=1, le=1000)
    """Jobs its problems are divided over."""
    completions: DataSource | None = None
    """Completions that exist already, instead of a model."""
    fields: Annotated[
        dict[Literal["id", "problem", "completion", "finish_reason"], Columns], read_always("completion")
    ] = {}
    """For ``completions``: our name to the source's, as for problems. Rows are matched by ``id``, or by ``problem``'s
    text; a ``completion`` may be a conversation's last turn, or a list of samples. A ``finish_reason`` of ``length``
    says that a completion was cut."""

    @model_validator(mode="after")
    def asked_or_brought(self) -> "Teacher":
        """A model or endpoint with its sampling, or completions."""
        if [self.model, self.endpoint, self.completions].count(None) != 2:
            raise ValueError("give one of model, endpoint (a teacher to ask) and completions (a file or set it wrote)")
        if self.model and (self.sampling is None or self.parameters is None):
            raise ValueError("a teacher that is asked needs sampling and parameters")
        if self.endpoint and self.sampling is None:
            raise ValueError("a teacher that is asked needs sampling")
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
    """A training set: one completion per shared problem, from each teacher in its share (paper, section 4).

    Or one that exists already, whose teachers nobody asks.
    """

    title: str | None = None
    """Its name in tables and figures."""
    comparison: Name | None = None
    """The comparison whose problems it uses; or give ``rows``."""
    parts: Annotated[dict[Name, Annotated[float, Field(gt=0, le=1)]], AfterValidator(summing_to_one)] = {}
    """Teacher to weight; the weights sum to 1."""
    rows: DataSource | None = None
    """A training set that exists already, instead of ``comparison`` and ``parts``; its rows are used in order,
    but for those that leak into a benchmark if these are to be removed."""
    fields: Annotated[
        dict[Literal["id", "problem", "completion", "teacher"], Columns], read_always("problem", "completion")
    ] = {}
    """For ``rows``: our name to the source's, as for completions. The prompt is made of ``problem`` by
    ``teaching.prompt``."""
    sft: SftChange = SftChange()
    """What differs from ``sft``, and from what the student changes of it; tables that compare it with others say so."""

    @model_validator(mode="after")
    def mixed_or_brought(self) -> "Mixture":
        """Either a comparison with parts, or rows."""
        if bool(self.rows) == bool(self.comparison and self.parts) or (self.rows and (self.comparison or self.parts)):
            raise ValueError("give either comparison and parts (teachers to mix) or rows (a set that exists already)")
        return self


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

"""The schema of the judge: a language model that gives a second opinion on answers."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mixdistill.config.base import PROMPT, Strict, only_places
from mixdistill.config.engine import Endpoint, OwnEngine
from mixdistill.config.sampling import Sampling
from mixdistill.config.sources import Source


def with_both_answers(text: str) -> str:
    """A judge compares two answers; it need not see the problem."""
    only_places(text, "problem", "gold", "answer")
    places = re.findall(r"\{(problem|gold|answer)\}", text)
    if places.count("gold") != 1 or places.count("answer") != 1 or places.count("problem") > 1:
        raise ValueError("a judge's prompt must hold {gold} and {answer} exactly once, and {problem} at most once")
    return text


class JudgeSampling(Sampling):
    """How verdicts are drawn: greedily and briefly, as in the paper."""

    max_tokens: int = Field(20, ge=1, le=131072)
    """Tokens a reply may have."""


class Judge(Strict):
    """A model that is asked whether answers which the rule rejected are right after all (paper, section 2).

    Its reply must be True or False, bare of anything but blanks, quotes, emphasis and a full stop; else the verdict
    is ``undecided``, and the answer stays wrong.
    """

    title: str | None = None
    """Its name in tables."""
    model: Source | None = None
    """The model to ask; or give ``endpoint``."""
    endpoint: Endpoint | None = None
    """A server to ask."""
    plain: bool = False
    """The model has no chat template, and reads prompts as plain text on purpose."""
    parameters: float | None = Field(None, gt=0)
    """Size of the model, in parameters: decides what a job asks of the machine."""
    engine: OwnEngine = OwnEngine()
    """What differs from ``engine`` above."""
    prompt: Annotated[str, Field(max_length=PROMPT), AfterValidator(with_both_answers)]
    """What the judge sees; ``{problem}``, ``{gold}`` and ``{answer}`` stand for the problem, the reference answer and
    the student's."""
    sampling: JudgeSampling = JudgeSampling()
    """How it is asked."""
    mode: Literal["paper", "audit"] = "paper"
    """``paper``: only answers that the rule rejected. ``audit``: the judge is judged too, on answers whose truth is
    known; tables of kind ``judge-audit`` show how it does. Scores are the same in both modes."""
    accepted: int = Field(100, ge=0)
    """In mode ``audit``: how many of a student's answers that the rule accepted are asked about."""
    controls: int = Field(50, ge=0)
    """In mode ``audit``: how many controls of each kind are asked about per student. Rewritten golds are right;
    altered golds, empty answers and answers that talk to the judge are wrong."""

    @model_validator(mode="after")
    def one_to_ask(self) -> "Judge":
        """Either a model with its size, or an endpoint."""
        if (self.model is None) == (self.endpoint is None):
            raise ValueError("give either model or endpoint")
        if self.model and self.parameters is None:
            raise ValueError("a judge that is a model needs parameters")
        return self

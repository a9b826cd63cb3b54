"""What every section of the experiment file has in common."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""Names become file names: letters, digits, dot, dash and underscore."""

Name = Annotated[str, Field(pattern=f"^{NAME}$", max_length=64)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


MEANT = {
    "problem": ("question", "query", "input", "instruction", "prompt", "Problem", "PROBLEM", "Question"),
    "gold": ("reference", "reference_answer", "ground_truth", "gold_answer", "correct_answer", "target"),
    "answer": ("prediction", "response", "student_answer", "model_answer", "generated_answer"),
}
"""Place of a prompt to what other programs call it."""


def only_places(text: str, *places: str) -> str:
    """A prompt has places of these names, in single braces, and no others that are surely meant as such.

    Braces behind a command of TeX, as in ``\\boxed{answer}``, are its own.
    """
    for place in places:
        if re.search(rf"\{{\{{ ?{place} ?\}}\}}", text):
            raise ValueError(f"write {{{place}}} with single braces: of {{{{{place}}}}}, a pair would stay")
        for other in (*MEANT[place], f" {place}", f"{place} ", f" {place} "):
            if re.search(rf"(?<![\\\w{{^]){re.escape(f'{{{other}}}')}", text):
                raise ValueError(f"nothing fills {{{other}}}: did you mean {{{place}}}?")
    return text


def with_problem(text: str) -> str:
    """A prompt has one place for the problem."""
    only_places(text, "problem")
    if text.count("{problem}") != 1:
        raise ValueError("a prompt must hold {problem} exactly once")
    return text


PROMPT = 100_000
"""Characters of a prompt: many jobs are given it."""

Prompt = Annotated[str, Field(max_length=PROMPT), AfterValidator(with_problem)]


class Strict(BaseModel):
    """Typed keys, no others, never changed after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

"""What every section of the experiment file has in common."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""Names become file names: letters, digits, dot, dash and underscore."""

Name = Annotated[str, Field(pattern=f"^{NAME}$", max_length=64)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


def with_problem(text: str) -> str:
    """A prompt has one place for the problem."""
    if text.count("{problem}") != 1:
        raise ValueError("a prompt must hold {problem} exactly once")
    return text


Prompt = Annotated[str, AfterValidator(with_problem)]


class Strict(BaseModel):
    """Typed keys, no others, never changed after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

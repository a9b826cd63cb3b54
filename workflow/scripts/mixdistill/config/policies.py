"""The names of answer policies: what counts as the final answer of a completion, a teacher's or a student's."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

Policy = Literal[
    "boxed",
    "boxed-anywhere",
    "final-answer",
    "last-number",
    "stated",
    "released",
    "released-task",
    "released-gsm8k",
]
"""Of students; ``mixdistill.answers`` reads answers by these names."""


def for_teaching(policy: Any) -> Any:
    """Refuse the policies that make sense for scoring alone, and say why."""
    if policy == "boxed-anywhere":
        raise ValueError("for scoring alone: thoughts that never close are not taught; use boxed")
    if isinstance(policy, str) and policy.startswith("released"):
        instead = "last-number" if policy == "released-gsm8k" else "boxed"
        raise ValueError(
            f"for scoring alone: it repeats the string rule of the paper's code, which takes right answers for wrong "
            f"(27 against 27.0); use {instead}"
        )
    return policy


TeachersPolicy = Annotated[Literal["boxed", "final-answer", "last-number", "stated"], BeforeValidator(for_teaching)]
"""Of teachers."""

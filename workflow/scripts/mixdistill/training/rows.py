"""What a student is taught, in token ids: prompts and completions are cut, labelled and counted before TRL sees them.

TRL is given ``input_ids`` and ``labels`` and prepares nothing itself, so that teaching and asking share one template
(``mixdistill.templates``) and a row is the same row packed or not.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mixdistill.errors import UserError
from mixdistill.jsonl import Row
from mixdistill.seeds import seed_of
from mixdistill.templates import Template

IGNORED = -100
"""The label of a token that the loss leaves out (PyTorch's ``ignore_index``)."""

NO_COMPLETION = "rows without completion"
"""Why a row is dropped: its prompt alone fills the sequence limit."""


class Example(NamedTuple):
    """A row in token ids."""

    identity: str
    """The problem's id."""
    teacher: str
    """Who wrote the completion."""
    input_ids: list[int]
    """Prompt, completion and the token that ends it, as far as the limit allows."""
    labels: list[int]
    """The same, with ``IGNORED`` in place of the prompt."""
    cut: bool
    """The limit took something away: the end, and so the token that ends the completion."""

    @property
    def learnt(self) -> int:
        """Tokens that the loss is on."""
        return sum(label != IGNORED for label in self.labels)


def example(row: Row, template: Template, max_length: int | None) -> Example:
    """A row of a mixture in token ids.

    Args:
        row: with ``id``, ``prompt``, ``completion`` and ``teacher``.
        template: the chat template of the student.
        max_length: tokens of prompt and completion that are kept, from the start; None keeps all.
    """
    prompt, completion = template.prompt(row["prompt"]), template.completion(row["completion"])
    whole = prompt + completion
    labels = [IGNORED] * len(prompt) + completion
    cut = max_length is not None and len(whole) > max_length
    return Example(row["id"], row["teacher"], whole[:max_length], labels[:max_length], cut)


def held_out(rows: Sequence[Row], share: float) -> set[str]:
    """Ids of the rows that validate instead of teaching: the same for all arms of a comparison, which share ids.

    Args:
        rows: rows of a mixture.
        share: of the rows, rounded half up, and one row at least; 0 holds out nothing.
    """
    ids = sorted({row["id"] for row in rows}, key=lambda identity: (seed_of("validation", identity), identity))
    return set(ids[: max(1, int(len(ids) * share + 0.5))]) if share else set()


class Prepared(NamedTuple):
    """A mixture in token ids."""

    training: list[Example]
    """In the mixture's order."""
    validation: list[Example]
    """Likewise."""
    counts: dict[str, int]
    """Rows and what became of them; tokens are those of rows that teach."""
    teachers: dict[str, dict[str, int]]
    """The same for each teacher; they add up to ``counts``."""


def prepared(rows: Sequence[Row], template: Template, max_length: int | None, validation: float) -> Prepared:
    """Turn the rows of a mixture into token ids, drop rows that have no completion left, and count.

    Raises:
        UserError: no row keeps a token of its completion, or none is left to teach.
    """
    examples = [example(row, template, max_length) for row in rows]
    outside = held_out(rows, validation)
    training = [one for one in examples if one.learnt and one.identity not in outside]
    validating = [one for one in examples if one.learnt and one.identity in outside]
    if not any(one.learnt for one in examples):
        raise UserError(f"sft.max_length: {max_length} tokens leave no completion in any of {len(rows)} rows; raise it")
    if not training:
        raise UserError(f"sft.validation: {validation} leaves none of {len(rows)} rows to train on; lower it")
    own: dict[str, list[Example]] = {}
    for one in examples:
        own.setdefault(one.teacher, []).append(one)
    teachers = {
        teacher: counted(own[teacher], outside) for teacher in sorted(own, key=str)
    }  # of some rows nobody may say who wrote them
    return Prepared(training, validating, counted(examples, outside), teachers)


def lengths(examples: Sequence[Example]) -> dict[str, int]:
    """Tokens of the completions that teach: the shortest, quartiles, the 95th percentile, the longest."""
    found = sorted(one.learnt for one in examples)
    shares = {"min": 0.0, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}
    return {name: found[round(share * (len(found) - 1))] for name, share in shares.items()}


def counted(examples: Iterable[Example], outside: set[str]) -> dict[str, int]:
    """Rows by what becomes of them, and tokens of those that teach."""
    names = ("rows", "training rows", "validation rows", NO_COMPLETION, "cut rows")
    counts = dict.fromkeys((*names, "tokens", "prompt tokens", "completion tokens"), 0)
    for one in examples:
        counts["rows"] += 1
        if not one.learnt:
            counts[NO_COMPLETION] += 1
        elif one.identity in outside:
            counts["validation rows"] += 1
        else:
            counts["training rows"] += 1
            counts["cut rows"] += one.cut
            counts["tokens"] += len(one.input_ids)
            counts["prompt tokens"] += len(one.input_ids) - one.learnt
            counts["completion tokens"] += one.learnt
    return counts

"""Batches: how many rows make a step is science, over how many devices they are divided is not.

A step is ``sft.batch_size`` rows over all devices. The loss is the mean over the labelled tokens of the whole step
(Trainer's ``num_items_in_batch``), so that neither the number of devices nor the rows per forward pass changes it
beyond rounding, as long as every step is full. An epoch is therefore filled up with blank rows, which have no label.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from mixdistill.errors import UserError
from mixdistill.training.rows import IGNORED, Example

if TYPE_CHECKING:
    from datasets import Dataset


class Division(NamedTuple):
    """How the rows of a step are divided."""

    rows: int
    """In one forward pass on one device."""
    passes: int
    """Forward passes of each device per step (gradient accumulation)."""


def division(batch_size: int, at_most: int, processes: int) -> Division:
    """Divide the rows of a step over processes and forward passes.

    Args:
        batch_size: rows per step, over all processes.
        at_most: rows in one forward pass that a device is to hold.
        processes: one for each device.

    Raises:
        UserError: the rows cannot be divided evenly.
    """
    share, rest = divmod(batch_size, processes)
    if rest:
        raise UserError(
            f"sft.batch_size: {batch_size} rows per step cannot be divided evenly over {processes} GPUs; "
            "change it, or give the job a number of GPUs that divides it (--set-resources sft:gpu=<n>)"
        )
    rows = max(number for number in range(1, min(share, at_most) + 1) if share % number == 0)
    return Division(rows, share // rows)


def dataset(examples: Sequence[Example]) -> "Dataset":
    """Examples in the columns that TRL's collator reads."""
    from datasets import Dataset

    return Dataset.from_dict(
        {"input_ids": [one.input_ids for one in examples], "labels": [one.labels for one in examples]}
    )


def epoch(examples: Sequence[Example], batch_size: int, blank: int, packed_to: int | None = None) -> "Dataset":
    """What an epoch consists of: examples, or sequences of several, and blank rows up to whole steps.

    Args:
        examples: rows that teach.
        batch_size: rows per step, over all processes; sequences, if packed.
        blank: the token that blank rows hold.
        packed_to: pack whole examples into sequences of at most so many tokens, by best fit, decreasing (TRL's
            ``bfd``). Position ids keep them apart.
    """
    from datasets import Dataset, concatenate_datasets
    from trl import pack_dataset

    rows = dataset(examples)
    if packed_to is not None:
        rows = pack_dataset(rows, packed_to, "bfd")
    blanks = -len(rows) % batch_size
    if not blanks:
        return rows
    columns = {"input_ids": [[blank]], "labels": [[IGNORED]], "seq_lengths": [[1]]}
    filling = {name: columns[name] * blanks for name in rows.column_names}
    return concatenate_datasets([rows, Dataset.from_dict(filling, features=rows.features)])

"""What a student is really fed in training, and whether it is what it will be asked in."""

from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError
from mixdistill.proof.probes import COMPLETIONS, Probe
from mixdistill.proof.readings import Ids, same
from mixdistill.templates import Template
from mixdistill.training.batches import dataset
from mixdistill.training.rows import IGNORED, prepared

if TYPE_CHECKING:
    import torch

REMEDY = "the environments of training and inference must read the model alike: give both the same transformers"


def taught(probe: Probe, template: Template, packed: bool) -> list[tuple[Ids, Ids]]:
    """Token ids and labels of a prompt with each completion, as training rows and TRL's collator make them.

    Args:
        probe: the prompt.
        template: of the student.
        packed: without padding, all rows in one sequence (``packing`` and ``padding_free``).

    Raises:
        UserError: there is no token to pad with.
    """
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    rows = [
        {"id": name, "prompt": probe.text, "completion": completion, "teacher": "probe"}
        for name, completion in COMPLETIONS.items()
    ]
    examples = prepared(rows, template, None, 0).training
    tokenizer = template.tokenizer
    padding = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    if padding is None:
        raise UserError(
            f"{tokenizer.name_or_path}: no token to pad rows with; its tokenizer needs a pad_token or an eos_token"
        )
    collator = DataCollatorForLanguageModeling(pad_token_id=padding, padding_free=packed)
    batch = collator(list(dataset(examples)))
    return unpacked(batch) if packed else unpadded(batch)


def unpadded(batch: "dict[str, torch.Tensor]") -> list[tuple[Ids, Ids]]:
    """Rows of a padded batch.

    Raises:
        UserError: padding has a label.
    """
    found = []
    for ids, labels, mask in zip(batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True):
        if (labels[mask == 0] != IGNORED).any():
            raise UserError("padding has a label: it would be learnt")
        found.append((ids[mask == 1].tolist(), labels[mask == 1].tolist()))
    return found


def unpacked(batch: "dict[str, torch.Tensor]") -> list[tuple[Ids, Ids]]:
    """Rows of a batch without padding; each begins at position 0."""
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    starts = [place for place, position in enumerate(batch["position_ids"][0].tolist()) if position == 0]
    ends = [*starts[1:], len(ids)]
    return [(ids[start:end], labels[start:end]) for start, end in zip(starts, ends, strict=True)]


def check(student: str, encoding: dict[str, Any], template: Template) -> int:
    """Compare training with asking, for all prompts and completions of an encoding; returns the tokens compared.

    Raises:
        UserError: a prompt, a completion or a label is not what it should be; names the first.
    """
    if encoding["template"] != template.digest():
        raise UserError(f"{student}: training and inference have another chat template each; {REMEDY}")
    if template.end not in encoding["stops"]:
        raise UserError(
            f"{student}: a completion ends with {template.tokenizer.convert_ids_to_tokens(template.end)!r}, at which "
            f"inference does not stop (it stops at {encoding['stops']}); {REMEDY}"
        )
    compared = 0
    for row in encoding["prompts"]:
        probe = Probe(row["prompt"], row["problem"], row["text"])
        for packed in (False, True):
            for (name, completion), (ids, labels) in zip(
                encoding["completions"].items(), taught(probe, template, packed), strict=True
            ):
                what = f"{student}: {probe.name} and the completion {name!r}"
                same(what, ("training", ids), (encoding["engine"], row["ids"] + completion), template.tokenizer, REMEDY)
                check_labels(what, labels, len(row["ids"]), completion, template)
                compared += len(ids)
    return compared


def check_labels(what: str, labels: Ids, prompt: int, completion: Ids, template: Template) -> None:
    """The loss is on all of the completion with its end, and on nothing of the prompt.

    Args:
        what: the row, in words.
        labels: of the row, ``IGNORED`` where there is no loss.
        prompt: tokens of its prompt.
        completion: token ids of its completion.
        template: of the student.

    Raises:
        UserError: it is not so.
    """
    if any(label != IGNORED for label in labels[:prompt]):
        raise UserError(
            f"{what}: {sum(label != IGNORED for label in labels[:prompt])} tokens of the prompt have a label"
        )
    if labels[prompt:] != completion:
        missing = sum(label == IGNORED for label in labels[prompt:])
        raise UserError(f"{what}: {missing} tokens of the completion have no label")
    if labels[-1] != template.end:
        raise UserError(f"{what}: the token that ends a completion is not in the loss")

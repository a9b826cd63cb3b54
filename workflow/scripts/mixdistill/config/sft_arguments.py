"""Check ``sft.args`` against TRL's ``SFTConfig`` without importing TRL: its names and types are kept in a file.

``sft_arguments.json`` is written by ``document_config.py`` from the TRL version pinned in ``envs/training.yaml``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mixdistill.config.arguments import Taker, wrong
from mixdistill.config.nearest import shown
from mixdistill.config.references import Found, Keys, at, entries
from mixdistill.spans import NEEDED, SCHEDULES, WORDS, unfit_parts
from mixdistill.tuning import SFT, is_tuning

FILE = Path(__file__).with_name("sft_arguments.json")

PUBLISH = "publishing is not part of training: give publish, and call `snakemake push`"
TRACKERS = "set the variable MIXDISTILL_TRACKERS (docs/training.md), which trains nothing again"
MACHINE = "the machine decides"

OURS = {
    "output_dir": "checkpoints lie under results/<name>/scratch",
    "seed": "give seeds, or students.<student>.seeds",
    "data_seed": "give seeds, or students.<student>.seeds",
    "max_length": "give sft.max_length",
    "completion_only_loss": "the loss is always on the completion only",
    "assistant_only_loss": "the loss is always on the completion only",
    "use_cpu": MACHINE,
    "report_to": TRACKERS,
    "run_name": "a run is named after student, mixture and seed",
    "resume_from_checkpoint": "a killed job continues by itself",
    "model_init_kwargs": "give students.<student>.model and engine.dtype",
    "push_to_hub": PUBLISH,
    "trust_remote_code": "no code from the hub is run",
    "dataset_kwargs": "rows are prepared by the mix rule",
    "dataset_num_proc": "rows are tokenized by the workflow",
    "dataset_text_field": "rows are tokenized by the workflow",
    "shuffle_dataset": "rows are shuffled by seed in each epoch anyway",
    "truncation_mode": "rows are cut at their end",
    "packing_strategy": "rows are packed whole (bfd); other strategies cut them, or let them see each other",
    "eval_packing": "validation rows are evaluated one by one",
    "per_device_eval_batch_size": "validation rows are evaluated one by one",
    "auto_find_batch_size": "give sft.batch_size",
    "average_tokens_across_devices": "the loss is always the mean over the tokens of the whole step",
    "save_only_model": "a killed job continues from its checkpoint",
    "save_total_limit": "the newest checkpoint is kept",
    "bf16": "give sft.dtype",
    "fp16": "give sft.dtype",
    **dict.fromkeys(["use_liger_kernel", "liger_kernel_config", "ddp_backend", "local_rank"], MACHINE),
    **dict.fromkeys(["deepspeed", "fsdp", "fsdp_config", "accelerator_config", "parallelism_config"], MACHINE),
    "eos_token": "the model's own chat template decides",
    "pad_token": "the model's own tokenizer decides",
    "chat_template_path": "the model's own chat template decides",
}
"""Arguments that the workflow sets itself, and what to use instead."""

REASONS = {
    "hub_token": "a secret never stands in an experiment: set HF_TOKEN, or log in with `hf auth login`",
    **dict.fromkeys(["hub_model_id", "hub_strategy", "hub_private_repo", "hub_always_push", "hub_revision"], PUBLISH),
    **dict.fromkeys(["project", "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id"], TRACKERS),
    "torch_compile_backend": "it names code; torch_compile and torch_compile_mode tune",
    "optim_args": "it is free text for a library: give an optimiser that needs none",
    "optim_target_modules": "it is a pattern for a library: give an optimiser that needs none",
}
"""Why others may not be given, where more is to be said than that they do not tune."""


@cache
def known() -> dict[str, str]:
    """Name to type (``float``, ``int``, ``bool``, ``str`` or ``any``) of every argument."""
    arguments: dict[str, str] = json.loads(FILE.read_text())["arguments"]
    return arguments


def wrong_arguments(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of arguments that TRL does not know, that are ours, or that have the wrong type."""
    places: list[tuple[Keys, dict[str, Any]]] = [(("sft", "args"), entries(raw, "sft", "args"))]
    for section in ("students", "mixtures"):
        for name, entry in entries(raw, section).items():
            places.append(((section, name, "sft", "args"), entries(at(entry, "sft"), "args")))
    taker = Taker("TRL's SFTConfig", "docs/training.md", known(), SFT, OURS, REASONS)
    for keys, arguments in places:
        yield from wrong(keys, arguments, taker)
    yield from unworkable(raw)


def unworkable(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of what arguments need and ``sft`` does not say.

    Of a student and of a mixture, only what is its own; of a mixture, with any of the students.
    """
    common = entries(raw, "sft")
    everywhere = dict(lacking(common))
    yield from ((f"sft.{key}", why) for key, why in everywhere.items())
    students = {name: changed(common, entry) for name, entry in entries(raw, "students").items()}
    for name, settings in students.items():
        yield from ((f"students.{name}.sft.{key}", why) for key, why in lacking(settings) if key not in everywhere)
    for name, mixture in entries(raw, "mixtures").items():
        found: dict[str, str] = {}
        for student, settings in students.items() if entries(mixture, "sft") else ():
            known = dict(lacking(settings))
            for key, why in lacking(changed(settings, mixture)):
                if key not in known:
                    found.setdefault(f"mixtures.{name}.sft.{key}", f"{why} (students.{student})")
        yield from found.items()


def changed(settings: Mapping[str, Any], entry: Any) -> dict[str, Any]:
    """Training settings with what a student or a mixture changes of them."""
    own = entries(entry, "sft")
    return {**settings, **own, "args": {**entries(settings, "args"), **entries(own, "args")}}


def lacking(settings: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of what one student's arguments need, and of what does not go together."""
    arguments = entries(settings, "args")
    yield from unscheduled(arguments)
    if arguments.get("dataloader_num_workers", 0) == 0:
        for name in ("dataloader_persistent_workers", "dataloader_prefetch_factor"):
            if arguments.get(name):
                yield f"args.{name}", "only with dataloader_num_workers above 0: give these, or remove this"
    if arguments.get("packing") is True and settings.get("max_length") is None:
        yield "max_length", "missing: packing needs to know how long a sequence may be"
    if arguments.get("eval_strategy") in ("steps", "epoch") and not settings.get("validation"):
        yield "validation", "missing: eval_strategy needs a share of the rows that is held out"


def unscheduled(arguments: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of what the schedule of the learning rate does not take, or needs."""
    schedule = arguments.get("lr_scheduler_type", "linear")
    given = entries(arguments, "lr_scheduler_kwargs")
    if schedule not in WORDS["lr_scheduler_type"] or not is_tuning("lr_scheduler_kwargs", given):
        return
    key = "args.lr_scheduler_kwargs"
    for name, reason in unfit_parts(given, SCHEDULES.get(schedule, {})):
        yield key, f"the schedule {schedule} {reason} (got {shown(given[name])})"
    needed = NEEDED.get(schedule, ())
    if needed and sum(given.get(name) is not None for name in needed) != 1:
        yield key, f"the schedule {schedule} needs {' or '.join(needed)}{', and not both' if needed[1:] else ''}"

"""The trained model as ordinary files, whatever the devices kept of it."""

import json
import shutil
from pathlib import Path
from typing import Any

from mixdistill.jsonl import write_json


def save(trainer: Any, folder: Path, dtype: str, lora: bool, origin: str | None = None) -> None:
    """Write the model, or the adapter, into a new folder, with the same names however many processes there are.

    An adapter names its base by ``origin``, repository and commit, if it is from the hub: a place in a cache is of
    use on this machine alone, and tells of it.

    All processes call this, since ZeRO-3 gathers the weights from all of them; the first one writes.
    """
    import torch

    model, weights = trainer.model, None
    for config in getattr(model, "peft_config", {}).values():
        if isinstance(config.target_modules, set):  # its order changes from process to process
            config.target_modules = sorted(config.target_modules)
    if trainer.is_deepspeed_enabled and trainer.deepspeed.zero_optimization_partition_weights():
        weights = trainer.deepspeed._zero3_consolidated_16bit_state_dict(exclude_frozen_parameters=lora)
    elif not lora:
        model.to(getattr(torch, dtype))
    if trainer.is_world_process_zero():
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder, state_dict=weights)
        if lora and origin:
            file = folder / "adapter_config.json"
            repository, _, commit = origin.partition("@")
            said = json.loads(file.read_text(encoding="utf-8"))
            write_json(file, {**said, "base_model_name_or_path": repository, "revision": commit})

"""Check ``sft.args`` against TRL's ``SFTConfig`` without importing TRL: its names and types are kept in a file.

``sft_arguments.json`` is written by ``document_config.py`` from the TRL version pinned in ``envs/training.yaml``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mixdistill.config.arguments import wrong
from mixdistill.config.references import Found, Keys, at, entries

FILE = Path(__file__).with_name("sft_arguments.json")

OURS = {
    "output_dir": "checkpoints lie under results/<name>/scratch",
    "seed": "give seeds, or students.<student>.seeds",
    "data_seed": "give seeds, or students.<student>.seeds",
    "max_length": "give sft.max_length",
    "completion_only_loss": "the loss is always on the completion only",
    "assistant_only_loss": "the loss is always on the completion only",
    "use_cpu": "the machine decides",
    "resume_from_checkpoint": "a killed job continues by itself",
    "model_init_kwargs": "give students.<student>.model and engine.dtype",
    "push_to_hub": "publishing is not part of training",
    "trust_remote_code": "no code from the hub is run",
    "dataset_kwargs": "rows are prepared by the mix rule",
    "eos_token": "the model's own chat template decides",
    "chat_template_path": "the model's own chat template decides",
}
"""Arguments that the workflow sets itself, and what to use instead."""


@cache
def known() -> dict[str, str]:
    """Name to type (``float``, ``int``, ``bool``, ``str`` or ``any``) of every argument."""
    arguments: dict[str, str] = json.loads(FILE.read_text())["arguments"]
    return arguments


def wrong_arguments(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of arguments that TRL does not know, that are ours, or that have the wrong type."""
    places: list[tuple[Keys, dict[str, Any]]] = [(("sft", "args"), entries(raw, "sft", "args"))]
    for name, student in entries(raw, "students").items():
        places.append((("students", name, "sft", "args"), entries(at(student, "sft"), "args")))
    for keys, arguments in places:
        yield from wrong(keys, arguments, known(), OURS, "TRL's SFTConfig")

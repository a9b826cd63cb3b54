"""Small training runs of the SFT script, for tests of several levels."""

import csv
from pathlib import Path
from typing import Any

import sft
from mixdistill.jsonl import Row, write, write_json
from mixdistill.weights import located

ROWS = [
    {"id": str(n), "prompt": f"{n}+1", "completion": f"{n}+1={n + 1}, so \\boxed{{{n + 1}}}", "teacher": "t"}
    for n in range(24)
]
ARGS = {"per_device_train_batch_size": 4, "num_train_epochs": 2, "learning_rate": 1e-3, "logging_steps": 1}


def settings(
    folder: Path, base: Path, args: dict[str, Any] = ARGS, rows: list[Row] = ROWS, **more: Any
) -> dict[str, Any]:
    """Arguments of a run in a folder, to which its mixture is written; ``more`` changes some."""
    folder.mkdir(exist_ok=True)
    write(folder / "mixture.jsonl", rows)
    write_json(folder / "proof.json", {"model": located(base, []).fingerprint()})
    return {
        "mixture": folder / "mixture.jsonl",
        "base": base,
        "proof": folder / "proof.json",
        "model": folder / "model",
        "seed": 1,
        "dtype": "float32",
        "max_length": 128,
        "batch_size": None,
        "validation": 0.0,
        "lora": None,
        "args": args,
        "checkpoints": folder / "checkpoints",
        "watched": folder / "watched",
        "gpus": 0,
        "nodes": 1,
        **more,
    }


def trained(
    folder: Path, base: Path, args: dict[str, Any] = ARGS, lora: dict[str, Any] | None = None, **more: Any
) -> Path:
    """Train in a folder; returns the model's."""
    sft.main(**settings(folder, base, args, lora=lora, **more))
    return folder / "model"


def curve_of(model: Path) -> list[dict[str, float]]:
    """The loss curve of a model, without what was not measured."""
    with (model / "loss.csv").open() as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]

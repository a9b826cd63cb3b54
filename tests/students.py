"""Small training runs of the SFT script, for tests of several levels."""

import csv
from pathlib import Path
from typing import Any

import sft
from mixdistill.jsonl import Row, write, write_json
from mixdistill.training import machine
from mixdistill.weights import located

ROWS = [
    {"id": str(n), "prompt": f"{n}+1", "completion": f"{n}+1={n + 1}, so \\boxed{{{n + 1}}}", "teacher": "t"}
    for n in range(24)
]
LONGER = [{**row, "completion": "so " * (int(row["id"]) % 5) + row["completion"]} for row in ROWS]
LORA = {"r": 4, "lora_alpha": 8}
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
        "report": folder / "report.json",
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


def losses_per_token(
    folder: Path, base: Path, monkeypatch: Any, args: dict[str, Any], attention: str, dtype: str = "float32"
) -> dict[str, Any]:
    """Text of a row to the loss of each of its labelled tokens, of a model that does not learn, in TRL's own batches."""
    import torch
    import trl

    found, original = {}, trl.SFTTrainer.compute_loss

    def watching(self, model, inputs, *given, **more):
        with torch.no_grad():
            logits = model(**{name: inputs[name] for name in inputs if name != "labels"}, use_cache=False).logits
        positions = inputs.get(
            "position_ids", torch.arange(logits.shape[1], device=logits.device).expand(logits.shape[:2])
        )
        for ids, labels, scores, position in zip(inputs["input_ids"], inputs["labels"], logits, positions, strict=True):
            starts = (position == 0).nonzero().flatten().tolist()
            for begin, end in zip(starts, [*starts[1:], len(ids)], strict=True):
                wanted = labels[begin + 1 : end]
                loss = torch.nn.functional.cross_entropy(scores[begin : end - 1].float(), wanted, reduction="none")
                found[self.processing_class.decode(ids[begin:end]).replace("<|pad|>", "")] = loss[wanted != -100].cpu()
        return original(self, model, inputs, *given, **more)

    monkeypatch.setattr(trl.SFTTrainer, "compute_loss", watching)
    monkeypatch.setattr(machine, "attention", lambda config, dtype: attention)
    trained(folder, base, {**ARGS, "learning_rate": 0.0, "num_train_epochs": 1, **args}, rows=LONGER, dtype=dtype)
    return {text: losses.numpy() for text, losses in found.items() if len(losses)}

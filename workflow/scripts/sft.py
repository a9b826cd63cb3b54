"""Fine-tune a student on a mixture with TRL; the loss is on the completion only."""

import csv
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill.clock import working
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, dumped, read, write_json
from mixdistill.weights import Weights, located

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def conversation(row: Row, chat: bool) -> Row:
    """A row of a mixture in TRL's prompt-completion form; plain text for a tokenizer without a chat template."""
    if not chat:
        return {"prompt": row["prompt"], "completion": row["completion"]}
    return {
        "prompt": [{"role": "user", "content": row["prompt"]}],
        "completion": [{"role": "assistant", "content": row["completion"]}],
    }


def lengths(rows: list[Row], tokenizer: "PreTrainedTokenizerBase", max_length: int | None) -> dict[str, int]:
    """Rows, tokens, and what the sequence limit does to them.

    Raises:
        UserError: no row keeps a token of its completion.
    """
    counted = {"rows": len(rows), "tokens": 0, "prompt tokens": 0, "cut rows": 0, "rows without completion": 0}
    for row in rows:
        if isinstance(row["prompt"], str):
            prompt = len(tokenizer(row["prompt"])["input_ids"])
            whole = prompt + len(tokenizer(row["completion"])["input_ids"])
        else:
            prompt = len(tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False))
            whole = len(tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=False))
        limit = max_length or whole
        counted["prompt tokens"] += min(prompt, limit)
        counted["tokens"] += min(whole, limit)
        counted["cut rows"] += whole > limit
        counted["rows without completion"] += prompt >= limit
    if counted["rows without completion"] == len(rows):
        raise UserError(f"sft.max_length: {max_length} tokens leave no completion in any of {len(rows)} rows; raise it")
    return counted


def loaded(weights: Weights, dtype: str) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """The model to train and its tokenizer."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(weights.base)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return weights.load_base(dtype), tokenizer


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: the trainer's state is written last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def save_loss(path: Path, history: list[dict[str, float]]) -> None:
    """The loss curve: step, epoch, learning rate, loss and gradient norm at every logged step."""
    names = ["step", "epoch", "learning_rate", "loss", "grad_norm"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(entry for entry in history if "loss" in entry)


def card(weights: Weights, lora: dict[str, Any] | None, counted: dict[str, int], args: dict[str, Any]) -> str:
    """A model card: what was trained, on what, how."""
    how = f"LoRA ({dumped(lora)})" if lora else "all weights"
    origin = weights.origin or weights.base
    return "\n".join(
        [
            "---",
            f"base_model: {origin.partition('@')[0]}",
            "library_name: " + ("peft" if lora else "transformers"),
            "tags: [mixdistill, sft]",
            "---",
            "# A student of mixdistill",
            "",
            f"Fine-tuned from `{origin}`, {how}, with TRL.",
            f"Data: {counted['rows']} rows, {counted['tokens']} tokens, {counted['cut rows']} rows cut.",
            f"Arguments: `{dumped(args)}`. Loss: `loss.csv`. All figures: `training.json`.",
            "",
        ]
    )


def main(
    mixture: Path,
    base: Path,
    model: Path,
    seed: int,
    dtype: str,
    max_length: int | None,
    lora: dict[str, Any] | None,
    args: dict[str, Any],
    checkpoints: Path,
) -> None:
    """Write a model (or, with ``lora``, an adapter) with tokenizer, card, ``loss.csv`` and ``training.json``.

    Checkpoints lie in ``checkpoints``, under a digest of everything that decides the result: a killed job continues
    from its own and never from another's. They are removed when the model is written.
    """
    import torch
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    weights = located(base, [])
    rows = list(read(mixture))
    student, tokenizer = loaded(weights, dtype)
    chats = [conversation(row, chat=tokenizer.chat_template is not None) for row in rows]
    counted = lengths(chats, tokenizer, max_length)
    fingerprint = weights.fingerprint()
    decides = [fingerprint, rows, seed, dtype, max_length, lora, args, code_of("sft.py")]
    scratch = checkpoints / hashlib.sha256(dumped(decides).encode()).hexdigest()[:16]
    on_cpu = not torch.cuda.is_available()
    defaults = {"report_to": "none", "save_total_limit": 1, "logging_steps": 10}
    if on_cpu:
        defaults |= {"bf16": False, "gradient_checkpointing": False, "dataloader_pin_memory": False}
    trainer = SFTTrainer(
        model=student,
        args=SFTConfig(
            output_dir=str(scratch),
            seed=seed,
            data_seed=seed,
            max_length=max_length,
            completion_only_loss=True,
            use_cpu=on_cpu,
            **{**defaults, **args},
        ),
        train_dataset=Dataset.from_list(chats),
        processing_class=tokenizer,
        peft_config=adapter(lora),
    )
    with working("training"):
        result = trainer.train(resume_from_checkpoint=last_checkpoint(scratch))
    partial = model.with_name(model.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for config in getattr(trainer.model, "peft_config", {}).values():
        if isinstance(config.target_modules, set):  # its order changes from process to process
            config.target_modules = sorted(config.target_modules)
    trainer.model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    save_loss(partial / "loss.csv", trainer.state.log_history)
    report = {**counted, "steps": result.global_step, "loss": result.training_loss, "base": fingerprint}
    write_json(partial / "training.json", report)
    (partial / "README.md").write_text(card(weights, lora, counted, args))
    shutil.rmtree(model, ignore_errors=True)
    partial.replace(model)
    shutil.rmtree(checkpoints, ignore_errors=True)
    print(", ".join(f"{name} {value}" for name, value in report.items()))


def adapter(lora: dict[str, Any] | None) -> Any:
    """PEFT's configuration of an adapter, or nothing."""
    if lora is None:
        return None
    from peft import LoraConfig

    return LoraConfig(task_type="CAUSAL_LM", **lora)


if __name__ == "__main__":
    run(main, warm=True)

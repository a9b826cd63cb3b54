"""Fine-tune a student on a mixture with TRL; the loss is on the completion only."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from mixdistill.clock import working
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.jsonl import dumped, read, write_json
from mixdistill.proof import require
from mixdistill.templates import Template
from mixdistill.training import machine
from mixdistill.training.batches import dataset, division, epoch
from mixdistill.training.card import card
from mixdistill.training.checkpoints import keeping, newest
from mixdistill.training.curves import save_picture, save_table
from mixdistill.training.rows import prepared
from mixdistill.weights import located


def main(
    mixture: Path,
    base: Path,
    proof: Path,
    model: Path,
    seed: int,
    dtype: str,
    max_length: int | None,
    batch_size: int | None,
    validation: float,
    lora: dict[str, Any] | None,
    args: dict[str, Any],
    checkpoints: Path,
) -> None:
    """Write a model (or, with ``lora``, an adapter) with tokenizer, card, loss curve and ``training.json``.

    Checkpoints lie in ``checkpoints``, under a digest of everything that decides the result: a killed job continues
    from its own and never from another's. They are removed when the model is written.
    """
    import torch
    from transformers import AutoConfig, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    at_once = args.get("per_device_train_batch_size", 8)
    step = batch_size or at_once * args.get("gradient_accumulation_steps", 1)
    divided = division(step, at_once, 1)
    weights = located(base, [])
    tokenizer = AutoTokenizer.from_pretrained(weights.base)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    rows = list(read(mixture))
    taught = prepared(rows, Template(tokenizer), max_length, validation)
    fingerprint = weights.fingerprint()
    require(proof, fingerprint)
    decides = [fingerprint, rows, seed, dtype, max_length, batch_size, validation, lora, args, code_of("sft.py")]
    scratch = checkpoints / hashlib.sha256(dumped(decides).encode()).hexdigest()[:16]
    attention = machine.attention(AutoConfig.from_pretrained(weights.base), dtype)
    offered = machine.arguments(dtype)
    trainer = SFTTrainer(
        model=weights.load_base(dtype if lora else "float32", attention),
        args=SFTConfig(
            **{
                "report_to": "none",
                "logging_steps": 10,
                "save_strategy": "no",
                "eval_strategy": "epoch" if validation else "no",
                **offered,
                **args,
                "output_dir": str(scratch),
                "seed": seed,
                "data_seed": seed,
                "max_length": None,  # rows are cut already
                "dataset_kwargs": {"skip_prepare_dataset": True},
                "per_device_train_batch_size": divided.rows,
                "gradient_accumulation_steps": divided.passes,
                "per_device_eval_batch_size": 1,  # a mean over rows, whatever the training batches are
            }
        ),
        train_dataset=epoch(taught.training, step, tokenizer.pad_token_id, max_length if args.get("packing") else None),
        eval_dataset=dataset(taught.validation) if validation else None,
        processing_class=tokenizer,
        peft_config=adapter(lora),
        callbacks=[keeping(timed="save_strategy" not in args)],
    )
    with working("training"):
        result = trainer.train(resume_from_checkpoint=newest(scratch))
    partial = model.with_name(model.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for config in getattr(trainer.model, "peft_config", {}).values():
        if isinstance(config.target_modules, set):  # its order changes from process to process
            config.target_modules = sorted(config.target_modules)
    if not lora:
        trainer.model.to(getattr(torch, dtype))
    trainer.model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    save_table(partial / "loss.csv", trainer.state.log_history)
    save_picture(partial / "loss.svg", trainer.state.log_history)
    report = {
        **taught.counts,
        "teachers": taught.teachers,
        "steps": result.global_step,
        "loss": result.training_loss,
        "base": fingerprint,
        "machine": {**offered, "attention": attention},
    }
    write_json(partial / "training.json", report)
    (partial / "README.md").write_text(card(weights, lora, taught.counts, args))
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

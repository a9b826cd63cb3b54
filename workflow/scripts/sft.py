"""Fine-tune a student on a mixture with TRL; the loss is on the completion only."""

import hashlib
import os
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill import launch, stopping, tuning
from mixdistill.clock import working
from mixdistill.digest import SCRIPTS, code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import dumped, write_json
from mixdistill.private import closed
from mixdistill.proof import require
from mixdistill.templates import Template
from mixdistill.training import machine, zero
from mixdistill.training.batches import dataset, division, epoch
from mixdistill.training.card import card
from mixdistill.training.checkpoints import FINAL, hand_over, keeping, newest, on_disk
from mixdistill.training.curves import save_picture, save_table
from mixdistill.training.rows import lengths, prepared
from mixdistill.training.saving import save
from mixdistill.weights import located

SETTINGS = ("seed", "dtype", "max_length", "batch_size", "validation", "lora", "args")
"""Arguments of ``main`` that decide the result, beside data and weights."""


def main(
    mixture: Path,
    base: Path,
    proof: Path,
    model: Path,
    report: Path,
    seed: int,
    dtype: str,
    max_length: int | None,
    batch_size: int | None,
    validation: float,
    lora: dict[str, Any] | None,
    args: dict[str, Any],
    checkpoints: Path,
    watched: Path,
    gpus: int,
    nodes: int,
) -> None:
    """Write a model (or, with ``lora``, an adapter) with tokenizer, card, loss curve and ``training.json``.

    ``report`` is a copy of the last. On several GPUs the script starts itself anew, once per GPU. Checkpoints lie in
    ``checkpoints``, under a digest of everything that decides the result: a killed job continues from its own and never
    from another's. They are removed when the model is written. Trackers that write files write them to ``watched``.
    """
    given = dict(locals())
    tuning.check(args, tuning.SFT, "TRL")
    at_once = args.get("per_device_train_batch_size", 8)
    step = batch_size or at_once * args.get("gradient_accumulation_steps", 1)
    divided = division(step, at_once, max(1, gpus))
    if launch.is_rank():
        launch.end_with_parent()
    elif gpus > 1:
        return launch.launch(SCRIPTS / "sft.py", given, gpus, nodes)

    from trl import SFTConfig, SFTTrainer

    weights = located(base, [])
    weights.check()
    tokenizer = weights.load_tokenizer()
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    rows = list(counting.read(mixture))
    taught = prepared(rows, Template(tokenizer), max_length, validation)
    architecture = weights.configuration()
    longest = max(len(one.input_ids) for one in taught.training)
    ranks = launch.ranks()
    stage = zero.stage(architecture, lora is not None, longest * divided.rows, ranks)
    fingerprint = weights.fingerprint()
    require(proof, fingerprint)
    settings = {name: given[name] for name in SETTINGS}
    decides = [fingerprint, rows, settings, code_of("sft.py"), ranks, stage]
    scratch = closed(checkpoints / hashlib.sha256(dumped(decides).encode()).hexdigest()[:16])
    final = scratch / FINAL
    if final.exists():
        print(f"{final} was trained already, by a job whose end nobody noted; remove it to train again")
        return hand_over(final, model, report) if launch.rank() == 0 else None
    attention = machine.attention(architecture, dtype)
    offered = machine.arguments(dtype, gpus)
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(watched)
    config = configured(
        SFTConfig,
        {
            "logging_steps": 0.01,  # of all steps
            "save_strategy": "no",
            "eval_strategy": "epoch" if validation else "no",
            **offered,
            **args,
            "output_dir": str(scratch),
            "report_to": machine.trackers(),
            "run_name": "-".join(model.parts[-3:]),
            "seed": seed,
            "data_seed": seed,
            "trust_remote_code": False,
            "max_length": None,  # rows are cut already
            "dataset_kwargs": {"skip_prepare_dataset": True},
            "per_device_train_batch_size": divided.rows,
            "gradient_accumulation_steps": divided.passes,
            "per_device_eval_batch_size": 1,  # a mean over rows, whatever the training batches are
            "deepspeed": zero.config(stage) if stage else None,
        },
    )  # before the model is loaded: ZeRO-3 divides it while it is
    if stage:
        zero.connect()
    trainer = SFTTrainer(
        model=weights.load_base(dtype if lora or stage else "float32", attention),
        args=config,
        train_dataset=epoch(taught.training, step, tokenizer.pad_token_id, max_length if args.get("packing") else None),
        eval_dataset=dataset(taught.validation) if validation else None,
        processing_class=tokenizer,
        peft_config=adapter(lora),
    )
    trainer.add_callback(keeping(trainer, timed="save_strategy" not in args))
    with stopping.with_patience():
        with working("training"):
            result = trainer.train(resume_from_checkpoint=newest(scratch))
        if result.global_step < trainer.state.max_steps:
            raise stopping.Stopped
        unfinished = final.with_suffix(".partial")
        save(trainer, unfinished, dtype, lora is not None, weights.origin)
        if not trainer.is_world_process_zero():
            return None
        tokenizer.save_pretrained(unfinished)
        history = trainer.state.log_history
        save_table(unfinished / "loss.csv", history)
        save_picture(unfinished / "loss.svg", history)
        losses = [entry["loss"] for entry in history if "loss" in entry]
        summary = {
            **taught.counts,
            "teachers": taught.teachers,
            "completion lengths": lengths(taught.training),
            "steps": result.global_step,
            "loss": sum(losses) / len(losses) if losses else None,
            "base": fingerprint,
            "machine": {**offered, "attention": attention, "processes": ranks, "zero_stage": stage},
        }
        write_json(unfinished / "training.json", summary)
        (unfinished / "README.md").write_text(card(weights, mixture, settings, summary))
        on_disk(unfinished)
        unfinished.replace(final)
        hand_over(final, model, report)
    print(", ".join(f"{name} {value}" for name, value in summary.items()))


def configured(kind: Any, settings: dict[str, Any]) -> Any:
    """Return TRL's configuration.

    Raises:
        UserError: some settings do not go together, or need what is not there: a package, or another GPU.
    """
    try:
        return kind(**settings)
    except (ImportError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"sft.args: TRL does not take them: {' '.join(str(error).split())[:500]}") from error


def adapter(lora: dict[str, Any] | None) -> Any:
    """PEFT's configuration of an adapter, or nothing."""
    if lora is None:
        return None
    from peft import LoraConfig

    return LoraConfig(task_type="CAUSAL_LM", **lora)


if __name__ == "__main__":
    run(main, warm=True)

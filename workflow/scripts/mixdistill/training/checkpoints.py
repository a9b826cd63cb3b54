"""Checkpoints: a whole one is marked as such, last of all; a killed job continues from the newest whole one."""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mixdistill import stopping
from mixdistill.jsonl import replacing
from mixdistill.private import owner_in, wholly
from mixdistill.terminal import visible

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback

MARKER = "whole"
"""The file that says that every process has written its part."""

UNLOGGED = "unlogged-{}.json"
"""A process's loss of the steps since the last logged one."""

FINAL = "final"
"""The folder of a trained model as it is kept beside the checkpoints until a run has noted that it is there."""

MINUTES = 20
"""Between checkpoints, unless ``sft.args`` says when: at most this much work is lost, and a short job writes none."""


def newest(folder: Path) -> str | None:
    """The newest whole checkpoint, of those that this user has written: DeepSpeed's hold pickles, which are code."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{MARKER}")]
    own = owner_in(folder) if whole else None
    mine = [path for path in whole if own is not None and wholly(path, own)]
    for other in {*whole} - {*mine}:
        print(visible(f"{other}: others have written there, so it is not continued from; remove it, or let them go on"))
    return str(max(mine, key=number)) if mine else None


def hand_over(final: Path, model: Path, report: Path) -> None:
    """Give a trained model its place, as links to the same files, and remove all checkpoints of this training.

    What is to be known of it is copied, for a model may be removed when it has answered.

    The kept folder is for a job that is sent again because its Snakemake was killed before it could note the end.
    """
    partial = model.with_name(model.name + ".partial")
    remove(partial)
    shutil.copytree(final, partial, copy_function=linked)
    remove(model)
    partial.replace(model)
    with replacing(report) as file:
        file.write((model / "training.json").read_text())
    for path in (*final.parent.glob("*"), *final.parent.parent.glob("*")):
        if path not in (final, final.parent):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all in it that is this user's."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def on_disk(folder: Path) -> None:
    """Wait until what this machine has written into a folder survives its death."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError, IsADirectoryError), path.open("rb") as file:  # others still write there
            os.fsync(file.fileno())


def linked(source: str, target: str) -> None:
    """A file under a second name; a copy where the file system has no second names. What lies there is not touched."""
    try:
        os.link(source, target)
    except OSError:
        with open(source, "rb") as there, open(target, "xb") as here:  # noqa: PTH123
            shutil.copyfileobj(there, here)


def number(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.rpartition("-")[2])


def keeping(trainer: "Trainer", timed: bool) -> "TrainerCallback":
    """A callback that marks checkpoints when all processes have written them, and then removes older ones.

    It also keeps what Trainer's own checkpoints lack: the loss of the steps since the last logged one. Without it the
    first loss that a continued training logs is the mean over its own steps only.

    Args:
        trainer: the one that it is added to.
        timed: also ask for one every ``MINUTES``.
    """
    import torch
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    def at(args: TrainingArguments, state: TrainerState) -> Path:
        """The folder of a checkpoint after the step that was done last."""
        return Path(str(args.output_dir), f"checkpoint-{state.global_step}")

    class Keeping(TrainerCallback):
        """Marks, removes and asks."""

        def __init__(self) -> None:
            self.last = time.monotonic()

        def on_train_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            """Continue with the loss that was not logged yet."""
            file = at(args, state) / UNLOGGED.format(args.process_index)
            if file.exists():
                kept = json.loads(file.read_text())
                trainer._tr_loss += kept["loss"]
                trainer._globalstep_last_logged = kept["since"]

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            """Ask for a checkpoint when it is time, and to end after it when that is asked for; all processes alike."""
            if state.global_step >= state.max_steps:
                return
            due = timed and time.monotonic() - self.last > 60 * MINUTES
            wanted = torch.tensor([int(due), int(stopping.asked())], device=args.device)
            if args.world_size > 1:
                torch.distributed.all_reduce(wanted, torch.distributed.ReduceOp.MAX)
            save, stop = map(bool, wanted.tolist())
            control.should_save = control.should_save or save or stop
            control.should_training_stop = control.should_training_stop or stop

        def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
            """Keep the loss, mark the checkpoint, remove older ones."""
            kept = {"loss": trainer._tr_loss.item(), "since": trainer._globalstep_last_logged}
            checkpoint = at(args, state)
            with replacing(checkpoint / UNLOGGED.format(args.process_index)) as file:
                json.dump(kept, file)
            on_disk(checkpoint)
            if args.world_size > 1:
                torch.distributed.barrier()
            self.last = time.monotonic()
            stopping.advance()
            if not state.is_world_process_zero:
                return
            with replacing(checkpoint / MARKER):
                pass
            for path in checkpoint.parent.glob("checkpoint-*"):
                if path != checkpoint:
                    shutil.rmtree(path)

    return Keeping()

"""Checkpoints: a whole one is marked as such, last of all; a killed job continues from the newest whole one."""

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mixdistill import stopping

if TYPE_CHECKING:
    from transformers import TrainerCallback

MARKER = "whole"
"""The file that says that every process has written its part."""

FINAL = "final"
"""The folder of a trained model as it is kept beside the checkpoints until a run has noted that it is there."""

MINUTES = 20
"""Between checkpoints, unless ``sft.args`` says when: at most this much work is lost, and a short job writes none."""


def newest(folder: Path) -> str | None:
    """The newest whole checkpoint."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{MARKER}")]
    return str(max(whole, key=number)) if whole else None


def hand_over(final: Path, model: Path) -> None:
    """Give a trained model its place, as links to the same files, and remove all checkpoints of this training.

    The kept folder is for a job that is sent again because its Snakemake was killed before it could note the end.
    """
    partial = model.with_name(model.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(final, partial, copy_function=linked)
    shutil.rmtree(model, ignore_errors=True)
    partial.replace(model)
    for path in (*final.parent.glob("*"), *final.parent.parent.glob("*")):
        if path not in (final, final.parent):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def linked(source: str, target: str) -> None:
    """A file under a second name; a copy where the file system has no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def number(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.rpartition("-")[2])


def keeping(timed: bool) -> "TrainerCallback":
    """A callback that marks checkpoints when all processes have written them, and then removes older ones.

    Args:
        timed: also ask for one every ``MINUTES``.
    """
    import torch
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Keeping(TrainerCallback):
        """Marks, removes and asks."""

        def __init__(self) -> None:
            self.last = time.monotonic()

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
            """Mark the checkpoint, remove older ones."""
            if args.world_size > 1:
                torch.distributed.barrier()
            self.last = time.monotonic()
            stopping.advance()
            if not state.is_world_process_zero:
                return
            folder = Path(str(args.output_dir))
            (folder / f"checkpoint-{state.global_step}" / MARKER).touch()
            for path in folder.glob("checkpoint-*"):
                if number(path) != state.global_step:
                    shutil.rmtree(path)

    return Keeping()

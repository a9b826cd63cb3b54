"""Checkpoints: a whole one is marked as such, last of all; a killed job continues from the newest whole one."""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import TrainerCallback

MARKER = "whole"
"""The file that says that every process has written its part."""

MINUTES = 20
"""Between checkpoints, unless ``sft.args`` says when: at most this much work is lost, and a short job writes none."""


def newest(folder: Path) -> str | None:
    """The newest whole checkpoint."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{MARKER}")]
    return str(max(whole, key=number)) if whole else None


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
            """Ask for a checkpoint when it is time, for all processes alike."""
            if not timed or state.global_step >= state.max_steps:
                return
            due = torch.tensor(time.monotonic() - self.last > 60 * MINUTES, device=args.device)
            if args.world_size > 1:
                torch.distributed.broadcast(due, 0)
            control.should_save = control.should_save or bool(due)

        def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
            """Mark the checkpoint, remove older ones."""
            if args.world_size > 1:
                torch.distributed.barrier()
            self.last = time.monotonic()
            if not state.is_world_process_zero:
                return
            folder = Path(str(args.output_dir))
            (folder / f"checkpoint-{state.global_step}" / MARKER).touch()
            for path in folder.glob("checkpoint-*"):
                if number(path) != state.global_step:
                    shutil.rmtree(path)

    return Keeping()

"""DeepSpeed: what is divided over the devices of a job, by what fits into them.

ZeRO-2 divides gradients and optimizer states, ZeRO-3 the weights too (the paper's choice, which costs communication);
nothing is ever moved to the CPU. Results are the same up to rounding.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError
from mixdistill.resources import STATE_BYTES, USABLE, WEIGHT_BYTES, activation_bytes

if TYPE_CHECKING:
    from transformers import PretrainedConfig

CHOICE = "MIXDISTILL_ZERO"
"""The environment variable that overrules the choice of a stage: 2 or 3."""

ABANDONED = 600
"""Seconds after which a lock on a build counts as left by a killed job; a build takes one or two minutes."""


def parameters(architecture: "PretrainedConfig") -> int:
    """The size of a model of this architecture."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        return int(AutoModelForCausalLM.from_config(architecture, trust_remote_code=False).num_parameters())


def device_bytes(ranks: int) -> float:
    """Memory of one device; on a CPU, its share of the machine's."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.get_device_properties(0).total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / ranks


def stage(architecture: "PretrainedConfig", lora: bool, tokens: int, ranks: int) -> int:
    """ZeRO's stage for a job: 0 on one device, 2 where the whole weights fit into each device, else 3.

    Args:
        architecture: of the model.
        lora: only an adapter is trained; it is too small to count.
        tokens: in one forward pass.
        ranks: processes, one for each device.

    Raises:
        UserError: the environment asks for a stage that does not exist here.
    """
    chosen = os.environ.get(CHOICE)
    if chosen is not None and chosen not in ("2", "3"):
        raise UserError(f"{CHOICE}={chosen}: must be 2 or 3")
    if ranks == 1:
        return 0
    if chosen:
        return int(chosen)
    size = parameters(architecture)
    states = 0.0 if lora else size * STATE_BYTES / ranks
    needed = size * WEIGHT_BYTES + states + activation_bytes(size, tokens)
    return 2 if needed <= USABLE * device_bytes(ranks) else 3


def config(stage: int) -> dict[str, Any]:
    """DeepSpeed's configuration; ``auto`` is filled in by Trainer from its own arguments.

    The optimizer is Trainer's: DeepSpeed's own are compiled on the spot, which needs a CUDA toolkit.
    """
    zero: dict[str, Any] = {
        "stage": stage,
        "contiguous_gradients": True,
        "overlap_comm": True,
        "reduce_bucket_size": "auto",
    }
    if stage == 3:
        zero |= {
            "stage3_prefetch_bucket_size": "auto",
            "stage3_param_persistence_threshold": "auto",
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    automatic = ("train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
    return {
        "zero_optimization": zero,
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto"},
        "gradient_clipping": "auto",
        **dict.fromkeys(automatic, "auto"),
        "zero_force_ds_cpu_optimizer": False,
    }


def connect() -> None:
    """Let DeepSpeed use the process group that there is; on a CPU, Accelerate does not see to it.

    It may compile a part of itself. PyTorch's lock on such a build has no owner: after a job that was killed while it
    compiled, all others would wait for ever.
    """
    import deepspeed
    from torch.utils.cpp_extension import get_default_build_root

    builds = Path(os.environ.get("TORCH_EXTENSIONS_DIR") or get_default_build_root())
    for lock in builds.glob("**/lock"):
        with suppress(FileNotFoundError):  # another rank was first
            if time.time() - lock.stat().st_mtime > ABANDONED:
                lock.unlink()
    deepspeed.init_distributed()

"""What the machine offers to training: it changes speed and memory, and results by rounding alone."""

import os
from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError

if TYPE_CHECKING:
    from transformers import PretrainedConfig


def trackers() -> list[str]:
    """Who is told of losses while a model trains: names of Transformers' integrations, from ``MIXDISTILL_TRACKERS``.

    They are the environment's, not the experiment's: who watches changes no number, and trains nothing again.

    Raises:
        UserError: there is no such tracker, or it is not installed.
    """
    from transformers.integrations import INTEGRATION_TO_CALLBACK, get_available_reporting_integrations

    asked = [name.strip() for name in os.environ.get("MIXDISTILL_TRACKERS", "").split(",") if name.strip()]
    for name in asked:
        if name not in INTEGRATION_TO_CALLBACK:
            known = ", ".join(INTEGRATION_TO_CALLBACK)
            raise UserError(f"MIXDISTILL_TRACKERS: no such tracker (got {name!r}); there are {known}")
        if name not in get_available_reporting_integrations():
            raise UserError(
                f"MIXDISTILL_TRACKERS: {name} is not installed where models are trained: add its pin to "
                f"envs/training.yaml and run envs/lock.py, or leave it out"
            )
    return asked


def attention(config: "PretrainedConfig", dtype: str) -> str:
    """The fastest implementation of attention that keeps packed rows apart and is right for the model.

    FlashAttention 2 where it is installed and the format allows it, else PyTorch's; both go by position ids. Models
    that cap their attention scores (Gemma 2) need one that does so: PyTorch's leaves the cap out.
    """
    import torch
    from transformers.utils import is_flash_attn_2_available

    if torch.cuda.is_available() and dtype != "float32" and is_flash_attn_2_available():
        return "flash_attention_2"
    return "eager" if getattr(config, "attn_logit_softcapping", None) else "sdpa"


def arguments(dtype: str, gpus: int) -> dict[str, Any]:
    """Arguments of ``SFTConfig`` that follow from the machine and the number format.

    Weights that are trained are kept in float32 and computed with in ``dtype`` (mixed precision).

    Raises:
        UserError: the job was given GPUs, but none is to be seen.
    """
    import torch
    from transformers.utils import is_liger_kernel_available

    gpu = torch.cuda.is_available()
    if gpus and not gpu and os.environ.get("DS_ACCELERATOR") != "cpu":
        raise UserError(
            f"the job was given {gpus} GPUs, but PyTorch {torch.__version__} sees none; for a trial on the CPU set "
            "DS_ACCELERATOR=cpu"
        )
    return {
        "use_cpu": not gpu,
        "bf16": dtype == "bfloat16",
        "fp16": dtype == "float16",
        "gradient_checkpointing": gpu,
        "use_liger_kernel": gpu and is_liger_kernel_available(),
        "dataloader_pin_memory": gpu,
    }

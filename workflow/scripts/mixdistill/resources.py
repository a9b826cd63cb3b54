"""What a job asks of a machine, from the model's size and the stage. Overridden in profiles, never in an experiment."""

from math import ceil, log2
from typing import Literal

Stage = Literal["generate", "endpoint", "sft", "lora"]

ON_CPU = 5e7
"""Models up to this many parameters need no GPU."""

BYTES = {"generate": 2.6, "sft": 18.0, "lora": 3.2}
"""Bytes per parameter: bf16 weights and cache; weights, gradients and AdamW states; frozen weights and an adapter."""

GPU_BYTES = 80e9


def needs(stage: Stage, parameters: float) -> dict[str, int]:
    """GPUs (a power of two, for tensor parallelism), memory in MB and run time in minutes of one job.

    A job that asks an endpoint runs no model: it waits.
    """
    if stage == "endpoint":
        return {"gpu": 0, "mem_mb": 1500, "runtime": 24 * 60}
    size = parameters * BYTES[stage]
    if parameters <= ON_CPU:
        return {"gpu": 0, "mem_mb": 1500, "runtime": 60}
    gpus = 2 ** ceil(log2(max(1.0, size / (0.9 * GPU_BYTES))))
    return {"gpu": gpus, "mem_mb": 16_000 + ceil(parameters * 4 / 1e6), "runtime": 24 * 60}

"""What runs the jobs: GPUs by their data sheets, and one core of a CPU for models that need no GPU."""

from typing import NamedTuple

from mixdistill.costs.bounds import Bounds
from mixdistill.errors import UserError


class Device(NamedTuple):
    """One GPU, or one core."""

    name: str
    flops: float
    """Dense bfloat16 operations per second at peak."""
    bandwidth: float
    """Bytes per second from its memory."""
    memory: float
    """Bytes."""
    link: float
    """Bytes per second to its neighbours, both directions together."""
    source: str


GPUS = {
    "A100": Device("A100", 312e12, 2.039e12, 80e9, 600e9, "NVIDIA A100 data sheet, 80 GB SXM"),
    "H100": Device("H100", 989e12, 3.35e12, 80e9, 900e9, "NVIDIA H100 data sheet, SXM, without sparsity"),
    "H200": Device("H200", 989e12, 4.8e12, 141e9, 900e9, "NVIDIA H200 data sheet, SXM, without sparsity"),
}

CORE = Device("CPU", 3e10, 1e10, 4e9, 1e10, "our choice: one core, float32")


def cpu(cores: int) -> Device:
    """Return so many cores of a CPU: they share its memory, and so its bandwidth."""
    named = CORE.name if cores == 1 else f"{cores} cores"
    return CORE._replace(name=named, flops=cores * CORE.flops, memory=cores * CORE.memory)


class Pace(NamedTuple):
    """What a device needs beside its arithmetic, in seconds."""

    decoding_step: Bounds
    training_step: Bounds
    """One forward and backward pass of a small batch."""
    generation_start: Bounds
    training_start: Bounds
    source: str


GPU_PACE = Pace(
    decoding_step=Bounds(0.003, 0.007, 0.02),
    training_step=Bounds(0.02, 0.1, 0.4),
    generation_start=Bounds(15, 60, 240),
    training_start=Bounds(20, 45, 180),
    source="vLLM: 14 s, 39 s with a cold compile cache (8B), 215 s (70B on 8 GPUs); PR 11005, issues 20264 and 19824. "
    "Steps and training: our choice",
)
CORE_PACE = Pace(
    decoding_step=Bounds(0.0005, 0.0015, 0.005),
    training_step=Bounds(0.01, 0.035, 0.12),
    generation_start=Bounds(0.2, 1.0, 12),
    training_start=Bounds(0.2, 1.5, 15),
    source="the miniature on two cores, warm start or cold (docs/time.md)",
)


def gpu(model: str) -> Device:
    """The GPU of this name.

    Raises:
        UserError: its data sheet is not known here.
    """
    if model not in GPUS:
        raise UserError(f"--set-resources plan:gpu_model={model}: must be one of {', '.join(GPUS)}")
    return GPUS[model]

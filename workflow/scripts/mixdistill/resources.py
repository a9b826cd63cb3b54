"""What a job asks of a machine, from the model's size and the stage. Overridden in profiles, never in an experiment."""

from collections import Counter
from collections.abc import Iterable
from math import ceil, log2
from typing import Literal

from mixdistill.errors import UserError

Stage = Literal["generate", "endpoint", "sft", "lora"]
Needs = dict[str, int]

ON_CPU = 5e7
"""Models up to this many parameters need no GPU."""

WEIGHT_BYTES = 2
"""Per parameter: weights in bfloat16."""

STATE_BYTES = 16
"""Per parameter that is trained, with AdamW in mixed precision: gradient, weight and two moments in float32."""

CPU_BYTES = {"generate": 4.4, "sft": 20, "lora": 4.8}
"""Likewise on a CPU, where weights are in float32."""

BYTES = {"generate": 2.6, "sft": WEIGHT_BYTES + STATE_BYTES, "lora": 2.2}
"""Per parameter: weights and cache; weights and states; frozen weights and an adapter."""

USABLE = 0.9
"""Share of a GPU's memory that is counted on."""

DAY = 24 * 60
"""In minutes."""

NODE_GPUS = 8
"""GPUs of one machine."""

MOST_MEMORY = 256_000
"""MB, for each GPU, to which a job's memory may grow: an eighth of the nodes with eight."""

OUT_OF_MEMORY: Counter[tuple[str, ...]] = Counter()
"""How often jobs with these wildcards have run out of memory in this run of Snakemake."""

TOKENS = 4096
"""In a row, where no limit is set."""


def activation_bytes(parameters: float, tokens: int) -> float:
    """Memory of activations in one forward and backward pass of a decoder, with activation checkpointing.

    Per token and hidden unit, each layer keeps its input (2 bytes in bfloat16), and one layer at a time all that it
    computes (34 bytes, Korthikanti et al., arXiv 2205.05198, without attention scores). Layers and width follow from
    the size, at the usual 128 hidden units per layer and 12 width^2 parameters in each.
    """
    layers: float = (parameters / (12 * 128**2)) ** (1 / 3)
    return tokens * 128 * layers * (2 * layers + 34)


def again(attempt: int, name: str, needed: dict[str, int], job: Iterable[str] = ()) -> int:
    """Return a resource of a job that is tried for the n-th time.

    Time grows up to a day: a job continues where it was, so that a longer one is sent again, and not for longer. Memory
    grows only for a job that ended for lack of it (``ran_out_of_memory``): a job that failed otherwise needs no more,
    and with more it may fit no node.

    Args:
        attempt: from 1.
        name: of the resource.
        needed: resources by name, at the first attempt.
        job: wildcards.
    """
    if name == "runtime":
        return max(needed[name], min(DAY, attempt * needed[name]))
    if name == "mem_mb":
        most = max(needed[name], MOST_MEMORY * max(1, needed["gpu"]))
        return min(most, needed[name] * (1 + OUT_OF_MEMORY[tuple(job)]))
    return needed[name]


def ran_out_of_memory(job: Iterable[str]) -> None:
    """Note that a job with these wildcards ended because its memory did not suffice."""
    OUT_OF_MEMORY[tuple(job)] += 1


def needs(stage: Stage, parameters: float, tokens: int = 0, gpu_bytes: float = 80e9, on_cpu: bool = False) -> Needs:
    """Return what one job needs: GPUs on how many nodes, memory in MB, run time in minutes.

    GPUs are a power of two, for tensor parallelism and even batches; there are none for small models, and none for any
    model ``on_cpu``.

    Args:
        stage: generation here or at an endpoint, or training of all weights or of an adapter.
        parameters: of the model.
        tokens: of training, in one forward pass.
        gpu_bytes: memory of one GPU.
        on_cpu: there is no GPU.

    Raises:
        UserError: one pass of a training does not fit into a GPU, however many there are.
    """
    if stage == "endpoint":  # it waits
        return {"gpu": 0, "nodes": 1, "mem_mb": 1500, "runtime": DAY}
    if parameters <= ON_CPU:
        return {"gpu": 0, "nodes": 1, "mem_mb": 1500, "runtime": 60}
    own = activation_bytes(parameters, tokens)
    if on_cpu:
        return {"gpu": 0, "nodes": 1, "mem_mb": ceil((parameters * CPU_BYTES[stage] + own) / 1e6), "runtime": DAY}
    left = USABLE * gpu_bytes - own
    if left <= 0:
        raise UserError(
            f"one pass of {tokens:,} tokens takes {own / 1e9:.0f} GB beside the model's states, and the GPU has "
            f"{gpu_bytes / 1e9:.0f} GB: lower sft.args.per_device_train_batch_size or sft.max_length, or name a larger "
            "GPU in the profile (gpu_model, gpu_gb)"
        )
    gpus = 2 ** max(0, ceil(log2(parameters * BYTES[stage] / left)))
    nodes = ceil(gpus / NODE_GPUS)
    return {"gpu": gpus, "nodes": nodes, "mem_mb": 16_000 + ceil(parameters * 4 / 1e6), "runtime": DAY}

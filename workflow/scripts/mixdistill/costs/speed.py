"""How long a piece of work takes on a device: a roofline of arithmetic and memory, with what comes on top.

A step of decoding reads the weights once and the cache of every sequence in flight, or is bound by its arithmetic of 2
operations per parameter and token. Training takes 6 per parameter and token (4 where only an adapter is trained), and
2 more where activations are computed again.
"""

from math import ceil
from typing import NamedTuple

from mixdistill.costs import priors
from mixdistill.costs.bounds import NOTHING, Bounds, across, exactly
from mixdistill.costs.devices import CORE_PACE, GPU_PACE, Device

IN_FLIGHT = 256
"""Sequences that vLLM decodes together at most (``max_num_seqs``), if the cache has room for them."""


class Decoding(NamedTuple):
    """Completions to be made by one model."""

    parameters: float
    width: int
    """Bytes per parameter."""
    requests: Bounds
    prompt: Bounds
    """Tokens per request."""
    completion: Bounds
    """Tokens per request."""
    longest: float
    """Tokens a completion may have."""
    batch: int | None = None
    """Requests decoded together until the last of them ends; None for an engine that fills places as they fall free."""

    def settled(self) -> "Decoding":
        """The same work as if its likely amounts were known."""
        likely = exactly(self.requests.likely), exactly(self.prompt.likely), exactly(self.completion.likely)
        return self._replace(requests=likely[0], prompt=likely[1], completion=likely[2])


class Training(NamedTuple):
    """Rows to be taught to one model."""

    parameters: float
    width: int
    tokens: Bounds
    """Of prompts and completions, in all epochs."""
    rows: Bounds
    """In all epochs."""
    batch: int
    """Rows of an optimiser's step, over all devices."""
    micro_batch: int
    """Rows that one device computes at once."""
    packed: bool = False
    adapter: bool = False
    recomputed: bool = True
    """Activations are computed again on the way back."""

    def settled(self) -> "Training":
        """The same work as if its likely amounts were known."""
        return self._replace(tokens=exactly(self.tokens.likely), rows=exactly(self.rows.likely))


class Waiting(NamedTuple):
    """Completions to be made by somebody else's server."""

    requests: Bounds
    prompt: Bounds
    """Tokens per request."""
    completion: Bounds
    """Tokens per request."""
    together: int
    """Requests under way at a time."""

    def settled(self) -> "Waiting":
        """The same work as if its likely amounts were known."""
        return self._replace(requests=exactly(self.requests.likely), completion=exactly(self.completion.likely))


class Transfer(NamedTuple):
    """Bytes to be fetched from the hub."""

    size: float


class Plain(NamedTuple):
    """Work without a language model."""

    kind: priors.Plain
    rows: Bounds


Work = Decoding | Training | Waiting | Transfer | Plain


def seconds(work: Work, device: Device, gpus: int) -> Bounds:
    """Wall time of a job from its start to its end.

    Args:
        work: what is done.
        device: one of the devices that it runs on.
        gpus: how many of them; 0 for a job on one core.
    """
    pace = GPU_PACE if gpus else CORE_PACE
    match work:
        case Decoding():
            loading = priors.LOADING.value * (work.parameters * work.width / 1e9)
            return pace.generation_start + loading + decoding(work, device, max(gpus, 1), pace.decoding_step)
        case Training():
            moved = work.parameters * work.width * (1 if work.adapter else 2)
            loading = priors.LOADING.value * (moved / 1e9)
            return pace.training_start + loading + training(work, device, max(gpus, 1), pace.training_step)
        case Waiting():
            return priors.OTHER.once + work.requests * work.completion * priors.SERVED.value * (1 / work.together)
        case Transfer():
            return priors.FETCHING.value * (work.size / 1e9) + priors.OTHER.once
        case Plain():
            return work.kind.once + work.kind.per_row * work.rows


def decoding(work: Decoding, device: Device, count: int, overhead: Bounds) -> Bounds:
    """Seconds of prompts and completions alone."""
    if not work.requests.likely:
        return NOTHING
    weights = work.parameters * work.width
    bandwidth, flops = count * device.bandwidth, count * device.flops
    room = max(0.9 * count * device.memory - weights, 0.02 * count * device.memory)

    def step(requests: float, context: float, cache: float, waste: float, added: float) -> tuple[float, float]:
        """Seconds of a step, and how many sequences it carries on."""
        per_sequence = cache * (work.parameters / 1e9) ** 0.6 * context
        together = max(1.0, min(requests, work.batch or IN_FLIGHT, room / per_sequence))
        reading = (weights + together * per_sequence) / bandwidth
        return waste * max(reading, 2 * work.parameters * together / flops) + added, together

    def taken(
        requests: float, prompt: float, completion: float, spread: float, cache: float, waste: float, added: float
    ) -> float:
        one, together = step(requests, prompt + completion / 2, cache, waste, added)
        prefill = waste * 2 * work.parameters * requests * prompt / flops
        last = min(work.longest, spread * completion)
        steps = ceil(requests / together) * last if work.batch else requests * completion / together + last
        return prefill + steps * one

    return across(
        taken,
        work.requests,
        work.prompt,
        work.completion.at_most(work.longest),
        priors.SPREAD_OF_LENGTHS.value,
        priors.CACHE.value,
        priors.DECODING.value,
        overhead,
    )


def training(work: Training, device: Device, count: int, overhead: Bounds) -> Bounds:
    """Seconds of all optimiser's steps: arithmetic, the optimiser's own traffic, gathering of shards, launches."""
    operations = (4 if work.adapter else 6) + (2 if work.recomputed else 0)
    states = work.parameters * (3 if work.adapter else 32) / (count * device.bandwidth)
    gathered = 3 * work.parameters * work.width / (device.link / 2) if count > 1 else 0.0
    padded = exactly(1) if work.packed or work.micro_batch == 1 else priors.PADDED.value

    def taken(tokens: float, rows: float, padding: float, waste: float, added: float) -> float:
        arithmetic = waste * operations * work.parameters * tokens * padding / (count * device.flops)
        passes = max(1, ceil(work.batch / (count * work.micro_batch)))
        return arithmetic + rows / work.batch * (passes * (added + gathered) + waste * states)

    return across(taken, work.tokens, work.rows, padded, priors.TRAINING.value, overhead)

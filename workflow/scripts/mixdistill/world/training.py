"""Training miniature models: batches by length, Muon on the inner matrices, AdamW on the rest."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from mixdistill.world.corpus import Example

POOL = 1000


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn."""

    steps: int
    tokens_per_step: int
    matrix_learning_rate: float
    learning_rate: float
    warmup: float = 0.05
    floor: float = 0.05

    def scale(self, step: int) -> float:
        """The factor on both learning rates: a linear rise, then half a cosine."""
        rise = min(1.0, (step + 1) / (self.warmup * self.steps + 1e-9))
        cosine = (1 + math.cos(math.pi * step / self.steps)) / 2
        return rise * (self.floor + (1 - self.floor) * cosine)


def batches(draw: Callable[[Random], Example], tokens: int, rng: Random) -> Iterator[list[Example]]:
    """Yield batches of examples of like length, padded size at most ``tokens``, without end."""
    while True:
        pool = sorted((draw(rng) for _ in range(POOL)), key=lambda example: len(example.tokens))
        made: list[list[Example]] = [[]]
        for example in pool:
            if made[-1] and (len(made[-1]) + 1) * len(example.tokens) > tokens:
                made.append([])
            made[-1].append(example)
        rng.shuffle(made)
        yield from made


def tensors(examples: list[Example]) -> tuple[Any, Any]:
    """Pad a batch on the right; padding has weight 0 and is masked by causality alone."""
    import torch

    longest = max(len(example.tokens) for example in examples)
    tokens = [example.tokens + [0] * (longest - len(example.tokens)) for example in examples]
    weights = [example.weights + [0.0] * (longest - len(example.weights)) for example in examples]
    return torch.tensor(tokens), torch.tensor(weights)


def train(model: Any, draw: Callable[[Random], Example], plan: Plan, rng: Random) -> list[float]:
    """Minimise the weighted next-token loss and return its course."""
    import torch
    from tqdm import trange

    optimizers = made_optimizers(model, plan)
    rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    losses = []
    model.train()
    stream = batches(draw, plan.tokens_per_step, rng)
    for step in trange(plan.steps, desc="pretraining", mininterval=1):
        for optimizer, peaks in zip(optimizers, rates, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * plan.scale(step)
        loss = weighted_loss(model, *tensors(next(stream)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def weighted_loss(model: Any, tokens: Any, weights: Any) -> Any:
    """The mean cross-entropy of the next token, each counted by its weight."""
    from torch.nn.functional import cross_entropy

    logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
    losses = cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")
    counted = weights[:, 1:].flatten()
    return (losses * counted).sum() / counted.sum()


def made_optimizers(model: Any, plan: Plan) -> list[Any]:
    """Give the inner matrices to Muon, and embeddings, norms and biases to AdamW."""
    import torch

    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    outer = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        muon(inner, plan.matrix_learning_rate),
        torch.optim.AdamW(outer, plan.learning_rate, betas=(0.9, 0.97), weight_decay=0.0, foreach=True),
    ]


def muon(matrices: list[Any], rate: float) -> Any:
    """Build Muon (Jordan et al. 2024) in float32, matrices of one shape orthogonalised together."""
    import torch

    class Muon(torch.optim.Optimizer):
        @torch.no_grad()
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                momenta = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in group["params"]]
                gradients = [p.grad for p in group["params"]]
                torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
                updates = torch._foreach_lerp(gradients, momenta, group["momentum"])
                shapes: dict[Any, list[int]] = {}
                for index, update in enumerate(updates):
                    shapes.setdefault(update.shape, []).append(index)
                for (rows, columns), indices in shapes.items():
                    turned = orthogonal(torch.stack([updates[index] for index in indices]))
                    factor = group["lr"] * max(1.0, rows / columns) ** 0.5
                    for index, update in zip(indices, turned, strict=True):
                        group["params"][index].sub_(update, alpha=factor)

    def orthogonal(stack: Any) -> Any:
        tall = stack.size(-2) > stack.size(-1)
        x = stack.mT if tall else stack
        x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
        for _ in range(5):
            gram = x @ x.mT
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        return x.mT if tall else x

    return Muon(matrices, {"lr": rate, "momentum": 0.95})

"""Ranks of the tokens of a text under a language model, in memory that does not grow with the logits of the text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

CHUNK = 256
"""Positions whose logits are held at once: 256 of a vocabulary of 152,000 are 156 MB in float32."""


def ranks(model: Any, prompt: list[int], completion: list[int]) -> list[int]:
    """How many tokens the model holds more likely than each token of a completion, given all before it.

    0 is what it would have written itself. The text is read in chunks behind a cache of keys and values, which is all
    that grows with its length.
    """
    import torch
    from transformers import DynamicCache

    device = next(model.parameters()).device
    ids = torch.tensor([*prompt, *completion], device=device)
    cache, found = DynamicCache(config=model.config), list[torch.Tensor]()
    first = len(prompt) - 1  # the position that predicts the first token
    with torch.inference_mode():
        for start in range(0, len(ids) - 1, CHUNK):
            end = min(start + CHUNK, len(ids) - 1)
            wanted = max(end - max(start, first), 1)
            logits = model(
                input_ids=ids[None, start:end], past_key_values=cache, use_cache=True, logits_to_keep=wanted
            ).logits[0]
            if end > first:
                found.append(above(logits, ids[end - wanted + 1 : end + 1]))
    return torch.cat(found).tolist() if found else []


@contextmanager
def logits_in_float32(model: Any) -> Iterator[None]:
    """Let a model's head compute in float32: in bfloat16, with 8 bits, many tokens tie with the most likely one."""
    head = model.get_output_embeddings()
    weight = head.weight.detach().float()
    bias = None if getattr(head, "bias", None) is None else head.bias.detach().float()

    def again(module: Any, given: Any, output: Any) -> "torch.Tensor":
        """Return what the head makes of the hidden states."""
        from torch.nn.functional import linear

        return linear(given[0].float().to(weight.device), weight, bias)

    hook = head.register_forward_hook(again)
    try:
        yield
    finally:
        hook.remove()


def above(logits: "torch.Tensor", tokens: "torch.Tensor") -> "torch.Tensor":
    """How many logits are larger than a token's own; logits: (positions, vocabulary), tokens: (positions,)."""
    own = logits.gather(-1, tokens[:, None].to(logits.device))
    return (logits > own).sum(-1)


def by_token(texts: Iterable[tuple[list[int], list[int]]]) -> Iterator[dict[str, Any]]:
    """Yield what is said of each token, those first whose ranks are the highest.

    Args:
        texts: token ids and their ranks, of each text.
    """
    found: dict[int, list[int]] = defaultdict(list)
    for ids, its_ranks in texts:
        for token, rank in zip(ids, its_ranks, strict=True):
            found[token].append(rank)
    for token, values in sorted(found.items(), key=lambda one: (-fmean(one[1]), one[0])):
        shifted = sum(value > 0 for value in values) / len(values)
        yield {"id": token, "count": len(values), "mean": fmean(values), "median": median(values), "shifted": shifted}

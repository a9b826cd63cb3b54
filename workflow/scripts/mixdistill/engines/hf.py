"""The transformers engine: batched, left-padded, KV-cached decoding on CPU or one GPU, seeded per request.

A loop of our own rather than ``model.generate``, for two reasons: ``generate`` draws from one random stream for the
whole batch, so that a completion would depend on its neighbours; and it keeps finished rows until the last one ends.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mixdistill.engines import Completion, Request, Unit
from mixdistill.engines.chat import Chat
from mixdistill.weights import Weights

if TYPE_CHECKING:
    import torch

DENSE = 0.85
"""The batch is compacted when less than this share of its rows is still being written."""


class TransformersEngine:
    """A causal language model with its tokenizer."""

    def __init__(self, weights: Weights, dtype: str) -> None:
        """Load the model with its tokenizer."""
        import torch

        self.chat = Chat(weights)
        self.model = weights.load(dtype)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device).eval()
        padding = self.chat.tokenizer.pad_token_id
        self.padding = padding if padding is not None else self.chat.template.end

    def complete(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Completion]]]:
        """Complete one batch after the other; a unit is a batch."""
        for unit in units:
            yield unit, self.batch(unit.requests, unit.sampling)

    def batch(self, requests: list[Request], sampling: dict[str, Any]) -> list[Completion]:
        """Complete a batch, in order."""
        import torch

        chat, stops = self.chat, sampling["stop"]
        with torch.inference_mode():
            prompts = chat.encoded([request.prompt for request in requests])
            limits = [chat.limit(prompt, sampling["max_tokens"]) for prompt in prompts]
            written = self.decoded(prompts, limits, [request.seed for request in requests], sampling)
        return [chat.completion(ids, limit, stops) for ids, limit in zip(written, limits, strict=True)]

    def decoded(
        self, prompts: list[list[int]], limits: list[int], seeds: list[int], sampling: dict[str, Any]
    ) -> list[list[int]]:
        """Token ids written for each prompt, up to its end token, stop string or limit."""
        import torch
        from transformers import DynamicCache

        width = max(map(len, prompts))
        ids = torch.tensor([[self.padding] * (width - len(p)) + p for p in prompts], device=self.device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=self.device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = DynamicCache(config=self.model.config)
        noise = self.noise(seeds, max(limits)) if sampling["temperature"] else None
        rows = list(range(len(prompts)))
        written: list[list[int]] = [[] for _ in prompts]
        open_rows = set(rows)
        for step in range(max(limits)):
            logits = self.model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
            chosen = logits.argmax(-1) if noise is None else drawn(logits, noise[rows, step].to(self.device), sampling)
            for row, token in zip(rows, chosen.tolist(), strict=True):
                if row in open_rows:
                    written[row].append(token)
                    if self.over(written[row], limits[row], sampling["stop"]):
                        open_rows.discard(row)
            if not open_rows:
                break
            if len(open_rows) < DENSE * len(rows):
                kept = torch.tensor([i for i, row in enumerate(rows) if row in open_rows], device=self.device)
                rows = [row for row in rows if row in open_rows]
                cache.batch_select_indices(kept)
                chosen, mask, positions = chosen[kept], mask[kept], positions[kept]
            ids = chosen[:, None]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            positions = positions[:, -1:] + 1
        return written

    def over(self, ids: list[int], limit: int, stops: list[str]) -> bool:
        """Tell whether a completion is at its end token, limit or stop string."""
        return ids[-1] in self.chat.ends or len(ids) >= limit or self.chat.stopped(ids, stops)

    def noise(self, seeds: list[int], steps: int) -> "torch.Tensor":
        """Uniform numbers, (rows, steps): each row from its own seed, so that a row never depends on its neighbours."""
        import torch

        return torch.stack([torch.rand(steps, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def drawn(logits: "torch.Tensor", noise: "torch.Tensor", sampling: dict[str, Any]) -> "torch.Tensor":
    """Draw one token per row by inverse transform sampling within the nucleus.

    Args:
        logits: (rows, vocabulary).
        noise: (rows,), uniform on [0, 1).
        sampling: temperature and top_p.
    """
    scaled = (logits.float() / sampling["temperature"]).softmax(-1)
    probabilities, tokens = scaled.sort(dim=-1, descending=True, stable=True)
    cumulated = probabilities.cumsum(-1)
    nucleus = (cumulated - probabilities) < sampling["top_p"]
    mass = (probabilities * nucleus).sum(-1, keepdim=True)
    index = (cumulated <= noise[:, None] * mass).sum(-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    return tokens.gather(-1, index)[:, 0]

"""The card of a trained model: data, parents, settings."""

from typing import Any

from mixdistill.jsonl import dumped
from mixdistill.weights import Weights


def card(weights: Weights, lora: dict[str, Any] | None, counted: dict[str, int], args: dict[str, Any]) -> str:
    """A model card: what was trained, on what, how."""
    how = f"LoRA ({dumped(lora)})" if lora else "all weights"
    origin = weights.origin or weights.base
    return "\n".join(
        [
            "---",
            f"base_model: {origin.partition('@')[0]}",
            "library_name: " + ("peft" if lora else "transformers"),
            "tags: [mixdistill, sft]",
            "---",
            "# A student of mixdistill",
            "",
            f"Fine-tuned from `{origin}`, {how}, with TRL.",
            f"Data: {counted['rows']} rows, {counted['tokens']} tokens, {counted['cut rows']} rows cut.",
            f"Arguments: `{dumped(args)}`. Loss: `loss.csv`. All figures: `training.json`.",
            "",
        ]
    )

"""The schema of training: how students are fine-tuned."""

from typing import Any

from pydantic import Field

from mixdistill.config.base import Strict


class Lora(Strict):
    """Low-rank adaptation by PEFT, with PEFT's own names (``LoraConfig``)."""

    r: int = Field(ge=1)
    """Rank."""
    lora_alpha: int = Field(ge=1)
    """Scale; the update is multiplied by alpha / r."""
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter."""


class Sft(Strict):
    """Supervised fine-tuning by TRL; the loss is on the completion only."""

    max_length: int | None = Field(None, ge=8)
    """Tokens of prompt and completion; longer rows are cut at the end and counted."""
    lora: Lora | None = None
    """Train an adapter instead of all weights."""
    args: dict[str, Any] = {}
    """Arguments of TRL's ``SFTConfig`` under their own names, passed on verbatim."""


class SftChange(Sft):
    """What one student or one mixture changes of ``sft``: ``args`` are merged key by key, the rest replaces."""

    def changes(self) -> dict[str, Any]:
        """The settings that are given, and no others."""
        return self.model_dump(include=self.model_fields_set)

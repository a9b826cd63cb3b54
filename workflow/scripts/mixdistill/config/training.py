"""The schema of training: how students are fine-tuned."""

import re
from typing import Any, Literal

from pydantic import Field, field_validator

from mixdistill.config.base import Strict

MODULE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
"""The name of a module of a model, or the end of it."""


class Lora(Strict):
    """Low-rank adaptation by PEFT, with PEFT's own names (``LoraConfig``)."""

    r: int = Field(ge=1)
    """Rank."""
    lora_alpha: int = Field(ge=1)
    """Scale; the update is multiplied by alpha / r."""
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter: ``all-linear``, or a list of names, as in ``[q_proj, v_proj]``."""

    @field_validator("target_modules")
    @classmethod
    def names(cls, given: str | list[str]) -> str | list[str]:
        """Names of modules, which end theirs in a model: PEFT takes other text for a regular expression."""
        named = isinstance(given, list) and 0 < len(given) <= 100 and all(map(MODULE.fullmatch, given))
        if given != "all-linear" and not named:
            raise ValueError("give all-linear or a list of modules' names, as in [q_proj, v_proj]; no pattern is taken")
        return given


class Sft(Strict):
    """Supervised fine-tuning by TRL; the loss is on the completion only."""

    max_length: int | None = Field(None, ge=8)
    """Tokens of prompt and completion; longer rows are cut at the end and counted."""
    batch_size: int | None = Field(None, ge=1)
    """Rows per optimiser step over all devices; packed sequences with ``args.packing``. By default
    ``per_device_train_batch_size`` times ``gradient_accumulation_steps`` of ``args``, as one device would have it."""
    validation: float = Field(0.0, ge=0, le=0.5)
    """Share of the rows that are held out and only evaluated, by the problem's id: the same for all arms of a
    comparison. Evaluated at each epoch's end, unless ``args.eval_strategy`` says when."""
    dtype: Literal["float32", "bfloat16", "float16"] | None = None
    """Number format to compute in, by default ``engine.dtype``. Weights that are trained are kept in float32, and
    saved in this format."""
    lora: Lora | None = None
    """Train an adapter instead of all weights."""
    args: dict[str, Any] = {}
    """Arguments of TRL's ``SFTConfig`` under their own names, of those that docs/training.md lists, passed on verbatim;
    but of ``per_device_train_batch_size`` a device may use less, where ``batch_size`` is divided over several."""


class SftChange(Sft):
    """What one student or one mixture changes of ``sft``: ``args`` are merged key by key, the rest replaces."""

    def changes(self) -> dict[str, Any]:
        """The settings that are given, and no others."""
        return self.model_dump(include=self.model_fields_set)


class Publish(Strict):
    """Trained students on the Hugging Face hub, on request only: ``snakemake push``. The token is the environment's."""

    owner: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")
    """User or organisation; a model becomes ``<owner>/<experiment>-<student>-<mixture>-<seed>``."""
    private: bool = True
    """Whether only the owner sees them."""

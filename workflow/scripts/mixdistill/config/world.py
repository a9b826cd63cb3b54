"""The schema of the miniature world: models and problem sets that are made on the spot."""

from typing import Any, Literal

from pydantic import Field, model_validator

from mixdistill.config.base import Name, Seed, Strict

TYPES = ("qwen2", "llama")


class Corpus(Strict):
    """What a model of the world reads: relative weights."""

    kinds: dict[Name, float] = Field(min_length=1)
    """Kinds of text, from sums to whole questions with their solutions."""
    levels: dict[Name, float] = Field(min_length=1)
    """Levels of the problems in them."""
    styles: dict[Name, float] = Field(min_length=1)
    """Styles of the solutions."""


class WorldTraining(Strict):
    """How long a model of the world reads, and how fast it learns."""

    steps: int = Field(ge=1)
    """Optimizer steps."""
    tokens_per_step: int = Field(1000, ge=1)
    """Tokens in a step, about."""
    matrix_learning_rate: float = Field(gt=0)
    """Of Muon, for matrices."""
    learning_rate: float = Field(gt=0)
    """Of AdamW, for everything else."""


class WorldModel(Strict):
    """A tiny model trained from nothing, or on from another one."""

    parent: Name | None = None
    """The world's model it continues from."""
    architecture: dict[str, Any] | None = None
    """``type`` (qwen2 or llama) and sizes under Hugging Face's names (``hidden_size``, ``num_hidden_layers``,
    ``num_attention_heads``, ``num_key_value_heads``, ``intermediate_size``, ...); not with ``parent``."""
    corpus: Name
    """An entry of ``world.corpora``."""
    training: WorldTraining
    """How it is trained."""
    seed: Seed = 0
    """Of the weights and of the text."""

    @model_validator(mode="after")
    def new_or_continued(self) -> "WorldModel":
        """Exactly one of parent and architecture."""
        if (self.parent is None) == (self.architecture is None):
            raise ValueError("give either architecture (a new model) or parent (the model it continues from)")
        return self


class WorldProblems(Strict):
    """A generated problem set of the miniature world."""

    levels: list[Name] = Field(min_length=1)
    """Levels of difficulty, taking turns."""
    split: Literal["train", "dev", "test"]
    """Which part of all possible problems: the parts are disjoint by construction, also from what models read."""
    rows: int = Field(ge=1)
    """Number of problems."""
    seed: Seed = 0
    """Of the draw."""


class World(Strict):
    """The miniature world: models and problems made on the spot, so that nothing must be downloaded."""

    corpora: dict[Name, Corpus] = {}
    """What models read."""
    models: dict[Name, WorldModel] = {}
    """Tiny models."""
    problems: dict[Name, WorldProblems] = {}
    """Generated problem sets."""

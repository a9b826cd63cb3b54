"""The schema of the miniature world: models and problem sets that are made on the spot."""

from typing import Any, Literal

from pydantic import Field, model_validator

from mixdistill.config.base import Name, Seed, Strict


class WorldModel(Strict):
    """A tiny model trained from nothing, or from another one, in the miniature world."""

    parent: Name | None = None
    """The world's model it continues from."""
    architecture: dict[str, Any] | None = None
    """``type`` (qwen2 or llama) and Hugging Face's names for the sizes; not with ``parent``."""
    training: dict[str, Any]
    """What it is trained on, and how long."""
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
    """Kinds of problem, drawn evenly."""
    split: Literal["train", "dev", "test"]
    """Which part of all possible problems: the parts are disjoint by construction."""
    rows: int = Field(ge=1)
    """Number of problems."""
    seed: Seed = 0
    """Of the draw."""


class World(Strict):
    """The miniature world: models and problems made on the spot, so that nothing must be downloaded."""

    models: dict[Name, WorldModel] = {}
    """Tiny models."""
    problems: dict[Name, WorldProblems] = {}
    """Generated problem sets."""

"""The schema of engines: what runs language models."""

from typing import Literal

from pydantic import Field

from mixdistill.config.base import Strict


class Engine(Strict):
    """What runs language models."""

    name: Literal["transformers"] = "transformers"
    """The engine of every stage that generates text."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Number format of the weights."""
    batch_size: int = Field(64, ge=1, le=4096)
    """Requests decoded together. Part of the result: another batch may round differently."""

"""The schema of engines: what runs language models."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from mixdistill.config.base import Strict
from mixdistill.permissions import divided

BATCH = 64
"""Requests that the transformers engine decodes together where the experiment does not say."""


class Engine(Strict):
    """What runs language models; docs/engines.md says which one when."""

    name: Literal["transformers", "vllm"] = "transformers"
    """``transformers`` is for small models on CPU, ``vllm`` for everything else."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Number format of the weights."""
    batch_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Requests decoded together, in batches of fixed composition: part of the result, since another batch may round
    differently. By default 64 for ``transformers``; ``vllm`` then takes each request up as soon as there is room, which
    is faster, and records it by itself: a job that was killed and continued may round differently, on GPUs."""
    lora: Literal["adapter", "merged"] | None = None
    """How ``vllm`` uses a student that is an adapter: as it is, on its base (the default), or merged into it, which
    decodes faster and takes room on disk while it is loaded. ``transformers`` always merges."""
    args: dict[str, Any] = {}
    """Arguments of vLLM's ``EngineArgs`` under their own names, of those that docs/engines.md lists."""


class OwnEngine(Engine):
    """What one model changes of ``engine``: ``args`` are merged key by key, the rest replaces."""


def plain_address(url: str) -> str:
    """A url names a server in the one way that everybody reads alike."""
    divided(url)
    return url


class Endpoint(Strict):
    """A model behind an OpenAI-compatible server (``/chat/completions``), instead of one that is run here.

    The user's environment says which servers may be asked, and with which key (docs/engines.md)."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$"), AfterValidator(plain_address)]
    """The server's address up to the version, as in ``https://api.example.com/v1``."""
    model: str = Field(min_length=1)
    """The model's name there. With ``url`` it stands for the weights: what is served under it should not change."""
    key: str | None = Field(None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """The environment variable that holds the key; never the key itself. ``MIXDISTILL_SERVERS`` must pair
    it with this server."""
    concurrency: int = Field(8, ge=1, le=1024)
    """Requests under way at a time in one job, its resource ``requests``: a profile may change it, and
    ``--resources requests=16`` bounds all jobs together."""
    args: dict[str, Any] = {}
    """More of the request's body, as the server wants it."""

    def settings(self) -> dict[str, Any]:
        """What a job must know."""
        return {"name": "endpoint", "batch_size": None, **self.model_dump(exclude={"concurrency"})}


def in_force(common: Engine, own: Engine) -> dict[str, Any]:
    """The engine of one model: ``common`` with what ``own`` changes, and defaults that depend on the engine."""
    made = {**common.model_dump(), **own.model_dump(include=own.model_fields_set)}
    if made["name"] == "transformers":
        return {**made, "batch_size": made["batch_size"] or BATCH, "lora": "merged", "args": {}}
    return {**made, "lora": made["lora"] or "adapter", "args": {**common.args, **own.args}}

"""A model's weights: where they lie, and what identifies them."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import hub
from mixdistill.errors import UserError

IDENTIFYING = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model")
"""Files that decide what a model writes."""


class Weights(NamedTuple):
    """A model, whole or as an adapter on a base."""

    base: str
    """Folder of the whole model."""
    origin: str | None = None
    """Repository and commit, for a model that was fetched from the hub."""
    adapter: str | None = None
    """Folder of a PEFT adapter."""

    def fingerprint(self) -> str:
        """Identity of the model: a digest of its files, or repository and commit."""
        parts = [self.origin or digest(Path(self.base))]
        if self.adapter:
            parts.append(digest(Path(self.adapter)))
        return "+".join(parts)

    def load_base(self, dtype: str, attention: str | None = None) -> Any:
        """The base model: safetensors only, no code from the hub; ``attention`` names its implementation."""
        import torch
        from transformers import AutoModelForCausalLM

        load: Any = AutoModelForCausalLM.from_pretrained
        return load(self.base, dtype=getattr(torch, dtype), use_safetensors=True, attn_implementation=attention)

    def load(self, dtype: str) -> Any:
        """The whole model: an adapter is merged into its base."""
        model = self.load_base(dtype)
        if self.adapter is None:
            return model
        from peft import PeftModel

        return PeftModel.from_pretrained(model, self.adapter).merge_and_unload()


def located(base: Path, trained: list[Path]) -> Weights:
    """The weights of a job: a trained model or adapter if there is one, else the base.

    Args:
        base: the base model's folder, or the manifest of one that was fetched.
        trained: the trained model's folder, as a list; empty for the base itself.

    Raises:
        UserError: a folder is not a Hugging Face model, or a fetched one has been removed from the cache.
    """
    fetched = hub.manifest(base)
    whole = Weights(str(hub.snapshot(fetched)), fetched.name) if fetched else Weights(str(base))
    for folder in (Path(whole.base), *trained):
        if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
            raise UserError(f"{folder}: not a Hugging Face model (no config.json, no adapter_config.json)")
        if not any(folder.glob("*.safetensors")):
            raise UserError(f"{folder}: no .safetensors file; pickled weights are not loaded")
    if not trained:
        return whole
    if (trained[0] / "adapter_config.json").is_file():
        return whole._replace(adapter=str(trained[0]))
    return Weights(str(trained[0]))


def digest(folder: Path) -> str:
    """Digest of the files that decide what a model writes."""
    made = hashlib.sha256()
    for path in sorted({path for pattern in IDENTIFYING for path in folder.glob(pattern)}):
        with path.open("rb") as file:
            made.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
    return made.hexdigest()[:16]

"""A model's weights: where they lie, and what identifies them."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.errors import UserError

IDENTIFYING = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model")
"""Files that decide what a model writes."""


class Weights(NamedTuple):
    """A model, whole or as an adapter on a base."""

    base: str
    """Local folder or hub repository."""
    revision: str | None = None
    """Commit of the hub repository."""
    adapter: str | None = None
    """Local folder of a PEFT adapter."""

    def fingerprint(self) -> str:
        """Identity of the model: a digest of its files, or repository and commit."""
        parts = [f"{self.base}@{self.revision}" if self.revision else digest(Path(self.base))]
        if self.adapter:
            parts.append(digest(Path(self.adapter)))
        return "+".join(parts)

    def load_base(self, dtype: str) -> Any:
        """The base model: safetensors only, no code from the hub."""
        import torch
        from transformers import AutoModelForCausalLM

        load: Any = AutoModelForCausalLM.from_pretrained
        return load(self.base, revision=self.revision, dtype=getattr(torch, dtype), use_safetensors=True)


def located(base: list[Path], trained: list[Path], hub: dict[str, str]) -> Weights:
    """The weights of a job: a trained model or adapter if there is one, else the base.

    Args:
        base: the base model's folder, as a list; empty if it lies on the hub.
        trained: the trained model's folder, as a list; empty for the base itself.
        hub: ``hub`` and ``revision`` of the base; empty if it is local.

    Raises:
        UserError: a folder is not a Hugging Face model.
    """
    for folder in (*base, *trained):
        if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
            raise UserError(f"{folder}: not a Hugging Face model (no config.json, no adapter_config.json)")
        if not any(folder.glob("*.safetensors")):
            raise UserError(f"{folder}: no .safetensors file; pickled weights are not loaded")
    if not base and not hub:
        raise UserError("no model: give --base, or --hub with hub and revision")
    whole = Weights(str(base[0])) if base else Weights(hub["hub"], hub["revision"])
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

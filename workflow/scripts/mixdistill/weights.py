"""A model's weights: where they lie, and what identifies them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill import completeness, described, hub, limits, probing
from mixdistill.confined import Exceeded, call
from mixdistill.contents import TOKENIZERS, lacking
from mixdistill.errors import UserError
from mixdistill.inside import refuse_links, refuse_place, texts
from mixdistill.tensors import header, of_model

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

IDENTIFYING = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model")
"""Files that decide what a model writes."""


OPENED = {
    "config.json": ("transformers_weights", "configuration_files"),
    "tokenizer_config.json": ("vocab_file", "merges_file", "fast_tokenizer_files", "additional_chat_templates"),
    "adapter_config.json": ("adapters", "tokenizer_name_or_path"),
}
"""Keys of a model's files that name other files, which are opened."""
LOADS_OTHERS = ("XLORA", "PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "CPT")
"""Kinds of adapters whose configuration names adapters or tokenizers that PEFT loads."""

SECONDS = 60
"""Of processor to make a model without content, and as many again for every 6,000 tensors: real ones take a few."""
MEMORY = 4 * 2**30
"""Bytes for that."""
CHECKED: set[Any] = set()
"""Models that were found sound, with the state of their files."""
TRIED: set[Any] = set()
"""Likewise, folders whose tokenizer was."""


class Weights(NamedTuple):
    """A model, whole or as an adapter on a base."""

    base: str
    """Folder of the whole model."""
    origin: str | None = None
    """Repository and commit, for a model that was fetched from the hub."""
    adapter: str | None = None
    """Folder of a PEFT adapter."""
    adapter_origin: str | None = None
    """Likewise, for an adapter."""

    def fingerprint(self) -> str:
        """Identity of the model: a digest of its files, or repository and commit."""
        parts = [self.origin or digest(Path(self.base))]
        if self.adapter:
            parts.append(self.adapter_origin or digest(Path(self.adapter)))
        return "+".join(parts)

    def configuration(self) -> "PretrainedConfig":
        """The configuration of the model, as transformers reads it.

        Raises:
            UserError: transformers cannot, or the model is not what it describes.
        """
        from transformers import AutoConfig

        self._replace(adapter=None, adapter_origin=None).check()
        return read_by(AutoConfig, self.base, "config.json")

    @property
    def name(self) -> str:
        """How messages call the base: by repository and commit, or by its folder."""
        return self.origin or self.base

    @property
    def adapter_name(self) -> str:
        """Likewise, the adapter."""
        return self.adapter_origin or str(self.adapter)

    def check(self) -> None:
        """Check that all tensors are there and fit, before they are loaded; takes no longer for a large model.

        Models are made as their files describe them, without content, in a process with limits: a description may be
        of layers without number, or hold patterns that take for ever.

        Raises:
            UserError: they are not, or do not, or that takes too long.
        """
        model, adapter = ((folder, *state_of(folder)) for folder in (self.base, self.adapter))
        if (model, adapter) in CHECKED:
            return
        import torch  # noqa: F401  (before the process is forked)
        from transformers import AutoModelForCausalLM  # noqa: F401

        if self.adapter:
            import peft  # noqa: F401
        tensors = of_model(Path(self.base))
        described.require_parts(self.name, limits.document(Path(self.base) / "config.json", self.name), tensors)
        try:
            call(self.examine, SECONDS + len(tensors) // 100, MEMORY)
        except Exceeded as error:
            said = f"{self.name}: a model without weights, made as its config.json says, {error}"
            if self.adapter:
                said = f"{self.adapter_name}: an adapter without weights, made as its adapter_config.json says, {error}"
            remedy = "give plain names and ranks there" if self.adapter else "give the config.json that belongs to them"
            raise UserError(f"{said}; {remedy}") from error
        CHECKED.update({(model, adapter), (model, (None,))})

    def examine(self) -> None:
        """Check all that is said of the model without loading it.

        Raises:
            UserError: it is not what its files say.
        """
        from transformers import AutoConfig

        config = read_by(AutoConfig, self.base, "config.json")
        empty = completeness.check_model(Path(self.base), self.name, config)
        if self.adapter:
            completeness.check_adapter(Path(self.adapter), self.adapter_name, empty, self.name)

    @property
    def tokenizer(self) -> str:
        """Folder of the tokenizer: the adapter's, if it brings one."""
        if self.adapter and any((Path(self.adapter) / name).is_file() for name in TOKENIZERS):
            return self.adapter
        return self.base

    def load_tokenizer(self) -> "PreTrainedTokenizerBase":
        """The tokenizer.

        Raises:
            UserError: transformers cannot read it, or it makes of a text what fills time or memory.
        """
        from transformers import AutoTokenizer

        self.try_tokenizer()
        return read_by(AutoTokenizer, self.tokenizer, "tokenizer")

    def try_tokenizer(self) -> None:
        """Read the tokenizer and try it, in a process with limits.

        Raises:
            UserError: it makes of a text what fills time or memory.
        """
        from transformers import AutoTokenizer

        folder = Path(self.tokenizer)
        state = (self.tokenizer, *state_of(self.tokenizer))
        if state in TRIED:
            return

        def work() -> None:
            """Read what transformers will read: of a model that is checked, its configuration is known to be sound."""
            if (folder / "tokenizer.json").is_file():
                probing.try_out(folder)
            if not (folder / "tokenizer.json").is_file() or (state, (None,)) not in CHECKED:
                read_by(AutoTokenizer, self.tokenizer, "tokenizer")

        try:
            call(work, probing.SECONDS, probing.MEMORY)
        except Exceeded as error:
            name = self.adapter_name if self.tokenizer == self.adapter else self.name
            raise UserError(f"{name}: its tokenizer {error}; give one that does less to a text") from error
        TRIED.add(state)

    def load_base(self, dtype: str, attention: str | None = None, device_map: str | None = None) -> Any:
        """The base model: safetensors only, no code from the hub.

        ``attention`` names its implementation; ``device_map`` says how several GPUs divide it.

        Raises:
            UserError: tensors are missing, unexpected or misshapen.
        """
        import torch
        from transformers import AutoModelForCausalLM

        self._replace(adapter=None, adapter_origin=None).check()
        auto: Any = AutoModelForCausalLM
        model, report = auto.from_pretrained(
            self.base,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation=attention,
            device_map=device_map,
            ignore_mismatched_sizes=True,  # reported too
            output_loading_info=True,
        )
        completeness.require_complete(self.name, model, report)
        return model

    def load(self, dtype: str) -> Any:
        """The whole model: an adapter is merged into its base.

        Raises:
            UserError: tensors are not there, or do not fit.
        """
        self.check()
        model = self.load_base(dtype)
        if self.adapter is None:
            return model
        from peft import PeftConfig, PeftModel

        config = PeftConfig.from_pretrained(self.adapter)
        adapted = PeftModel(model, config)
        report = adapted.load_adapter(self.adapter, "default")
        completeness.require_fitting(self.adapter_name, self.name, config, report)
        return adapted.merge_and_unload()


def located(base: Path, trained: list[Path]) -> Weights:
    """The weights of a job: a trained model or adapter if there is one, else the base.

    Args:
        base: the base model's folder, or the manifest of one that was fetched.
        trained: the same of the trained model, as a list; empty for the base itself.

    Raises:
        UserError: a folder is not a Hugging Face model, an adapter has no base, or a fetched model has been removed
            from the cache.
    """
    if not trained:
        return opened(base, adapter=False)
    own = opened(trained[0], adapter=trained[0] != base)
    if not (Path(own.base) / "adapter_config.json").is_file():
        return own
    return opened(base, adapter=False)._replace(adapter=own.base, adapter_origin=own.origin)


def opened(place: Path, adapter: bool) -> Weights:
    """The folder of a model, or of an adapter where one is welcome, looked through."""
    fetched = hub.manifest(place)
    folder = hub.snapshot(fetched) if fetched else place
    wrong = lacking("model", [file.name for file in folder.iterdir()] if folder.is_dir() else [], adapter)
    if wrong:
        raise UserError(f"{fetched.name if fetched else place}: {wrong}")
    refuse_links(folder, fetched is not None, fetched.name if fetched else str(place))
    refuse_names(folder, fetched.name if fetched else str(place))
    for file in () if fetched else sorted(folder.glob("*.safetensors")):
        header(file)
    return Weights(str(folder), fetched.name if fetched else None)


def refuse_names(folder: Path, name: str) -> None:
    """Raise UserError if a file of a model names files elsewhere, or a model that would be loaded besides.

    transformers and PEFT open what these keys name. Others are notes of where a model was saved, and are not heeded.
    """
    for file in sorted(folder.glob("*.json")):
        if file.name in ("tokenizer.json", "vocab.json") or not file.is_file():
            continue
        said = limits.document(file, f"{name}: {file.name}", limits.TOKENIZER)
        for key in OPENED.get(file.name, ()) if isinstance(said, dict) else ():
            for place in texts(said.get(key)):
                refuse_place(place, f"{name}: {key} in {file.name}")
        if file.name == "adapter_config.json" and isinstance(said, dict) and said.get("peft_type") in LOADS_OTHERS:
            raise UserError(f"{name}: an adapter of the kind {said['peft_type']} loads other models: give a LoRA")


def state_of(folder: str | None) -> tuple[Any, ...]:
    """Return what changes when a file of a folder does."""
    files = sorted(Path(folder).iterdir()) if folder else []
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)


def read_by(reader: Any, folder: str, what: str) -> Any:
    """What one of transformers' Auto classes makes of a folder.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return reader.from_pretrained(folder, trust_remote_code=False)
    except MemoryError:
        raise
    except Exception as error:  # whatever a file that anybody may have written makes of it
        reason = " ".join(str(error).split("\n\n")[0].split())[:300]
        raise UserError(f"{folder}: transformers cannot read its {what}: {reason}") from error


def digest(folder: Path) -> str:
    """Digest of the files that decide what a model writes."""
    made = hashlib.sha256()
    for path in sorted({path for pattern in IDENTIFYING for path in folder.glob(pattern)}):
        with path.open("rb") as file:
            made.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
    return made.hexdigest()[:16]

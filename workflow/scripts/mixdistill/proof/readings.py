"""How others read the same chats: transformers, the tokenizer's own file, and vLLM."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill.confined import Exceeded, call
from mixdistill.errors import UserError
from mixdistill.rendering import DATE, EACH, MEMORY, SECONDS, always
from mixdistill.templates import Template, user

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Ids = list[int]


def by_transformers(template: Template, texts: Sequence[str]) -> list[Ids]:
    """Token ids of prompts as ``apply_chat_template`` makes them.

    Raises:
        UserError: that takes too much time or memory.
    """
    tokenizer: Any = template.tokenizer
    if tokenizer.chat_template is None:
        return [list(tokenizer(text)["input_ids"]) for text in texts]
    how = {"add_generation_prompt": True, "tokenize": True, "return_dict": False, "date_string": DATE}

    def applied() -> list[Ids]:
        """Return the ids."""
        with always():
            return [list(tokenizer.apply_chat_template([user(text)], **how)) for text in texts]

    try:
        ids: list[Ids] = call(applied, SECONDS + EACH * len(texts), MEMORY)
    except Exceeded as error:
        raise template.renderer.error(f"{error}, for {len(texts)} prompts") from error
    return ids


def as_written(folder: Path) -> Template | None:
    """The template over ``tokenizer.json`` as it is; None for a model without that file.

    ``AutoTokenizer`` rebuilds a tokenizer by the class that the model declares, which need not end in the same: a
    byte-level one declared as LlamaTokenizer (DeepSeek-R1-Distill-Llama) loses its blanks in transformers 5.19.0.
    """
    from transformers import PreTrainedTokenizerFast

    if not (folder / "tokenizer.json").is_file():
        return None
    tokenizer: Any = PreTrainedTokenizerFast
    return Template(tokenizer.from_pretrained(folder, trust_remote_code=False))


def by_vllm(folder: Path, texts: Sequence[str]) -> list[Ids]:
    """Token ids of prompts as ``LLM.chat`` makes them, or ``LLM.generate`` for a model without a chat template.

    The model is described to vLLM, which reads its tokenizer and template in its own way; no weights are loaded.
    """
    os.environ["VLLM_NO_USAGE_STATS"] = "1"
    from vllm.config import DeviceConfig, ModelConfig, VllmConfig
    from vllm.renderers.hf import HfRenderer
    from vllm.renderers.params import ChatParams
    from vllm.tokenizers.registry import cached_tokenizer_from_config

    described = ModelConfig(model=str(folder), tokenizer=str(folder), dtype="float32", trust_remote_code=False)
    tokenizer = cached_tokenizer_from_config(described)
    nowhere = DeviceConfig(device="cpu")  # this job has no GPU, and vLLM's build for GPUs looks for one
    renderer = HfRenderer(VllmConfig(model_config=described, device_config=nowhere), tokenizer)
    if tokenizer.chat_template is None:
        rendered = renderer.render_cmpl([{"prompt": text} for text in texts], renderer.default_cmpl_tok_params)
    else:
        params = ChatParams(chat_template_kwargs={"add_generation_prompt": True, "date_string": DATE})
        chats = [[user(text)] for text in texts]
        with always():
            _, rendered = renderer.render_chat(chats, params, renderer.default_chat_tok_params)
    return [list(one["prompt_token_ids"]) for one in rendered]


def same(
    what: str, here: tuple[str, Ids], there: tuple[str, Ids], tokenizer: "PreTrainedTokenizerBase", remedy: str
) -> None:
    """Compare two readings of a text.

    Args:
        what: the text, in words.
        here: who reads it, and its token ids.
        there: likewise.
        tokenizer: names the tokens.
        remedy: what to do if they differ.

    Raises:
        UserError: they differ; names the first difference.
    """
    (one, ours), (other, theirs) = here, there
    if ours == theirs:
        return
    place = next((i for i, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)
    place = min(len(ours), len(theirs)) if place is None else place
    raise UserError(
        f"{what}: token {place} is {piece(tokenizer, ours, place)} for {one}, but {piece(tokenizer, theirs, place)} "
        f"for {other}; {remedy}"
    )


def piece(tokenizer: "PreTrainedTokenizerBase", ids: Ids, place: int) -> str:
    """A token in words."""
    return f"{tokenizer.convert_ids_to_tokens(ids[place])!r} ({ids[place]})" if place < len(ids) else "missing"

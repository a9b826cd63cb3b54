"""Tiny Hugging Face models with a byte-level tokenizer, made on the spot: any text can be tokenized, nothing is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_model(
    folder: Path, kind: str = "qwen2", seed: int = 0, context: int = 512, chat: bool = True, tied: bool = True
) -> Path:
    """Save an untrained model of about 100,000 parameters."""
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={char: i for i, char in enumerate(alphabet)}, merges=[]))
    tokenizer.normalizer = normalizers.NFC()  # as the class has that transformers makes of a Qwen2 tokenizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        additional_special_tokens=["<|im_start|>"],
        chat_template=CHATML if chat else None,
    )
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(fast),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=128,
        max_position_embeddings=context,
        tie_word_embeddings=tied,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        bos_token_id=None,
        initializer_range=0.3,
    )
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def byte_adapter(folder: Path, base: Path, **more: Any) -> Path:
    """Save a random PEFT adapter for a model, without a tokenizer of its own; ``more`` changes its configuration."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(base)
    settings = {"r": 2, "init_lora_weights": False, "target_modules": ["q_proj"], **more}
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings))
    for name, weight in adapted.named_parameters():
        if "modules_to_save" in name or "token_adapter" in name:
            weight.data += 0.1 * torch.randn_like(weight)
    adapted.save_pretrained(folder)
    return folder


def change_tensors(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change the tensors of a model or an adapter, by name, in place."""
    from safetensors.torch import load_file, save_file

    [file] = folder.glob("*.safetensors")
    tensors = load_file(file)
    change(tensors)
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, file, {"format": "pt"})
    return folder


def adapter_of(base: str, folder: Path, rank: int = 12) -> Path:
    """Save a random adapter on all linear layers of a model, with its tokenizer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(1)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base),
        LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", init_lora_weights=False),
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


Change = Callable[[dict[str, Any]], object]
"""A change of tensors by name, for ``change_tensors``."""


def rename(old: str, new: str) -> Change:
    """Give a tensor another name."""
    return lambda tensors: tensors.update({new: tensors.pop(old)})


def cut(name: str) -> Change:
    """Give a tensor another shape."""
    return lambda tensors: tensors.update({name: tensors[name][:, :10]})


def remove(name: str) -> Change:
    """Take a tensor out."""
    return lambda tensors: tensors.pop(name)


def add(name: str, source: str, factor: int = 1) -> Change:
    """Put in a copy of a tensor, or a multiple of it."""
    return lambda tensors: tensors.update({name: tensors[source] * factor})

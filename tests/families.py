"""Stand-ins for the paper's families: small real tokenizers with the published chat templates, and untrained models.

The templates are those that TRL collected from the published models, byte for byte (``trl/chat_templates/README.md``);
Llama 3.3 shares that of 3.1, Gemma 2 that of Gemma. Control tokens, tokenizer classes, what is put before a text and
what ends one follow the published tokenizer and generation configurations. The vocabularies are our own.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""Qwen2.5's default system prompt; its relatives have another in the same place."""

TEXTS = (
    r"Solve the following math problem. Present the final answer in the format: Final Answer: \boxed{your_answer}.",
    r"Let $x$ be a real number such that $x^2 - 5x + 6 = 0$. Find the sum of all values of $x$. The sum is $\frac{5}{1}$.",
    r"We have \begin{align*} a + b &= 12, \\ a - b &= 4, \end{align*} so that $a = 8$ and $b = 4$. Wait, check: 8 + 4 = 12.",
    r"How many positive integers less than 100 are divisible by 3 but not by 2? There are 33 - 16 = 17 of them: \boxed{17}.",
    "First, we need to find the number of ways to choose two of the remaining five problems. Then we add the answers.",
    "You are a helpful assistant. The user asks a question, and the assistant solves it step by step. Today Date: 2024",
)
"""What the tokenizers are trained on unless other texts are given."""

QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA_SPLIT = QWEN_SPLIT.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
"""Llama 3 takes up to three digits as one piece, Qwen each digit alone."""


class Family(NamedTuple):
    """What models of a family have in common."""

    model_type: str
    """Architecture."""
    split: str | None
    """How text is split before byte-level BPE; None for Gemma's BPE over characters with byte fallback."""
    tokenizer_class: str
    """As declared by the published tokenizer_config.json."""
    template: str | None
    """File among TRL's chat templates; None for plain text."""
    eos: str
    """The tokenizer's end token, which need not be what ends a turn."""
    stops: tuple[str, ...]
    """End tokens in generation_config.json."""
    bos: str | None = None
    adds_bos: bool = False
    """The tokenizer puts ``bos`` before every text, unless asked not to."""
    pad: str | None = None
    system: str = SYSTEM
    """The default system prompt, in templates that have Qwen's."""
    special: tuple[str, ...] = ()
    """Further control tokens, left out when a text is decoded."""
    visible: tuple[str, ...] = ()
    """Control tokens that stay in decoded texts."""


QWEN = Family(
    "qwen2",
    QWEN_SPLIT,
    "Qwen2Tokenizer",
    "qwen2_5.jinja",
    eos="<|im_end|>",
    stops=("<|im_end|>", "<|endoftext|>"),
    pad="<|endoftext|>",
    special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    visible=("<tool_call>", "</tool_call>"),
)
QWEN_BASE = QWEN._replace(eos="<|endoftext|>", stops=("<|endoftext|>",), system="You are a helpful assistant.")
REASON = r"Please reason step by step, and put your final answer within \\boxed{}."
LLAMA = Family(
    "llama",
    LLAMA_SPLIT,
    "PreTrainedTokenizerFast",
    "llama3_1.jinja",
    eos="<|eot_id|>",
    stops=("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
    bos="<|begin_of_text|>",
    adds_bos=True,
    special=(
        *("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"),
        *("<|eom_id|>", "<|eot_id|>", "<|python_tag|>"),
    ),
)
R1 = Family(
    "qwen2",
    QWEN_SPLIT,
    "LlamaTokenizerFast",
    "deepseek_r1_distill.jinja",
    eos="<｜end▁of▁sentence｜>",
    stops=("<｜end▁of▁sentence｜>",),
    bos="<｜begin▁of▁sentence｜>",
    adds_bos=True,
    pad="<｜end▁of▁sentence｜>",
    special=("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
    visible=("<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"),
)

FAMILIES = {
    "qwen2.5": QWEN,
    "qwen2.5-base": QWEN_BASE,
    "qwen2.5-math": QWEN._replace(system=REASON),
    "qwen2.5-math-base": QWEN_BASE._replace(system=REASON),
    "qwq": QWEN._replace(
        system="You are a helpful and harmless assistant. You are Qwen developed by Alibaba. You should think step-by-step."
    ),
    "llama3.1": LLAMA,
    "llama3.2": LLAMA._replace(template="llama3_2.jinja"),
    "llama3-base": LLAMA._replace(template=None, eos="<|end_of_text|>", stops=("<|end_of_text|>",)),
    "gemma2": Family(
        "gemma2",
        None,
        "GemmaTokenizer",
        "gemma.jinja",
        eos="<eos>",
        stops=("<eos>",),  # some of the repositories list <end_of_turn> too; without it, only the template tells
        bos="<bos>",
        adds_bos=True,
        pad="<pad>",
        special=("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"),
    ),
    "r1-qwen": R1,
    "r1-llama": R1._replace(model_type="llama", split=LLAMA_SPLIT),
}
"""The paper's models and their kin by name; Llama 3.3 is ``llama3.1``."""


def chat_template(family: str) -> str | None:
    """The chat template of a family, as published."""
    one = FAMILIES[family]
    if one.template is None:
        return None
    return (files("trl") / "chat_templates" / one.template).read_text("utf-8").replace(SYSTEM, one.system)


def family_tokenizer(family: str, texts: Iterable[str] = TEXTS, vocabulary: int = 1024) -> "PreTrainedTokenizerBase":
    """Train a tokenizer of a family.

    Args:
        family: a name in ``FAMILIES``.
        texts: what its pieces are learnt from.
        vocabulary: tokens at most, those for bytes and control included; short texts give fewer.
    """
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    one = FAMILIES[family]
    inner = by_bytes(one.split, texts, vocabulary) if one.split else by_characters(list(one.special), texts, vocabulary)
    inner.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in one.special])
    inner.add_tokens([AddedToken(token, normalized=False) for token in one.visible])
    if one.adds_bos:
        add_before(inner, str(one.bos))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=one.eos,
        bos_token=one.bos,
        pad_token=one.pad,
        unk_token="<unk>" if "<unk>" in one.special else None,
        chat_template=chat_template(family),
        clean_up_tokenization_spaces=False,
    )


def by_bytes(split: str, texts: Iterable[str], vocabulary: int) -> "Tokenizer":
    """Train byte-level BPE."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    inner = Tokenizer(models.BPE())
    if split == QWEN_SPLIT:
        inner.normalizer = normalizers.NFC()
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(split), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    inner.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False)
    inner.train_from_iterator(texts, trainer)
    return inner


def by_characters(special: list[str], texts: Iterable[str], vocabulary: int) -> "Tokenizer":
    """Train BPE over characters with a token per byte for all others, as Gemma has it: blanks become ``▁``."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    room = vocabulary - 256
    learner.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=room, special_tokens=special, show_progress=False)
    )
    learnt = json.loads(learner.to_str())["model"]
    pieces = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *learnt["vocab"]]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    merges = [tuple(pair) for pair in learnt["merges"]]
    inner = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    inner.normalizer, inner.pre_tokenizer = learner.normalizer, learner.pre_tokenizer
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return inner


def add_before(inner: "Tokenizer", token: str) -> None:
    """Let a tokenizer put a token before every text."""
    from tokenizers import processors

    inner.post_processor = processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, inner.token_to_id(token))]
    )


def family_model(
    folder: Path,
    family: str,
    seed: int = 0,
    texts: Iterable[str] = TEXTS,
    vocabulary: int = 1024,
    **sizes: Any,
) -> Path:
    """Save an untrained float32 model of a family with its tokenizer, as the hub would hold it; returns the folder.

    Args:
        folder: where to; made if need be.
        family: a name in ``FAMILIES``.
        seed: of the weights.
        texts: what the tokenizer's pieces are learnt from.
        vocabulary: tokens at most.
        sizes: what ``AutoConfig`` takes (``hidden_size``, ``num_hidden_layers``, ...), in place of the defaults: about
            200,000 parameters, heads of 32, which vLLM takes on a CPU.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    one, tokenizer = FAMILIES[family], family_tokenizer(family, texts, vocabulary)
    stops = tokenizer.convert_tokens_to_ids(list(one.stops))
    defaults: dict[str, Any] = {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "intermediate_size": 128,
        "max_position_embeddings": 2048,
        "initializer_range": 0.3,
        "tie_word_embeddings": True,
    }
    if one.model_type == "gemma2":
        defaults |= {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 1024}
    config = AutoConfig.for_model(
        one.model_type,
        **{**defaults, **sizes},
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=stops if len(stops) > 1 else stops[0],
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=config.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    declared = folder / "tokenizer_config.json"
    content = {**json.loads(declared.read_text("utf-8")), "tokenizer_class": one.tokenizer_class}
    if one.adds_bos:
        content["add_bos_token"] = True
    declared.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return folder

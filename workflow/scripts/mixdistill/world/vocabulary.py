"""The word-level tokenizer of the miniature world: written down, never learnt, equal on every machine."""

import re
from pathlib import Path
from typing import Any

from mixdistill.world.diaries import DAYS, NAMES, THINGS, VERBS

PAD, USER, ASSISTANT, END, UNKNOWN = SPECIALS = ("<pad>", "<|user|>", "<|assistant|>", "<|end|>", "<unk>")
DIALOGUE = ("has", "How", "many", "so", "So", "Wait", "check", "ok", "Alternatively")
# Words no diary needs, kept for whoever asks a model to judge an answer.
SPARE = ("True", "False", "Question", "Answer", "Reference", "Is", "the", "same", "correct", "Response")
WORDS = (*NAMES, *THINGS, *DAYS, *(verb for verbs in VERBS.values() for verb in verbs), *DIALOGUE, *SPARE)
MARKS = (".", ",", ":", "?", "=", "+", "-", "*", "}")
PIECES = r"\\boxed\{|[A-Za-z]+ ?|\d|[^\w\s] ?|\s"
ROUND = 8
LONGEST = 1024

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}{{- '<|user|>' + message['content'] -}}"
    "{%- elif message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' -}}{% generation %}{{- message['content'] + '<|end|>' -}}{% endgeneration %}"
    "{%- endif -%}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def vocabulary() -> dict[str, int]:
    """Number every token: specials, digits, white space, then words and marks with and without a space."""
    plain = ["\\boxed{", " ", "\n", *"0123456789"]
    spaced = [form for piece in (*WORDS, *MARKS) for form in (piece, f"{piece} ")]
    return {token: number for number, token in enumerate([*SPECIALS, *plain, *spaced])}


IDS = vocabulary()
SIZE = -(-len(IDS) // ROUND) * ROUND
PATTERN = re.compile(PIECES)


def encoded(text: str) -> list[int]:
    """Turn plain text into token numbers, as the saved tokenizer does, but without loading it."""
    return [IDS[piece] for piece in PATTERN.findall(text)]


def tokenizer() -> Any:
    """Build the tokenizer as transformers knows it: Qwen2's class, with whole words as added tokens.

    For a folder of model type qwen2, AutoTokenizer rebuilds Qwen2's byte-level tokenizer from the vocabulary
    whatever class the folder names, and a word-level tokenizer does not survive that. Added tokens do: they
    are matched first, the longest at each place, in every class and engine alike.
    """
    from tokenizers import AddedToken
    from transformers import Qwen2Tokenizer

    made = Qwen2Tokenizer(
        vocab=IDS,
        merges=[],
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        extra_special_tokens=[USER, ASSISTANT],
        clean_up_tokenization_spaces=False,
        model_max_length=LONGEST,
    )
    pieces = [token for token in IDS if token not in SPECIALS]
    made.add_tokens([AddedToken(piece, normalized=False, special=False) for piece in pieces])
    made.chat_template = CHAT_TEMPLATE
    return made


def save_tokenizer(folder: Path) -> None:
    """Write the tokenizer files and the chat template."""
    tokenizer().save_pretrained(folder)

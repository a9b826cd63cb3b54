"""Tokenizers of others, tried with texts: one that doubles a text often enough fills the memory with a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.confined import Exceeded
from mixdistill.described import settings

SECONDS = 30
"""Of processor to read a tokenizer and to try it: one of 150,000 tokens takes half a second."""
MEMORY = 2 * 2**30
"""Bytes for that."""
TOKENS = 8
"""Tokens that a byte of a text may become; byte by byte it is one."""
TIMES = 8
"""How many times its size a text may have when it is read back."""
BESIDE = 1_000
"""Tokens, or characters, that may be there besides."""
PIECE = 4_096
"""Characters of a token: the longest of real ones are rows of some hundred blanks."""

SAMPLE = "Let $x^2 = 12345.67$; then \\frac{1}{2} isn't \u00e9, \u0416, \u6570, \u0627, \U0001f642 or `a_b`!\n\n    \t"
PROBES = (
    "x",
    SAMPLE,
    *(unit * 1_000 for unit in ("a", "0", " ", "\n", "\u00e9", "=", "a ")),
    "a" * 30 + "!",
    SAMPLE * 1_000,
)
"""Texts with which a tokenizer is tried: short, of one kind of character, and of 100,000 characters."""


def try_out(folder: Path) -> None:
    """Read a tokenizer.json, make tokens of some texts, and texts of them again.

    Raises:
        Exceeded: they become too many or too long.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    longest = max(map(len, tokenizer.get_vocab()), default=0)
    if longest > PIECE:
        raise Exceeded(f"has a token of {longest:,} characters, and {PIECE:,} are the limit")
    for text in (*PROBES, *own(tokenizer)):
        size = len(text.encode())
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        if len(ids) > TOKENS * size + BESIDE:
            raise Exceeded(f"makes {len(ids):,} tokens of a text of {size:,} bytes, {text[:40]!r}")
        back = len(tokenizer.decode(ids, skip_special_tokens=False))
        if back > TIMES * size + BESIDE:
            raise Exceeded(f"reads a text of {size:,} bytes, {text[:40]!r}, back as {back:,} characters")


def own(tokenizer: Any) -> Iterator[str]:
    """Yield texts of what a tokenizer itself looks for, to replace it or to divide texts there."""
    for part in (tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder):
        described = json.loads(part.__getstate__()) if part is not None else None
        for key, value in settings(described):
            if key in ("String", "content") and isinstance(value, str) and value:
                yield value * (200 // len(value) + 1)

"""A model's chats in token ids: one place for teaching, answering and judging, so that they cannot differ.

No engine and no trainer applies a chat template or tokenizes a prompt on its own: all are given the ids made here.
``encode.py`` and ``prove.py`` show for each model that they are the ids which others would make.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError
from mixdistill.rendering import DATE, NOW, PROBES, Conversation, Renderer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MARK = "mixdistill"
"""Stands for an assistant's message where a template is looked at; no template changes it."""


class Template:
    """The chat template of a tokenizer; plain text for a model that has none."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase") -> None:
        """Find out how the template begins and ends an assistant's turn.

        Raises:
            UserError: nothing ends a turn, the template asks for a turn otherwise than it writes one, or it refuses a
                conversation of user and assistant.
        """
        self.tokenizer = tokenizer
        self.renderer = Renderer(tokenizer)
        self.prefill = ""
        """What the template has put into the assistant's mouth when it begins to write, such as ``<think>``."""
        after = ""
        if tokenizer.chat_template is not None:
            before, _, after = self.rendered([user("?"), {"role": "assistant", "content": MARK}]).partition(MARK)
            asked = self.rendered([user("?")], add_generation_prompt=True)
            if not asked.startswith(before):
                raise UserError(
                    f"{tokenizer.name_or_path}: its chat template writes a turn as {before!r} but asks for one by "
                    f"{asked!r}: a model trained on the one would be asked by the other"
                )
            self.prefill = asked.removeprefix(before)
        specials = set(tokenizer.added_tokens_decoder)
        closing = [token for token in tokenizer(after, add_special_tokens=False)["input_ids"] if token in specials]
        ends = [*closing, tokenizer.eos_token_id]
        if ends[0] is None:
            raise UserError(f"{tokenizer.name_or_path}: nothing ends a completion; its tokenizer needs an eos_token")
        self.end: int = ends[0]
        """The token that ends a completion."""

    @property
    def opened(self) -> str:
        """What the model was made to begin with and has not ended: ``<think>``, and not a thought closed again."""
        return self.prefill if self.prefill.strip() and "</" not in self.prefill else ""

    def rendered(self, messages: Conversation, date: str | None = DATE, now: datetime = NOW, **more: Any) -> str:
        """Messages as text.

        Args:
            messages: of user and assistant.
            date: what the template is told, if anything.
            now: what it finds when it asks the clock itself.
            more: what it is told besides.

        Raises:
            UserError: the template refuses them, fails, takes too much time or memory, or writes too much.
        """
        return self.renderer.rendered([messages], {**({"date_string": date} if date else {}), **more}, now)[0]

    def probe(self) -> None:
        """Try the template with short and long messages.

        Raises:
            UserError: as ``rendered``.
        """
        for size in PROBES if self.tokenizer.chat_template is not None else ():
            asked = user(("x " * size)[:size])
            self.rendered([asked, {"role": "assistant", "content": MARK + " y" * size}])
            self.rendered([asked], add_generation_prompt=True)

    def digest(self) -> str | None:
        """Digest of the template; None for plain text."""
        template = self.tokenizer.chat_template
        return None if template is None else hashlib.sha256(str(template).encode()).hexdigest()[:16]

    def prompt(self, text: str) -> list[int]:
        """Token ids of a user's message, up to where the assistant begins to write."""
        return self.prompts([text])[0]

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Likewise, of many messages, which takes less time."""
        if self.tokenizer.chat_template is None:
            return [list(self.tokenizer(text)["input_ids"]) for text in texts]
        how = {"date_string": DATE, "add_generation_prompt": True}
        asked = self.renderer.rendered([[user(text)] for text in texts], how)
        # The template writes the beginning-of-sequence token itself: the tokenizer must not write a second one.
        return [list(self.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in asked]

    def completion(self, text: str) -> list[int]:
        """Token ids of what the assistant writes, with the token that ends it."""
        written = self.tokenizer(text.removeprefix(self.prefill), add_special_tokens=False)["input_ids"]
        return [*written, self.end]


def user(text: str) -> dict[str, str]:
    """A user's message."""
    return {"role": "user", "content": text}

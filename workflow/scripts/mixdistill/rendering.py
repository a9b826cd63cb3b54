"""Chat templates of models, which are programs of others, rendered in a process with limits of time and memory.

The process is forked when the first conversation is rendered, and ends with the one that asks. What a template may ask
besides its conversation is the same at all times: the clock, and chance.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mixdistill.confined import Confined, Exceeded
from mixdistill.errors import UserError
from mixdistill.tensors import in_line

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SECONDS = 10
"""Of processor for a conversation: a real template takes some 20 microseconds."""
EACH = 0.02
"""Of processor for each conversation beside others."""
MEMORY = 2**29
"""Bytes that a template may take beside what the process has when it begins."""
TIMES = 8
"""How many times its conversation a template may write, and ``BESIDE`` more."""
BESIDE = 2**18
"""Characters that a template may write of its own: system prompts have up to 10,000."""
AT_ONCE = 256
"""Conversations that are rendered at once, and the characters that they have together, if they are several."""
CHARACTERS = 2**22
PROBES = (1, 1_000, 100_000)
"""Characters of the messages by which a template is tried."""

NOW = datetime(2024, 7, 26, 12)
"""What templates are told the time is, since prompts must be the same on all days."""
DATE = "26 Jul 2024"
"""The same as Llama 3's templates take it (``date_string``): the default of Llama 3.1's."""

MEND = "mend the template in a local copy of the model"

Conversation = list[dict[str, str]]


class Renderer:
    """Writes conversations as a tokenizer's template does."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase") -> None:
        """Take a tokenizer with a template; nothing is started yet."""
        self.name = tokenizer.name_or_path
        self.process = Confined(lambda question: written(tokenizer, *question), MEMORY)
        self.number = 0

    def rendered(
        self, conversations: Sequence[Conversation], options: dict[str, Any], now: datetime = NOW
    ) -> list[str]:
        """Return conversations as texts.

        Args:
            conversations: messages, each with ``role`` and ``content``.
            options: what the template is given besides.
            now: what it is told the time is.

        Raises:
            UserError: the template refuses one, fails, takes too much time or memory, or writes too much.
        """
        return [text for some in portions(conversations) for text in self.portion(some, options, now.isoformat())]

    def portion(self, conversations: Sequence[Conversation], options: dict[str, Any], now: str) -> list[str]:
        """Return some conversations as texts."""
        import jinja2.sandbox  # noqa: F401  (before the process is forked)
        import transformers.utils.chat_template_utils  # noqa: F401

        self.number += len(conversations)
        whole = 2 * SECONDS + EACH * self.number
        seconds, left = SECONDS + EACH * (len(conversations) - 1), whole - self.process.used
        first = conversations[0]
        case = f"a conversation of {roles(first)} with {size(first):,} characters"
        if len(conversations) > 1:
            case = f"one of {len(conversations)} conversations, of which the first is {case}"
        try:
            texts: list[str] = self.process.ask([conversations, options, now], min(seconds, max(left, EACH)))
        except UserError as error:
            raise self.error(str(error)) from error
        except Exceeded as error:
            if left < seconds:
                raise self.error(f"takes more than {whole:g} s for {self.number:,} conversations") from error
            raise self.error(f"{error}, for {case}") from error
        return texts

    def error(self, what: str) -> UserError:
        """Return the line that says what the template does."""
        return UserError(f"{self.name}: its chat template {' '.join(what.split())[:500]}; {MEND}")


def portions(conversations: Sequence[Conversation]) -> Iterator[list[Conversation]]:
    """Yield conversations in portions that are rendered at once."""
    some: list[Conversation] = []
    characters = 0
    for one in conversations:
        characters += size(one)
        if some and (len(some) >= AT_ONCE or characters > CHARACTERS):
            yield some
            some, characters = [], size(one)
        some.append(one)
    if some:
        yield some


def size(conversation: Conversation) -> int:
    """Return how many characters a conversation has."""
    return sum(len(message["content"]) for message in conversation)


def roles(conversation: Conversation) -> str:
    """Return who speaks in a conversation."""
    return " and ".join(message["role"] for message in conversation)


def written(
    tokenizer: "PreTrainedTokenizerBase", conversations: list[Conversation], options: dict[str, Any], now: str
) -> list[str]:
    """Return conversations as texts.

    Raises:
        UserError: the template refuses one, fails, or writes too much; says so in words that follow "its template".
    """
    from jinja2 import TemplateError

    texts = []
    for messages in conversations:
        given = size(messages)
        case = f"for a conversation of {roles(messages)} with {given:,} characters"
        try:
            with always(datetime.fromisoformat(now)):
                text = str(tokenizer.apply_chat_template(messages, tokenize=False, **options))
        except MemoryError:
            raise
        except TemplateError as error:
            raise UserError(f"refuses a conversation of {roles(messages)} ({in_line(error)})") from error
        except Exception as error:  # whatever a program of anybody's raises
            raise UserError(f"fails ({type(error).__name__}: {in_line(error)}), {case}") from error
        if len(text) > TIMES * given + BESIDE:
            raise UserError(f"writes {len(text):,} characters, {case}")
        texts.append(text)
    return texts


@contextmanager
def always(now: datetime = NOW) -> Iterator[None]:
    """Let templates that transformers renders meet the same time and the same chance whenever they ask."""
    from transformers.utils import chat_template_utils

    class Still(datetime):
        """A clock that stands still."""

        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now

    clock, chance = chat_template_utils.datetime, random.getstate()
    chat_template_utils.datetime = Still
    random.seed(0)
    try:
        yield
    finally:
        chat_template_utils.datetime = clock
        random.setstate(chance)

"""The door to language models: prompts in, completions out. Teachers, students and judge all come through here."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol


class Request(NamedTuple):
    """One completion to be made."""

    prompt: str
    """The user's message; the engine applies the model's chat template."""
    seed: int
    """Of this completion alone, so that what else is in the batch does not matter; unused when greedy."""


class Completion(NamedTuple):
    """What a model wrote."""

    text: str
    """Without special tokens and without the stop string that ended it."""
    tokens: int
    """Tokens generated, the one that ended it included."""
    finish_reason: str
    """``stop`` (ended by itself) or ``length`` (cut at the limit); an endpoint may have others of its own."""

    def fields(self) -> dict[str, Any]:
        """The completion's part of a row."""
        return {"completion": self.text, "tokens": self.tokens, "finish_reason": self.finish_reason}


class Unit(NamedTuple):
    """What is made and recorded together: a batch, or a single request."""

    key: str
    """Known by this in the journal."""
    requests: list[Request]
    sampling: dict[str, Any]
    """temperature, top_p, max_tokens and stop."""


class Engine(Protocol):
    """A loaded model, or a line to one."""

    def complete(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Completion]]]:
        """Complete the requests of all units; yield each unit when it is done, in any order."""
        ...

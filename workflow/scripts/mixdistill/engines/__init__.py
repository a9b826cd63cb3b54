"""The door to language models: prompts in, completions out. Teachers, students and judge all come through here."""

from typing import Any, NamedTuple, Protocol

from mixdistill.weights import Weights


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
    """``stop`` (ended by itself) or ``length`` (cut at the limit)."""

    def fields(self) -> dict[str, Any]:
        """The completion's part of a row."""
        return {"completion": self.text, "tokens": self.tokens, "finish_reason": self.finish_reason}


class Engine(Protocol):
    """A loaded model."""

    def complete(self, requests: list[Request], sampling: dict[str, Any]) -> list[Completion]:
        """Complete a batch, in order. ``sampling`` has temperature, top_p, max_tokens and stop."""
        ...


def opened(engine: dict[str, Any], weights: Weights) -> Engine:
    """Load a model into the engine that the experiment names."""
    from mixdistill.engines.hf import TransformersEngine

    return TransformersEngine(weights, engine["dtype"])

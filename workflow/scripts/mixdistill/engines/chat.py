"""What engines that run a model here have in common: prompts as token ids, limits, and the text of what was written."""

from collections.abc import Sequence

from mixdistill.engines import Completion
from mixdistill.errors import UserError
from mixdistill.templates import Template
from mixdistill.weights import Weights


class Chat:
    """A model's tokenizer, its context, and what ends its completions."""

    def __init__(self, weights: Weights) -> None:
        """Read tokenizer and configuration; no weights are loaded."""
        from transformers import GenerationConfig

        config = weights.configuration()
        self.tokenizer = weights.load_tokenizer()
        self.template = Template(self.tokenizer)
        self.context = int(getattr(config.get_text_config(), "max_position_embeddings", None) or 1 << 20)
        try:
            ends = GenerationConfig.from_pretrained(weights.base).eos_token_id
        except OSError:  # the folder has no such file: as transformers does when it loads the model
            ends = GenerationConfig.from_model_config(config).eos_token_id
        except Exception as error:  # whatever a file that anybody may have written makes of it
            reason = " ".join(str(error).split())[:300]
            raise UserError(f"{weights.base}: its generation_config.json cannot be read: {reason}") from error
        if not all(isinstance(end, int | None) for end in (ends if isinstance(ends, list) else [ends])):
            raise UserError(f"{weights.base}: its eos_token_id must be a number, or a list of numbers")
        self.ends = {*(ends if isinstance(ends, list) else [ends]), self.tokenizer.eos_token_id, self.template.end}
        self.ends -= {None}

    def encoded(self, prompts: Sequence[str]) -> list[list[int]]:
        """Token ids of prompts.

        Raises:
            UserError: one fills the model's context, which is a mistake of the experiment's.
        """
        found = self.template.prompts(prompts)
        for prompt, ids in zip(prompts, found, strict=True):
            if len(ids) >= self.context:
                raise UserError(f"a prompt has {len(ids)} tokens, the model takes {self.context}: {prompt[:80]!r}")
        return found

    def limit(self, ids: list[int], max_tokens: int) -> int:
        """Tokens that may follow a prompt."""
        return min(max_tokens, self.context - len(ids))

    def stopped(self, ids: list[int], stops: list[str]) -> bool:
        """Tell whether the text just completed a stop string. No token is shorter than a byte."""
        if not stops:
            return False
        tail = self.tokenizer.decode(ids[-max(len(stop.encode()) for stop in stops) - 4 :])
        return any(stop in tail for stop in stops)

    def completion(self, ids: list[int], limit: int, stops: list[str]) -> Completion:
        """Text, length and reason of ending of what was written.

        What the template has opened in the model's place is part of the text, and not of the length: R1's begins to
        think in its prompt, and a student that is taught what follows must be taught ``<think>`` too.
        """
        ended = bool(ids) and ids[-1] in self.ends
        text = self.tokenizer.decode(ids[:-1] if ended else ids, skip_special_tokens=True)
        cut = min((text.index(stop) for stop in stops if stop in text), default=None)
        by_length = len(ids) >= limit and not ended and cut is None
        return Completion(self.template.opened + text[:cut], len(ids), "length" if by_length else "stop")

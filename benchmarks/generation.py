"""Throughput of generation here, journal included, against plain ``LLM.generate`` on the same prompts.

    .venv-vllm/bin/python benchmarks/generation.py     # a tiny model with random weights, on CPU
    python benchmarks/generation.py --model Qwen2.5-7B-Instruct --gpus 1 --dtype bfloat16 --requests 4000 --tokens 1024

Each measurement is a process of its own, since vLLM keeps a model until its process ends; the two sides take turns, and
the best of each counts. The clock starts when the model is loaded and has answered eight other prompts. It stops when
the last completion is text (plain), or when all rows are in the journal, synced, and read back in order (here). Both
sides apply the chat template, decode greedily, stop at the same tokens, and run vLLM with the same settings. CPU
seconds are those of the same span, for machines that do something else beside; on a GPU only the clock counts.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "workflow" / "scripts"), str(REPO / "tests")]

WORDS = ["apples", "boxes", "pens", "metres", "hours", "trains", "of", "and", "buys", "sells", "has", "more", "less"]


class Span(NamedTuple):
    """What a side took for how much."""

    seconds: float
    cpu: float
    tokens: int


@contextmanager
def timed() -> Iterator[Callable[[int], Span]]:
    """Start both clocks; the function that is given stops them."""
    began, cpu = time.perf_counter(), time.process_time()
    yield lambda tokens: Span(time.perf_counter() - began, time.process_time() - cpu, tokens)


def prompts(count: int, kind: str = "Solve the problem.") -> list[str]:
    """Problems of different lengths that begin alike, as those of an experiment do."""
    rng = random.Random(0)
    return [f"{kind} {number}: {' '.join(rng.choices(WORDS, k=rng.randint(8, 60)))}" for number in range(count)]


def plain(options: argparse.Namespace, folder: Path) -> Span:
    """``LLM.generate``."""
    from mixdistill.engines.chat import Chat
    from mixdistill.engines.vllm import ON_CPU, set_environment
    from mixdistill.weights import Weights

    set_environment(in_process=not options.gpus)
    from vllm import LLM, SamplingParams

    chat = Chat(Weights(options.model))
    longest = max(len(chat.encoded(prompt)) for prompt in prompts(options.requests))
    llm = LLM(
        model=options.model,
        dtype=options.dtype,
        tensor_parallel_size=max(1, options.gpus),
        max_model_len=longest + options.tokens,
        **({} if options.gpus else ON_CPU),
    )
    sampling = SamplingParams(temperature=0.0, max_tokens=options.tokens, stop_token_ids=sorted(chat.ends))

    def generated(texts: list[str]) -> int:
        made = llm.generate([{"prompt_token_ids": chat.template.prompt(text)} for text in texts], sampling)
        return sum(len(one.outputs[0].token_ids) for one in made)

    generated(prompts(8, "Warm up."))
    with timed() as stop:
        return stop(generated(prompts(options.requests)))


def ours(options: argparse.Namespace, folder: Path) -> Span:
    """The workflow's way; the second look at all prompts, for the longest one, is timed too."""
    from mixdistill.engines import Request
    from mixdistill.engines.vllm import VllmEngine
    from mixdistill.generation import Generator, Part
    from mixdistill.weights import Weights

    settings = {"name": "vllm", "dtype": options.dtype, "batch_size": options.batch_size, "lora": "adapter", "args": {}}
    sampling = {"temperature": 0.0, "top_p": 1.0, "max_tokens": options.tokens, "stop": []}
    generator = Generator(Weights(options.model), settings, folder / "journal.jsonl", options.gpus)

    def part(texts: list[str]) -> Part:
        return Part("prompts", [Request(text, seed) for seed, text in enumerate(texts)], sampling)

    everything = part(prompts(options.requests))
    engine = generator.opened(list(generator.units(everything)))
    assert isinstance(engine, VllmEngine)
    generator.opened = lambda missing: engine if engine.longest(missing) else engine  # type: ignore[method-assign]
    generator.completions([part(prompts(8, "Warm up."))])
    with timed() as stop:
        [made] = generator.completions([everything])
        return stop(sum(one.tokens for one in made))


def measured(side: str, options: argparse.Namespace) -> Span:
    """A side, in a process of its own."""
    given = [part for name, value in vars(options).items() if value for part in (f"--{name.replace('_', '-')}", value)]
    command = [sys.executable, __file__, *map(str, given), "--side", side]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return Span(*json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure both sides in turn, and print their speeds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="folder of a model; by default a tiny one is made")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--tokens", type=int, default=128, help="limit of a completion")
    parser.add_argument("--batch-size", type=int, help="batches of fixed composition; by default continuous batching")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--side", choices=["plain", "ours"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.side:
            found = {"plain": plain, "ours": ours}[options.side](options, Path(scratch))
            print(json.dumps(found))
            return
        if not options.model:
            from models import byte_model

            os.environ.setdefault("OMP_NUM_THREADS", "1")
            options.model = str(byte_model(Path(scratch) / "model", context=1024))
        spans: dict[str, list[Span]] = {"plain": [], "ours": []}
        for turn in range(options.times):
            for side in ("plain", "ours")[:: 1 if turn % 2 == 0 else -1]:
                span = measured(side, options)
                spans[side].append(span)
                print(f"{side:5}  {span.tokens} tokens  {span.seconds:.2f} s  {span.cpu:.2f} s CPU", flush=True)
    speed = {side: max(span.tokens / span.seconds for span in spans[side]) for side in spans}
    share = {side: max(span.tokens / span.cpu for span in spans[side]) for side in spans}
    print(f"best: plain {speed['plain']:,.0f}, ours {speed['ours']:,.0f} tokens/s")
    print(f"ratio {speed['ours'] / speed['plain']:.3f}")
    print(f"by CPU seconds: ratio {share['ours'] / share['plain']:.3f}")


if __name__ == "__main__":
    main()

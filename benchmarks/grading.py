"""The speed of the answer check: against math-verify's own on real responses, and as the number of answers grows.

Both sides run in one call and in turn, each time in a process of its own, bound to the same processor, with one worker
for ours; the best of three times counts. Ours includes the start of that worker; math-verify's (``parse`` and
``verify`` of a whole completion with their default settings and limits of time, in the process itself) leaves out the
import. Each side decides what it accepts by its own rules; for ours, MATH's answer is what is in the box and GSM8K's
the last number.

The second table marks rows of which 75 % are GSM8K's real responses and 20 % MATH's, over and over, and 5 % answers
that only SymPy can decide, no two of them alike, so that nothing is remembered; of the real ones, fewer than one in a
thousand needs SymPy. ``mark.py`` is the workflow's script, from files to files.

The real responses are in ../shared/data, which is not part of the project. Where they are not, made-up ones are
measured: their figures show that the check works and what it costs to start, and no bar is set for them.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from io import StringIO
from itertools import cycle, islice
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from mixdistill.answers.check import Written, marked  # noqa: E402
from mixdistill.jsonl import Row, read, write  # noqa: E402

RESPONSES = ROOT.parent / "shared" / "data" / "responses"
POLICIES = {"gsm8k": "last-number", "math": "boxed", "sympy": "boxed"}
FILES = {"gsm8k": "gsm8k_gpt3.jsonl.gz", "math": "math_qwen_8_samples.jsonl.gz"}
MIXTURE = ["gsm8k"] * 15 + ["math"] * 4 + ["sympy"]
MADE_UP = {
    "gsm8k": [("She has 3 + 4 = 7 eggs.\nA: 7", "7"), ("He earns $<<2*9=18>>18, so 18.", "20")],
    "math": [(r"Hence $x = \boxed{\frac12}$.", r"\frac{1}{2}"), (r"It is $\boxed{(1, 2)}$.", "(1,3)")],
}
EVERY_PROBLEM = 10_000
"""So many rows have each of the problems at least once."""
SIZES = [1_000, 10_000, 100_000]
REQUIRED = {"all": 3.0, "math": 1.5}
"""Times math-verify's throughput, over all real responses and over MATH's alone."""
ROUNDS = 3


def responses(benchmark: str) -> list[tuple[str, str]]:
    """Real completions with their references, or made-up ones where there are none."""
    if not RESPONSES.is_dir():
        return MADE_UP[benchmark] * 100
    return [(row["response"], row["gold"]) for row in read(RESPONSES / FILES[benchmark])]


def made(count: int) -> Iterator[Row]:
    """Rows in the stated mixture; the ones for SymPy are right and wrong in turn."""
    real = {benchmark: cycle(enumerate(responses(benchmark))) for benchmark in FILES}
    for number, benchmark in enumerate(islice(cycle(MIXTURE), count)):
        if benchmark == "sympy":
            place = number // len(MIXTURE) % 50
            gold, top = rf"\frac{{{place + 1}\sqrt{{3}}}}{{6}}", (place + 1) * (number + 1) + number // 1_000 % 2
            completion = rf"so $\boxed{{\frac{{{top}}}{{{2 * (number + 1)}\sqrt{{3}}}}}}$."
        else:
            place, (completion, gold) = next(real[benchmark])
        yield {
            "benchmark": benchmark,
            "id": f"{benchmark}/{place}",
            "sample": number,
            "completion": completion,
            "gold": gold,
            "tokens": 1,
            "finish_reason": "stop",
        }


def written(row: Row) -> Written:
    """A row as the check takes it."""
    return Written(row["completion"], row["finish_reason"], row["gold"], POLICIES[row["benchmark"]])


def ours(benchmark: str) -> dict[str, float]:
    """Seconds and acceptances of our check on the real responses."""
    rows = [
        {"benchmark": benchmark, "completion": completion, "gold": gold, "finish_reason": "stop"}
        for completion, gold in responses(benchmark)
    ]
    began = time.perf_counter()
    accepted = sum(verdict.outcome == "right" for _, verdict in marked(rows, written))
    return {"answers": len(rows), "seconds": time.perf_counter() - began, "accepted": accepted}


def math_verify(benchmark: str) -> dict[str, float]:
    """Seconds and acceptances of math-verify's own check on the real responses."""
    from math_verify import parse, verify

    rows = responses(benchmark)
    began = time.perf_counter()
    accepted = sum(verify(parse(rf"\boxed{{{gold}}}"), parse(completion)) for completion, gold in rows)
    return {"answers": len(rows), "seconds": time.perf_counter() - began, "accepted": accepted}


SIDES = {"ours": ours, "math-verify": math_verify}


def by_check(count: int) -> dict[str, float]:
    """Seconds and memory of the check alone, rows made as they are asked for."""
    began = time.perf_counter()
    right = sum(verdict.outcome == "right" for _, verdict in marked(made(count), written))
    return {"answers": count, "seconds": time.perf_counter() - began, "right": right, **memory()}


def by_script(count: int) -> dict[str, float]:
    """Seconds and memory of the workflow's script, from files to files."""
    import mark

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        golds = {(row["benchmark"], row["id"]): row["gold"] for row in made(EVERY_PROBLEM)}
        for benchmark in POLICIES:
            rows = ({"id": at[1], "problem": "?", "answer": gold} for at, gold in golds.items() if at[0] == benchmark)
            write(folder / f"{benchmark}.jsonl", rows)
        write(folder / "answers.jsonl", made(count))
        began = time.perf_counter()
        with redirect_stdout(StringIO()):
            mark.main(
                problems=[folder / f"{benchmark}.jsonl" for benchmark in POLICIES],
                answers=folder / "answers.jsonl",
                marks=folder / "marks.jsonl",
                counts=folder / "counts.json",
                policies=POLICIES,
            )
        seconds = time.perf_counter() - began
        right = sum(row["outcome"] == "right" for row in read(folder / "marks.jsonl"))
    return {"answers": count, "seconds": seconds, "right": right, **memory()}


def memory() -> dict[str, float]:
    """The largest memory of this process and of any worker so far, in MiB; the workers have ended."""
    who = {"own": resource.RUSAGE_SELF, "worker": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(one).ru_maxrss / 1024 for name, one in who.items()}


def alone(measure: Callable[[Any], dict[str, float]], given: str | int) -> dict[str, float]:
    """Measure in a fresh process, so that no peak of memory and no cache is another measurement's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, given).result()


def compare() -> dict[str, float]:
    """Print the seconds of both sides; return how many times math-verify's throughput ours is, by benchmark."""
    print(
        "| responses | answers | check | seconds | per second | accepted |\n| --- | ---: | --- | ---: | ---: | ---: |"
    )
    seconds: dict[str, dict[str, float]] = {"all": dict.fromkeys(SIDES, 0.0)}
    for benchmark in FILES:
        rounds = [{name: alone(measure, benchmark) for name, measure in SIDES.items()} for _ in range(ROUNDS)]
        seconds[benchmark] = {}
        for name in SIDES:
            found = min((each[name] for each in rounds), key=itemgetter("seconds"))
            seconds[benchmark][name] = found["seconds"]
            seconds["all"][name] += found["seconds"]
            rate = f"{found['seconds']:.2f} | {found['answers'] / found['seconds']:.0f}"
            print(f"| {benchmark} | {found['answers']} | {name} | {rate} | {found['accepted']} |", flush=True)
    return {name: each["math-verify"] / each["ours"] for name, each in seconds.items()}


def scale(sizes: list[int]) -> None:
    """Print seconds and memory as the number of answers grows."""
    print("| way | answers | seconds | ms per answer | own MiB | worker MiB | right |\n" + "| --- |" + " ---: |" * 6)
    for name, way in (("check", by_check), ("mark.py", by_script)):
        for size in sizes:
            found = alone(way, size)
            print(
                f"| {name} | {size} | {found['seconds']:.1f} | {1000 * found['seconds'] / size:.2f} "
                f"| {found['own']:.0f} | {found['worker']:.0f} | {found['right']} |",
                flush=True,
            )


def verdict(ratios: dict[str, float], real: bool) -> tuple[str, bool]:
    """What the ratios mean, and whether they miss a bar; made-up responses have none."""
    said = ", ".join(f"{name} {ratio:.1f}" for name, ratio in ratios.items())
    if not real:
        return f"times math-verify's throughput: {said}; made-up responses, so that no bar is set", False
    bars = ", ".join(f"{name} {bar:g}" for name, bar in REQUIRED.items())
    missed = any(ratios[name] < bar for name, bar in REQUIRED.items())
    return f"times math-verify's throughput: {said} (required: {bars})", missed


def main() -> None:
    """Print both tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of answers of the second table")
    sizes = parser.parse_args().sizes
    real = RESPONSES.is_dir()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["OMP_NUM_THREADS"] = "1"
    kind = "real responses" if real else f"made-up responses, since {RESPONSES} is not here"
    print(f"{kind}; one processor, one worker, best of {ROUNDS}\n")
    said, missed = verdict(compare(), real)
    print(f"\n{said}\n")
    scale(sizes)
    if missed:
        sys.exit(f"error: {said}")


if __name__ == "__main__":
    main()

"""Compares answers, each in a process of its own with limits of time and memory. Started by ``workers.Workers``.

One JSON list of tasks ``[kind, text, gold, asked]`` per line in, one list of results ``[right, rule]`` or
``[null, limit]`` per line out. The tasks of a line share a fork of a process that has seen no answer before, with
SymPy's cache emptied between them; where one of them kills it, the next ones get a fork of their own.
"""

import gc
import json
import os
import resource
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run by its path: this folder must not be searched for modules, that of the package must
    here = Path(__file__).resolve()
    sys.path[:] = [str(here.parents[2]), *(entry for entry in sys.path if Path(entry).resolve() != here.parent)]

from mixdistill.answers import algebra, chain  # noqa: E402
from mixdistill.answers.asked import NOTHING, Asked  # noqa: E402

CPU_SECONDS = int(os.environ.get("MIXDISTILL_ANSWER_SECONDS", "5"))
"""Of computing, which a loaded machine does not shorten."""
WALL_SECONDS = 24 * CPU_SECONDS
"""For a process that waits for something; nothing in it should."""
MEMORY = 1_000_000_000
"""Bytes of address space."""


def compared(answer: str, gold: str, asked: Asked) -> chain.Decision:
    """Decide by all rules of the chain."""
    return chain.at_length(answer, gold, asked)


def by_math_verify(completion: str, gold: str, asked: Asked) -> chain.Decision:
    """Decide as math-verify alone does, on a whole completion."""
    from math_verify import parse, verify

    both: list[Any] = [parse(text, parsing_timeout=None) for text in (f"\\boxed{{{gold}}}", completion)]
    return chain.Decision(bool(verify(both[0], both[1], timeout_seconds=None)), "math-verify")


TASKS = {"chain": compared, "math-verify": by_math_verify}


def solve(tasks: list[list[Any]], output: int) -> None:
    """Do tasks one after another under the limits, and write a line per result."""
    from sympy.core.cache import clear_cache

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    result: list[Any]
    for kind, text, gold, asked in tasks:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            decision = TASKS[kind](text, gold, Asked(*asked))
            result = [bool(decision.right), decision.rule]
        except algebra.TooLargeError:
            result = [None, "too large"]
        except MemoryError:
            result = [None, "memory limit"]
        except RecursionError:
            result = [False, "nested too deeply"]
        except Exception as error:
            result = [False, f"failed: {type(error).__name__}"]
        os.write(output, json.dumps(result).encode() + b"\n")
        clear_cache()


def supervised(tasks: list[list[Any]]) -> list[Any]:
    """Fork, collect results until the fork ends or hangs, and say which limit was hit if one is missing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            solve(tasks, writing)
        finally:
            os._exit(0)
    os.close(writing)
    said = b""
    while select.select([reading], [], [], WALL_SECONDS)[0]:
        more = os.read(reading, 65536)
        if not more:
            break
        said += more
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    results = [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]
    if len(results) < len(tasks):
        stopped = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGKILL)
        results.append([None, "time limit" if stopped else "crash"])
    return results


def all_results(tasks: list[list[Any]]) -> list[Any]:
    """Results of all tasks, whatever some of them do to their process."""
    results: list[Any] = []
    while len(results) < len(tasks):
        results += supervised(tasks[len(results) :])
    return results


def main() -> None:
    """Import everything, try it once, then serve until the input ends."""
    import logging

    logging.disable(logging.CRITICAL)
    compared(r"\frac{x^2-1}{x-1} + \sqrt{2}", "x+2", NOTHING)
    compared(r"x \in (1, 2] \cup \{3\}", "x^2 = 1", NOTHING)
    by_math_verify(r"so \boxed{\frac{1}{2}}", "0.5", NOTHING)
    gc.collect()
    gc.freeze()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(all_results(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

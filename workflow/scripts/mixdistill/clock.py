"""How much of a job was the work itself: the rest is imports and start-up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(what: str) -> Iterator[None]:
    """Print the CPU seconds of a block to the log; ``benchmarks/time_by_rule.py`` adds them up."""
    began = time.process_time()
    yield
    print(f"work: {what} {time.process_time() - began:.2f} s CPU", flush=True)

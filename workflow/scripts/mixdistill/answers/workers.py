"""Killable processes for work that an answer can make endless."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from queue import SimpleQueue
from typing import NamedTuple, Self

from mixdistill.answers import worker
from mixdistill.answers.asked import NOTHING, Asked

BATCH = 20
"""Tasks that share a process until one of them ends it."""
MOST = 8
"""More workers than this are not started unless asked for."""


class Task(NamedTuple):
    """One comparison: ``chain`` (an answer) or ``math-verify`` (a whole completion) with a reference."""

    kind: str
    text: str
    gold: str
    asked: Asked = NOTHING


class Result(NamedTuple):
    """What came of it: right or not by a rule, or None and the limit that was hit (``time limit``, ...)."""

    right: bool | None
    rule: str


def processors() -> int:
    """Return how many processors this job has; elsewhere than on Linux, the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Worker processes, started when first needed, that are gone when the ``with`` block ends."""

    def __init__(self, count: int | None = None) -> None:
        """Take as many as this job has processors, if not told otherwise."""
        self.count = count or min(MOST, processors())
        self.idle: SimpleQueue[subprocess.Popen[str] | None] = SimpleQueue()
        self.running: list[subprocess.Popen[str]] = []
        self.pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *reason: object) -> None:
        """End all workers."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        for process in self.running:
            process.kill()
            process.wait()

    def results(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the results of tasks, in order; what a task does to its process touches no other task."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.count)
            for _ in range(self.count):
                self.idle.put(None)
        todo = iter(tasks)
        batches = iter(lambda: list(islice(todo, BATCH)), [])
        for results in self.pool.map(self.batch, batches):
            yield from results

    def batch(self, tasks: list[Task]) -> list[Result]:
        """Results of some tasks; if a worker dies of them, of each task alone."""
        results = self.exchanged(tasks)
        if results is None and len(tasks) > 1:
            return [result for task in tasks for result in self.batch([task])]
        return results or [Result(None, "crash")]

    def exchanged(self, tasks: list[Task]) -> list[Result] | None:
        """Send tasks to an idle worker and wait for their results; None if it dies instead."""
        process = self.idle.get()
        try:
            if process is None or process.poll() is not None:
                process = started()
                self.running.append(process)
            assert process.stdin
            assert process.stdout
            line = ""
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(tasks) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            if line:
                return [Result(*each) for each in json.loads(line)]
            process.kill()  # it is dying, and must not be given the next tasks meanwhile
            process.wait()
            return None
        finally:
            self.idle.put(process)


def started() -> "subprocess.Popen[str]":
    """Start a worker; its hash seed is fixed, since SymPy's order of terms can depend on it."""
    process = subprocess.Popen(
        [sys.executable, str(worker.__file__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout
    if process.stdout.readline().strip() != '"ready"':
        raise RuntimeError(f"{process.args!r}: the process that compares answers did not start")
    return process

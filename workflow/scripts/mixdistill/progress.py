"""What jobs are at, and what they ended with, from their leases and the last words of their logs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mixdistill.lease import Holder
from mixdistill.terminal import visible

TAIL = 20_000
"""Bytes of a log that are looked at."""

LINES, WIDTH = 3, 200
"""Of a failed job's last words, so many lines of so many characters are shown."""

BAR = re.compile(r"(\d+)/(\d+) \[[\d:]+<([\d:?]+), +(.*?)\]?$")
"""What tqdm shows: done, of, time left, speed and what else is said."""

ENDING = re.compile(r"(used|work): ")
"""Lines about time and memory, which every job that ends by itself writes last."""

ERROR = re.compile(r"error: |(\w+\.)*\w*(Error|Exception|Interrupt)\b")


class Ended(NamedTuple):
    """A job that did not end well."""

    log: Path
    words: list[str]
    """Its last lines."""


def at(log: Path) -> str:
    """How far a job is, by its log: done, time left, speed, tokens, loss."""
    if not log.is_file():
        return ""
    pieces = [piece for line in ending(log) for piece in line.split("\r")]
    bars = [found for piece in pieces if (found := BAR.search(piece))]
    losses = [found for piece in pieces for found in re.findall(r"'loss': '?([\d.e+-]+)", piece)]
    said = []
    if bars:
        done, total, left, speed = bars[-1].groups()
        said = [f"{done} of {total}", speed.strip(), f"{left} left"]
    return visible(", ".join([*said, *(f"loss {loss}" for loss in losses[-1:])]))


def failed(logs: Path, at_work: list[Holder]) -> Iterator[Ended]:
    """Yield jobs that did not end well and are not at work again."""
    being_written = {holder.get("log") for holder in at_work}
    for log in sorted(logs.rglob("*.log")):
        found = ended(log) if str(log) not in being_written else None
        if found is not None:
            yield found


def ended(log: Path) -> Ended | None:
    """What a job said last if its log ends in an error, or if it was killed: it had no time to say what it used."""
    lines = [line.split("\r")[-1] for line in ending(log)]
    by_itself = bool(lines) and lines[-1].startswith("used: ")
    while lines and ENDING.match(lines[-1]):
        lines.pop()
    if not lines or (by_itself and not ERROR.match(lines[-1])):
        return None
    return Ended(log, last_words(lines))


def last_words(lines: list[str]) -> list[str]:
    """The line that says what was wrong; several, where it does not stand out."""
    shown = lines[-1:] if ERROR.match(lines[-1]) else [*lines[-LINES:], "(ended without a word: killed?)"]
    return [visible(line[:WIDTH]) for line in shown]


def ending(log: Path) -> list[str]:
    """The last lines of a log that are not empty."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        text = file.read().decode("utf-8", errors="replace")
    return [line for line in text.split("\n") if line.strip()]

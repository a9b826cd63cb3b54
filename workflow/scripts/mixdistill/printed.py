"""Numbers that somebody has printed, beside ours: which agree, which differ, which cannot be compared and why."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.errors import UserError
from mixdistill.statistics import Estimate

COLUMNS = ("source", "student", "mixture", "minus", "benchmark", "value", "note")
LARGEST = 1_000_000
"""Characters of a file of printed numbers."""
AVERAGE = "average"
"""The benchmark of averages."""
ROUNDING = 0.05
"""How far a printed number may be from what it stands for: it has one decimal."""


class Key(NamedTuple):
    """What a number is of."""

    student: str
    mixture: str
    minus: str = ""
    """The mixture that is subtracted; empty if none is."""
    benchmark: str = AVERAGE


class Beside(NamedTuple):
    """A printed number, and what is to be said of it beside ours."""

    value: float
    verdict: str
    """``agrees``: it lies in our interval; ``differs``; or ``not comparable: `` and why."""


def read(path: Path) -> list[dict[str, Any]]:
    """Read printed numbers.

    Raises:
        UserError: the file is missing, lacks a column, or has a value that is no number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise UserError(f"{path}: more than {LARGEST:,} characters, which are no printed numbers")
        rows: list[dict[str, Any]] = list(csv.DictReader(text.splitlines(keepends=True)))
    except OSError as error:
        raise UserError(f"printed.numbers: {path} cannot be read ({error.strerror}); give a CSV file") from None
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}: is no CSV in UTF-8 ({error})") from None
    missing = [name for name in COLUMNS if rows and any(row.get(name) is None for row in rows)]
    if missing or not rows:
        raise UserError(f"{path}: no column {missing[0] if missing else COLUMNS[0]!r}; its columns are {COLUMNS}")
    for number, row in enumerate(rows, 2):
        try:
            row["value"] = finite(row["value"])
        except ValueError:
            raise UserError(f"{path}, line {number}: value {row['value']!r} is not a number") from None
    return rows


def finite(text: str) -> float:
    """Return the number that a text is, if it is one.

    Raises:
        ValueError: it is none, or has no end.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def numbers(look: dict[str, Any]) -> dict[Key, float]:
    """The printed numbers of the students and mixtures that are shown."""
    return {
        Key(row["student"], row["mixture"], row["minus"], row["benchmark"]): row["value"]
        for row in (look.get("printed") or {"numbers": []})["numbers"]
    }


def beside(look: dict[str, Any], key: Key, ours: Estimate) -> Beside | None:
    """What is printed of a number, and how it compares; None if it was not printed."""
    value = numbers(look).get(key)
    if value is None:
        return None
    reason = apart(look, key)
    if reason:
        return Beside(value, f"not comparable: {reason}")
    inside = ours.low - ROUNDING <= value <= ours.high + ROUNDING
    return Beside(value, "agrees" if inside else "differs")


def apart(look: dict[str, Any], key: Key) -> str:
    """Why a printed number cannot be compared with ours; empty if it can."""
    known = look["printed"]
    for name in (key.student, key.mixture, key.minus):
        if name in known["apart"]:
            return str(known["apart"][name])
    if look["entry"].get("subset") == "clean":
        return "it includes leaked problems"
    asked = set(look["titles"]["benchmarks"])
    if key.benchmark == AVERAGE and asked != set(known["benchmarks"]):
        return f"it is over other benchmarks ({', '.join(known['benchmarks'])})"
    return ""


def verdict(found: dict[str, Beside | None]) -> str:
    """One verdict on several numbers, each with its name: that of those which do not agree."""
    said = {name: one.verdict for name, one in found.items() if one}
    apart_from = [one for one in said.values() if one.startswith("not comparable")]
    differing = [name for name, one in said.items() if one == "differs"]
    if apart_from:
        return apart_from[0]
    return f"differs: {', '.join(differing)}" if differing else "agrees" if said else ""


def shown_of(look: dict[str, Any]) -> Iterator[str]:
    """Yield the footnotes on the printed numbers that are shown: misprints, and names that vary."""
    for row in (look.get("printed") or {"numbers": []})["numbers"]:
        if row["note"]:
            yield f"{look['titles']['students'][row['student']]}, {row['source']}: {row['note']}."

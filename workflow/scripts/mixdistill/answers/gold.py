"""Reference answers, normalised once when problems are loaded."""

import re

from mixdistill.answers.boxes import last_box
from mixdistill.data.values import MISSING

INTEGRAL = re.compile(r"([+-]?)(\d+)(?:\.0+)?")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
HASHES = "####"


def reference(value: object, place: str) -> str:
    """The normalised reference answer in a field; empty where the source has none.

    GSM8K's golds are numbers, so a comma in one groups digits; elsewhere ``81,256`` may be two answers.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = normalised(stated(value, place))
    return text.replace(",", "") if place == "hashes" and GROUPED.fullmatch(text) else text


def stated(value: object, place: str) -> str:
    """The reference answer as its source has it: ``27.0``, ``025``.

    Args:
        value: what the source's field holds; AMC 2023 has floats, OlympiadBench lists of texts.
        place: ``plain``, ``boxed`` (the last box of a solution) or ``hashes`` (after GSM8K's ``####``).

    Returns:
        The answer; empty if there is none that could be compared.
    """
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = "" if value is None else str(value)
    if place == "boxed":
        text = last_box(text) or ""
    elif place == "hashes":
        text = text.rpartition(HASHES)[2].strip() if HASHES in text else ""
    elif HASHES in text:
        text = ""
    return "" if text.strip() in MISSING else text


def seeming(text: str) -> str | None:
    """Return where the answer seems to stand in a field, a place of ``stated``; None if there is nothing in it."""
    if HASHES in text:
        return "hashes"
    box = last_box(text)
    if box is not None and text.strip().strip("$. ") != rf"\boxed{{{box}}}":
        return "boxed"
    return "plain" if stated(text, "plain").strip() else None


def normalised(text: str) -> str:
    """A reference answer without the accidents of its source.

    Blanks and enclosing dollars, and of integers the sign +, leading zeros (AIME 2024: 025) and
    a decimal part of zeros.
    """
    text = " ".join(text.split())
    if len(text) > 1 and text.startswith("$") and text.endswith("$") and text.count("$") == 2:
        text = text[1:-1].strip()
    integral = INTEGRAL.fullmatch(text)
    if integral:
        digits = integral[2].lstrip("0")
        text = ("-" if integral[1] == "-" else "") + digits if digits else "0"
    return text

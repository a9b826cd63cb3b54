"""Reference answers, normalised once when problems are loaded."""

import re

from mixdistill.answers.boxes import last_box

INTEGRAL = re.compile(r"([+-]?)0*(\d+)(?:\.0+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")


def reference(value: object, place: str) -> str:
    """The reference answer in a field; empty where the source has none.

    Args:
        value: what the source's field holds; AMC 2023 has floats (27.0).
        place: ``plain``, ``boxed`` (the last box of a solution) or ``hashes`` (after GSM8K's ``####``).
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if place == "boxed":
        text = last_box(text) or ""
    elif place == "hashes":
        text = text.rpartition("####")[2] if "####" in text else ""
    return normalised(text)


def normalised(text: str) -> str:
    """A reference answer without the accidents of its source.

    Blanks and enclosing dollars, thousands separators, and of integers the sign +, leading zeros (AIME 2024: 025) and
    a decimal part of zeros.
    """
    text = " ".join(text.split())
    if len(text) > 1 and text.startswith("$") and text.endswith("$") and text.count("$") == 2:
        text = text[1:-1].strip()
    if GROUPED.fullmatch(text):
        text = text.replace(",", "")
    integral = INTEGRAL.fullmatch(text)
    if integral:
        sign, digits = integral.groups()
        text = ("-" if sign == "-" and digits.strip("0") else "") + digits
    return text

"""Words by which an answer names a second one (``5 but maybe six``, ``yes and no``, ``it may be Friday``)."""

import re
from fractions import Fraction

from mixdistill.answers.spelled import LARGE, SMALL, spelled_out

NUMBERS = "|".join({*SMALL, *LARGE} - {"one"})
DOUBTS = re.compile(
    r"(?i)(?<![a-z-])(?:but|maybe|perhaps|possibly|probably|neither|nor|x?or|else|otherwise|alternatively|alternately|"
    r"versus|vs|unless|except)(?![a-z-])"
)
SECOND = re.compile(rf"(?i)^\W*(?:{NUMBERS})(?![a-z-])|(?<![a-z-])(?:{NUMBERS})\W*$")
"""A hyphen makes another word of it: ``two-digit numbers`` are counted."""
LAST_NUMBER = re.compile(r"\d[\d,]{0,20}(?:\.\d{1,20})?$", re.ASCII)

SIDE = {"yes": True, "true": True, "no": False, "false": False}
YES_OR_NO = "|".join(SIDE)
BETWEEN = "and|or|but|also|maybe|perhaps|possibly|probably|then|not|either|otherwise|else|sometimes"
ALONE = re.compile(
    rf"(?ai)(?:^|[^\w\s'-]|\b(?:{BETWEEN})|{'|'.join(f'(?<={each})' for each in SIDE)})\s*\b({YES_OR_NO})\b"
    rf"(?=\s*(?:$|[^\w\s'-]|(?:{BETWEEN}|{YES_OR_NO})\b))"
)
"""A yes or no that is a clause of its own, unlike that of ``yes, there is no such number``."""
MAY_BE = re.compile(
    r"(?i)\b(?:not|never|cannot|hardly|may|might|could|can|maybe|perhaps|possibly|probably|either)\b|n't"
)


def doubtful(words: str) -> bool:
    """Tell whether words behind an answer leave it open."""
    return DOUBTS.search(words) is not None


def names_another(words: str) -> bool:
    """Tell whether words behind a number, where a unit stands, are another number or leave it open."""
    return doubtful(words) or SECOND.search(words) is not None


def says_otherwise(words: str, before: str) -> bool:
    """Tell whether words are another number than the one a text ends with, unlike those of ``18 (eighteen)``."""
    said, number = spelled_out(words), LAST_NUMBER.search(before)
    return said is not None and number is not None and said != Fraction(number[0].replace(",", ""))


def both_ways(text: str) -> bool:
    """Tell whether a text says yes and no."""
    return len({SIDE[found[1].lower()] for found in ALONE.finditer(text)}) > 1


def open_or_denied(beginning: str) -> bool:
    """Tell whether the beginning of a sentence, ``It will not be``, denies what follows or leaves it open."""
    return MAY_BE.search(beginning) is not None

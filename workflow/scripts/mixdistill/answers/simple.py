"""Rules that need no SymPy: strings, words, numbers with units, bases, times and ratios. All in linear time."""

import re
from collections.abc import Callable
from fractions import Fraction

from mixdistill.answers import constants, words
from mixdistill.answers.asked import NOTHING, Asked
from mixdistill.answers.choices import choice, letters
from mixdistill.answers.clock import same_time, time_of_day
from mixdistill.answers.opposites import opposite
from mixdistill.answers.quantities import BASE, LABELLED, RATIO, Quantity, known_unit, quantity
from mixdistill.answers.spelled import spelled_out
from mixdistill.answers.writing import compact

ENOUGH_DIGITS = {"rational": 5, "irrational": 8}
"""A rounded decimal number equals an exact one if it has this many significant digits, all of them right."""

NOISY_DECIMALS = 8
DIGITS_OF_A_FLOAT = 14
"""From here on the last digits are those of floating point arithmetic."""


INTEGER = re.compile(r"-?\d+")


def string(answer: str, gold: str, asked: Asked) -> bool | None:
    """The same string once spacing, fonts and ways of writing are one."""
    return True if compact(answer) == compact(gold) else None


def text(answer: str, gold: str, asked: Asked) -> bool | None:
    """The same words, the same choice, or two phrases for the same thing."""
    if words.meaning(answer) == words.meaning(gold):
        return True
    if asked.counted and {"0"} < {answer, gold} and any(map(words.none_at_all, (answer, gold))):
        return True
    if opposite(answer, gold):
        return False
    asserted = words.yes_or_no(answer, gold)
    if asserted is not None:
        return asserted
    named = words.vertices(answer), words.vertices(gold)
    if None not in named:
        return named[0] == named[1]
    selected = letters(answer), letters(gold)
    if asked.choices and None not in selected:
        return selected[0] == selected[1]
    mine, theirs = choice(answer), choice(gold)
    if mine and theirs and (mine.letter != theirs.letter or not mine.value or not theirs.value):
        return mine.letter == theirs.letter
    if mine or theirs:
        return None
    phrases = [words.phrase(words.said(each)) or words.phrase(each) for each in (answer, gold)]
    if phrases[0] is None or phrases[1] is None:
        return None
    if phrases[0] == phrases[1]:
        return True
    if r"\text" not in answer + gold and max(len(phrases[0]), len(phrases[1])) <= 3 or "," in answer + gold:
        return None
    values = [quantity(each) for each in (answer, gold)]
    in_words = not any(map(str.isdigit, answer + gold)) and not any(map(spelled_out, (answer, gold)))
    return False if values == [None, None] or in_words else None


def number(answer: str, gold: str, asked: Asked) -> bool | None:
    """The same number, exactly; units, percent and money understood; decimals rounded as ``ENOUGH_DIGITS`` allows."""
    one = quantity(decimal_point(answer, gold), loose=True)
    other = quantity(decimal_point(gold, answer), loose=one is not None and one.unit is not None)
    if one is not None and other is not None:
        return same_quantity(one, other, asked)
    if "_" in answer + gold:
        return same_in_base(answer, gold, asked)
    times = time_of_day(answer), time_of_day(gold)
    if times[0] and times[1]:
        return same_time(times[0], times[1])
    return same_ratio(labelled(answer, asked), labelled(gold, asked))


def decimal_point(text: str, other: str) -> str:
    """``1,22`` as ``1.22`` if it stands against a number with a decimal point; groups as ``1.234.567`` have them."""
    if GROUPED_BY_POINTS.fullmatch(text):
        return text.replace(".", "").replace(",", ".").replace("_", "")
    if (
        re.fullmatch(r"-?(?:\d+,\d{2,}|0,\d)", text)
        and re.fullmatch(r"-?[\d,]*\.\d+", other)
        and quantity(text) is None
    ):
        return text.replace(",", ".")
    return text


GROUPED_BY_POINTS = re.compile(r"-?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}(?:,\d+)?|(?:\.\d{3})+,\d+|(?:_\d{3})+)")


def same_quantity(one: Quantity, other: Quantity, asked: Asked = NOTHING) -> bool:
    """Compare numbers with units: known ones are converted, an unknown or missing one is no difference.

    10% is 0.1, and 10 only if the problem asks for percent or is not known.
    """
    if one.unit and other.unit:
        if one.unit.measures != other.unit.measures:
            return False
        return one.value * one.unit.size == other.value * other.unit.size
    wanted = known_unit(asked.unit) if asked.unit and not one.percent and not other.percent else None
    named = one.unit or other.unit
    if wanted and named and wanted.measures == named.measures:
        return one.value * (one.unit or wanted).size == other.value * (other.unit or wanted).size
    if one.percent != other.percent:
        hundredth = [each.value / 100 if each.percent else each.value for each in (one, other)]
        return hundredth[0] == hundredth[1] or (one.value == other.value and (asked.percent or not asked.known))
    if one.value == other.value:
        return True
    return any(
        rounded(decimal, exact.value, "rational")
        if exact.decimals is None and not terminates(exact.value)
        else noisy(decimal, exact)
        for decimal, exact in ((one, other), (other, one))
    )


def noisy(decimal: Quantity, exact: Quantity) -> bool:
    """Tell whether a decimal number is a short one but for the noise of floating point (0.30000000000000004)."""
    if (decimal.decimals or 0) < NOISY_DECIMALS or decimal.digits <= DIGITS_OF_A_FLOAT or exact.digits > NOISY_DECIMALS:
        return False
    return bool(abs(decimal.value - exact.value) <= abs(exact.value) / 10**DIGITS_OF_A_FLOAT)


def rounded(decimal: Quantity, exact: Fraction, kind: str) -> bool:
    """Tell whether a decimal number is an exact one, rounded to enough digits."""
    if decimal.decimals is None or decimal.digits < ENOUGH_DIGITS[kind]:
        return False
    if decimal.digits >= DIGITS_OF_A_FLOAT:
        return bool(abs(decimal.value - exact) <= abs(exact) / 10 ** (DIGITS_OF_A_FLOAT - 1))
    return bool(round(exact, decimal.decimals) == decimal.value)


def terminates(value: Fraction) -> bool:
    """Tell whether a number can be written as a decimal."""
    below = value.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    return below == 1


IN_BRACKETS = re.compile(r"(?:(?:\\text)?\{|\()(\w+)[})](?=_)")
"""A number in brackets before its base."""


def same_in_base(answer: str, gold: str, asked: Asked) -> bool | None:
    """Compare numbers with a base: the one asked for; where none is, a number without is in the other's, or in ten."""
    answer, gold = (IN_BRACKETS.sub(r"\1", text.replace(" ", "")) for text in (answer, gold))
    found = [BASE.fullmatch(text) for text in (answer, gold)]
    digits = [match[1] if match else text for match, text in zip(found, (answer, gold), strict=True)]
    if not any(found) or not all(re.fullmatch(r"-?[0-9A-Za-z]+", each) for each in digits):
        return None
    bases = [(match[2] or match[3] or str(spelled_out(match[4]) or "")) if match else None for match in found]
    same_digits = digits[0].lstrip("0").lower() == digits[1].lstrip("0").lower()
    if asked.base:
        return same_digits and {base or str(asked.base) for base in bases} == {str(asked.base)}
    if same_digits:
        return None in bases or bases[0] == bases[1]
    try:
        return int(digits[0], int(bases[0] or 10)) == int(digits[1], int(bases[1] or 10))
    except ValueError:
        return None


def labelled(text: str, asked: Asked) -> str:
    """The numbers of ``girls : boys = 7 : 5`` in the order in which the problem names what they count."""
    found = LABELLED.fullmatch(text)
    if not found or not asked.ratio:
        return text
    said = tuple(label.lower().removesuffix("s") for label in found.groups()[:2])
    if said not in (asked.ratio, asked.ratio[::-1]):
        return text
    numbers = found[3].replace(" ", "").split(":")
    return ":".join(numbers if said == asked.ratio else numbers[::-1])


def same_ratio(answer: str, gold: str) -> bool | None:
    """Compare ratios of two or more numbers."""
    if not RATIO.fullmatch(answer) or not RATIO.fullmatch(gold):
        return None
    one, other = ([Fraction(part.strip()) for part in text.split(":")] for text in (answer, gold))
    if len(one) != len(other) or not all((*one, *other)):
        return False
    return all(a * other[0] == b * one[0] for a, b in zip(one, other, strict=True))


def expression(answer: str, gold: str, asked: Asked) -> bool | None:
    """Numbers with roots, powers and pi that differ by more than any rounding; equal ones are left to SymPy."""
    return False if constants.far_apart(answer, gold) else None


AT_ONCE: dict[str, Callable[[str, str, Asked], bool | None]] = {
    "string": string,
    "text": text,
    "number": number,
    "expression": expression,
}
"""Name to rule; a rule says True or False, or None where it cannot tell."""

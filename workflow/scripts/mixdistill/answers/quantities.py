"""Numbers as answers have them: grouped, with units, percent or money, mixed, in words. Exact, nothing is evaluated."""

import re
from fractions import Fraction
from typing import NamedTuple

from mixdistill.answers.hedges import names_another
from mixdistill.answers.spelled import leading
from mixdistill.answers.units import UNITS, Unit
from mixdistill.answers.writing import MONEY

LARGEST_EXPONENT = 400
"""Powers of ten beyond this are not written out."""

DIGITS = r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)|[1-9]\d{0,2}(?: \d{3})+(?!\d)|\d+"
DECIMAL = re.compile(rf"({DIGITS})?(?:\.(\d*)(?:\\overline\{{(\d+)\}}|\\(?:bar|dot)\{{?(\d+)\}}?)?)?")
POWER_ALONE = re.compile(r"10\s*\^\s*(?:\{\s*([+-]?\d+)\s*\}|(\d)(?!\d))")
POWER = re.compile(r"\s*(?:\\times|\\cdot|\*|x|\u00d7)\s*10\s*\^\s*(?:\{\s*([+-]?\d+)\s*\}|([+-]?\d+))|[eE]([+-]?\d+)")
SIMPLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?"
OVER = re.compile(rf"\s*(?:\\frac\{{\s*(-?{SIMPLE})\s*\}}\{{\s*(-?{SIMPLE})\s*\}}|\(?(-?{SIMPLE})\s*/\s*({SIMPLE})\)?)")
SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SCALE = re.compile(rf"\s*(?:\\text\{{\s*)?({'|'.join(SCALES)})s?(?![a-zA-Z])(?:\s*\}})?(?:\s*(?=\S)|$)")
CHANGE = r"(?:increase|decrease|reduction|rise|fall|growth|profit|loss|gain|discount|more|less|higher|lower)"
"""Words of which the opposite is another answer (``opposites``)."""
CHANGE_OF = re.compile(rf"^(?:\\text\{{\s*)?(?:an? )?{CHANGE} (?:of|by) ?\}}?\s*(?=\d)")
PERCENT = re.compile(
    rf"\s*(?:%|(?:\\text\{{)?\s*(?:percent(?:age)?|pct)(?:\s*points?)?\s*\}}?)\s*(?:\\text\{{\s*)?{CHANGE}?\s*\}}?\s*$",
    re.IGNORECASE,
)
BASE = re.compile(r"(-?[0-9A-Za-z]+)_(?:\{\s*(\d+)\s*\}|(\d+)|\{?\\text\{\s*([a-z]+)\s*\}\}?)")
PARTS = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:\\text\s*)?\{?\s*([a-zA-Z]+)(?:\s+and)?\s*\}?\s*(?:,|and|\\text\{\s*and\s*\})?\s*"
)
RATIO = re.compile(r"\d+(?:\.\d+)?(?:\s*:\s*\d+(?:\.\d+)?)+")
LABELLED = re.compile(
    r"(?:\\text\{\s*)?([a-zA-Z]{3,20})\s*\}?\s*(?::|(?:\\text\{\s*)?to\b)\s*\}?\s*(?:\\text\{\s*)?([a-zA-Z]{3,20})\s*\}?"
    rf"\s*(?:=|(?:\\text\{{\s*)?is\b\s*\}}?)\s*({RATIO.pattern})"
)
"""``girls : boys = 7 : 5``"""
UNIT_TEXT = re.compile(
    r"\\text\{([^{}]*)\}|\{([a-zA-Z]+)\}|([a-zA-Z¢][a-zA-Z./ -]*)|(\^\\circ)(?:\s*\{?[CF]\}?(?![a-zA-Z]))?"
)
EXPONENT = re.compile(r"\^?\s*\{?\s*([23])\s*\}?")
COMPOUND = re.compile(r"(?:\s|\\text|[a-zA-Z{}^/.()-]|(?<=\^)[23]|(?<=\^\{)[23]){1,60}")
CLAUSE = re.compile(r"(?i)(?:^|[^a-z])(?:and|or|if|for|when|with|to|of|is|where|not)(?:[^a-z]|$)")
NOT_UNITS = {"theta", "alpha", "beta", "gamma", "delta", "sqrt", "infinity", "infty"}


class Quantity(NamedTuple):
    """A number and what it is a number of."""

    value: Fraction
    unit: Unit | None = None
    """None where there is none, or none that is known."""
    percent: bool = False
    decimals: int | None = None
    """Digits after the point, of a decimal number."""
    digits: int = 0
    """Significant digits, of a decimal number."""


def quantity(text: str, loose: bool = False) -> Quantity | None:
    """Read a plain answer (``writing.plain``) as a number with at most a unit; None where it is anything else.

    Args:
        text: the answer.
        loose: whether a single letter is read as a unit (``5 m``); else it is a variable, unless marked as text.
    """
    text, sign, currency = CHANGE_OF.sub("", text.strip()), 1, None
    while text and text[0] in ("-", "+", MONEY):
        sign = -sign if text[0] == "-" else sign
        text, money = text[1:].lstrip(), text[0] == MONEY
        if money and not text[:1].isdigit() and text[:1] not in "-.+":
            return None
        currency = UNITS["dollar"] if money else currency
    spelled = leading(text) if text[:1].isalpha() or text.startswith(r"\text") else None
    if spelled is not None:
        known = unit_of(spelled[1], loose)
        return Quantity(sign * spelled[0], known[0] or currency) if known else None
    found = leading_number(text)
    if found is None:
        return None
    value, rest, decimals, digits = found
    scale = SCALE.match(rest)
    if scale:
        value, rest = value * SCALES[scale[1]], rest[scale.end() :]
    if PERCENT.fullmatch(rest):
        return Quantity(sign * value, percent=True, decimals=decimals, digits=digits)
    known = unit_of(rest, loose)
    if known is None:
        return in_parts(text)
    return Quantity(sign * value, known[0] or currency, decimals=decimals, digits=digits)


def in_parts(text: str) -> Quantity | None:
    """A quantity in several units of one kind, such as ``2 hours 30 minutes``, in the first of them."""
    found, end = [], 0
    while part := PARTS.match(text, end):
        found.append((Fraction(part[1]), known_unit(part[2])))
        end = part.end()
    units = [unit for _, unit in found if unit]
    if end < len(text) or len(units) < max(2, len(found)) or len({unit.measures for unit in units}) > 1:
        return None
    total = sum((value * unit.size for value, unit in found if unit), Fraction(0))
    return Quantity(total / units[0].size, units[0])


def leading_number(text: str) -> tuple[Fraction, str, int | None, int] | None:
    """The number a text begins with, the rest, and its decimals and significant digits if it is a decimal number."""
    fraction = OVER.match(text)
    if fraction:
        value = ratio_of(fraction)
        return None if value is None else (value, text[fraction.end() :], None, 0)
    ten = POWER_ALONE.match(text)
    if ten and abs(int(ten[1] or ten[2])) <= LARGEST_EXPONENT:
        return Fraction(10) ** int(ten[1] or ten[2]), text[ten.end() :], None, 0
    whole = DECIMAL.match(text)
    if whole is None or not whole[0] or whole[0] == ".":
        return None
    value, rest = decimal_value(whole), text[whole.end() :]
    if value is None:
        return None
    power = POWER.match(rest)
    if power:
        exponent = int(power[1] or power[2] or power[3])
        if abs(exponent) > LARGEST_EXPONENT:
            return None
        places = len(whole[2] or "") - exponent
        return value * Fraction(10) ** exponent, rest[power.end() :], places, significant(whole)
    mixed = OVER.match(rest) if whole[2] is None else None
    if mixed and (rest[:1] == " " or rest.startswith("\\frac")):
        part = ratio_of(mixed)
        if part is None or not 0 < part < 1:
            return None
        return value + part, rest[mixed.end() :], None, 0
    decimals = whole[2]
    if decimals is None or whole[3] or whole[4]:
        return value, rest, None, 0
    return value, rest, len(decimals), significant(whole)


def significant(found: re.Match[str]) -> int:
    """How many significant digits a decimal number has."""
    return len(((found[1] or "").replace(",", "").replace(" ", "") + (found[2] or "")).lstrip("0"))


def decimal_value(found: re.Match[str]) -> Fraction | None:
    """The value of a decimal number, repeating or not."""
    whole = (found[1] or "").replace(",", "").replace(" ", "")
    decimals, period = found[2] or "", found[3] or found[4] or ""
    if not whole + decimals + period:
        return None
    value = Fraction(int(whole + decimals or "0"), 10 ** len(decimals))
    if period:
        value += Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(decimals))
    return value


def ratio_of(found: re.Match[str]) -> Fraction | None:
    """The value of a fraction of plain numbers; None for a zero denominator."""
    above, below = (Fraction((found[n] or found[n + 2]).replace(",", "") or 0) for n in (1, 2))
    return above / below if below else None


def unit_of(text: str, loose: bool) -> tuple[Unit | None] | None:
    """The unit that a text is: ``(None,)`` for none or an unknown noun; None where it is not a unit at all."""
    text = text.strip().removeprefix(r"\cdot").strip()
    if not text:
        return (None,)
    if text == MONEY:
        return (UNITS["dollar"],)
    ratio = known_unit(re.sub(r"\\text|[{}\s]", "", text)) if "/" in text else None
    if ratio:
        return (ratio,)
    found = UNIT_TEXT.match(text)
    if found is None:
        return None
    marked = found[1] or found[2]
    words, rest = (marked or found[3] or "degree").strip(" ."), text[found.end() :].strip()
    if CLAUSE.search(words) or re.search(r"\d", words) or names_another(words):
        return None
    known = known_unit(words) if marked or found[4] or loose or len(words) > 1 else None
    power = EXPONENT.fullmatch(rest)
    if rest and not (known and power):
        return (None,) if marked and COMPOUND.fullmatch(rest) else None
    if known:
        return (known.raised(int(power[1])) if power else known,)
    return (None,) if (marked and len(marked) > 1) or (len(words) > 3 and words not in NOT_UNITS) else None


def known_unit(words: str) -> Unit | None:
    """The unit of a name, an abbreviation or a phrase (``square feet``, ``miles per hour``)."""
    words = words.lower() if len(words) > 2 else words
    for prefix, power in (("square ", 2), ("sq ", 2), ("cubic ", 3), ("cu ", 3)):
        if words.startswith(prefix):
            inner = known_unit(words.removeprefix(prefix))
            return inner.raised(power) if inner else None
    for name in (words, words.removesuffix("s"), words.removesuffix("es"), words.lower() if words[1:] else words):
        if name in UNITS:
            return UNITS[name]
    return None

"""Numbers in words: ``forty-two``, ``one hundred and five``, ``third``, ``two thirds``, ``minus three``."""

import re
from fractions import Fraction

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: number for number, word in enumerate(ONES)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
LARGE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
IRREGULAR = {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
ORDINALS = (
    {f"{word}th": number for word, number in (SMALL | LARGE).items()}
    | {f"{word[:-1]}ieth": 10 * number for number, word in enumerate(TENS, 2)}
    | IRREGULAR
)
PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
NUMERALS = {*SMALL, *LARGE}
LONGEST = 80
TEXT = re.compile(r"\\text\{([^{}]*)\}")
STARTS = re.compile(
    rf"(?i)\s*(?:(?:minus|negative|an?)\s+)?({'|'.join({*SMALL, *LARGE, *ORDINALS, *PARTS, 'dozen'})})(?![a-z])"
)


def spelled_out(text: str) -> Fraction | None:
    """The value of a number in words; None for anything else."""
    found = leading(text)
    return found[0] if found and not found[1] else None


def leading(text: str) -> tuple[Fraction, str] | None:
    """The value of the number in words that a text begins with, and the words after it."""
    if len(text) > 2 * LONGEST:
        return None
    text = TEXT.sub(r"\1", text)
    if not STARTS.match(text) or len(text) > LONGEST:
        return None
    words = text.lower().replace("-", " ").split()
    sign = -1 if words[0] in ("minus", "negative") else 1
    words = words[sign < 0 :]
    if words[0] in ("a", "an"):
        words[0] = "one"
    value, count = cardinal(words)
    rest = words[count:]
    part = denominator(rest[0], plural=value != 1) if rest and count else None
    if part:
        return sign * Fraction(value, part), " ".join(rest[1:])
    if count and rest[:1] == ["and"] and len(rest) > 2:
        above, used = cardinal(["one" if rest[1] in ("a", "an") else rest[1], *rest[2:]])
        below = denominator(rest[1 + used], plural=above != 1) if used and len(rest) > 1 + used else None
        if below and above < below:
            return sign * (value + Fraction(above, below)), " ".join(rest[2 + used :])
    if count and rest[:1] in (["dozen"], ["dozens"]):
        return Fraction(sign * 12 * value), " ".join(rest[1:])
    if rest and rest[0] in ORDINALS and ORDINALS[rest[0]] < 10**3 and (not value or value >= 20 > ORDINALS[rest[0]]):
        return Fraction(sign * (value + ORDINALS[rest[0]])), " ".join(rest[1:])
    if not count and rest[0] in PARTS:
        return Fraction(sign, PARTS[rest[0]]), " ".join(rest[1:])
    return (Fraction(sign * value), " ".join(rest)) if count and not NUMERALS & {*rest[:1]} else None


def cardinal(words: list[str]) -> tuple[int, int]:
    """The value of the number that some words begin with, and how many of them it takes."""
    total, group, count, limit = 0, 0, 0, 10**3
    while count < len(words):
        word = words[count]
        joined = word == "and" and count and words[count - 1] in LARGE and words[count + 1 : count + 2]
        if joined and words[count + 1] in SMALL:
            count += 1
        elif word in SMALL and SMALL[word] < limit:
            group += SMALL[word]
            limit = 10 if SMALL[word] >= 20 else 1
            count += 1
        elif word == "hundred" and 0 < group < 100:
            group, limit, count = 100 * group, 100, count + 1
        elif word in LARGE and LARGE[word] > 100 and group:
            total, group, limit, count = total + LARGE[word] * group, 0, 10**3, count + 1
        else:
            break
    return total + group, count


def denominator(word: str, plural: bool) -> int | None:
    """The denominator that a word such as ``thirds`` or ``half`` names after a number; None for any other."""
    if word in PARTS:
        return PARTS[word]
    if plural != word.endswith("s") or word in ("first", "second", "seconds"):
        return None
    return ORDINALS.get(word.removesuffix("s"))

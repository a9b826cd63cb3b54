"""The value of plain arithmetic, to tell numbers apart that are far from each other. Read, not evaluated."""

import re
from decimal import Context, Decimal, DecimalException

TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)(?!\d|\s*\\frac)|(\\(?:frac|sqrt|pi|cdot|times)(?![a-zA-Z])|[-+*/^(){}\[\]]))"
)
PI = Decimal("3.14159265358979323846264338327950288")
FAR = Decimal("0.001")
"""Farther than this, in proportion, no rounding takes a value."""
LARGEST_POWER = 1_000
DEEPEST = 20
LONGEST = 200
ARITHMETIC = Context(prec=30)


class NotReadError(Exception):
    """A text is no plain arithmetic."""


def far_apart(one: str, other: str) -> bool:
    """Tell whether both texts are plain arithmetic, and their values differ by more than any rounding."""
    first = constant(one)
    second = None if first is None else constant(other)
    if first is None or second is None:
        return False
    try:
        return abs(first - second) > FAR * max(abs(first), abs(second))
    except DecimalException:  # too large, or too small, for a decimal number
        return False


def constant(text: str) -> Decimal | None:
    r"""The value of numbers, ``\frac``, ``\sqrt``, ``\pi``, powers and the four operations; None for anything else."""
    if len(text) > LONGEST:
        return None
    try:
        return Reader(text).all()
    except (NotReadError, DecimalException):
        return None


class Reader:
    """Reads a text once, from left to right."""

    def __init__(self, text: str) -> None:
        """Split the text into numbers, commands and signs."""
        self.tokens: list[str] = []
        at = 0
        text = text.strip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                raise NotReadError
            self.tokens.append(found[1] or found[2])
            at = found.end()
        self.at = 0
        self.depth = 0

    def next(self) -> str:
        """The token that comes next, empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        """Go past a token, of these if any are given."""
        token = self.next()
        if not token or (expected and token not in expected):
            raise NotReadError
        self.at += 1
        return token

    def all(self) -> Decimal:
        """The value of the whole text."""
        value = self.sum()
        if self.next():
            raise NotReadError
        return value

    def sum(self) -> Decimal:
        """The value of terms that are added and subtracted."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotReadError
        value = self.product()
        while self.next() in ("+", "-"):
            sign = self.take()
            term = self.product()
            value = ARITHMETIC.add(value, term) if sign == "+" else ARITHMETIC.subtract(value, term)
        self.depth -= 1
        return value

    def product(self) -> Decimal:
        """The value of factors, with or without a sign between them; none without one after a slash."""
        negative = False
        while self.next() in ("-", "+"):
            negative ^= self.take() == "-"
        value = self.power()
        slashed = False
        while (token := self.next()) and token not in ("+", "-", ")", "}", "]"):
            if token == "/":
                self.take()
                value, slashed = ARITHMETIC.divide(value, self.power()), True
            elif token in ("*", r"\cdot", r"\times"):
                self.take()
                value = ARITHMETIC.multiply(value, self.power())
            elif slashed or token[0].isdigit():
                raise NotReadError
            else:
                value = ARITHMETIC.multiply(value, self.power())
        return -value if negative else value

    def power(self) -> Decimal:
        """The value of a number or bracket with its exponent."""
        value = self.atom()
        if self.next() != "^":
            return value
        self.take()
        exponent = self.group("{", "}") if self.next() == "{" else Decimal(self.take())
        if abs(exponent) > LARGEST_POWER or (value < 0 and exponent != int(exponent)) or self.next() == "^":
            raise NotReadError
        return ARITHMETIC.power(value, exponent)

    def atom(self) -> Decimal:
        """The value of a number, a command with its arguments, or a bracket."""
        token = self.next()
        if token in ("(", "{", "["):
            return self.group(token, {"(": ")", "{": "}", "[": "]"}[token])
        self.take()
        if token[0].isdigit():
            return Decimal(token)
        if token == r"\pi":
            return PI
        if token == r"\frac":
            above = self.group("{", "}")
            return ARITHMETIC.divide(above, self.group("{", "}"))
        if token == r"\sqrt":
            degree = self.group("[", "]") if self.next() == "[" else Decimal(2)
            value = self.group("{", "}")
            if value < 0 or not 2 <= degree <= LARGEST_POWER:
                raise NotReadError
            return ARITHMETIC.power(value, ARITHMETIC.divide(Decimal(1), degree))
        raise NotReadError

    def group(self, opening: str, closing: str) -> Decimal:
        """The value of what stands between brackets."""
        self.take(opening)
        value = self.sum()
        self.take(closing)
        return value

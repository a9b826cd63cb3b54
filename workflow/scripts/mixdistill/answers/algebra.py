"""Equality of expressions, decided by values at several points. Runs only where a limit of time and memory is set."""

import hashlib
import logging
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import log2
from typing import Any, TypeVar

Result = TypeVar("Result")

SPANS = [(0, 1), (0, 1), (0, 1), (1, 3), (1, 3), (1, 3), (0, 1), (1, 3), (3, 40), (3, 40)]
POINTS = len(SPANS)
"""Where expressions are compared: how far from zero the coordinates are, the first ones of which are positive."""
POSITIVE = 6
ENOUGH = 3
"""Expressions that agree at this many points, and differ at none, are the same."""
DIGITS = 60
CLOSE = 1e-40
MOST_BITS = 300_000
"""Exact numbers that are longer (some 90,000 digits) are not worked out."""
HIGHEST_MATRIX_POWER = 1_000
NOT_READ = re.compile(r"\\(?:partial|nabla|ldots|not|pmod|equiv|mid)(?![a-zA-Z])")
"""What the parser would drop or misread."""
PRIME = re.compile(r"(?<=[a-zA-Z])'+")
DEGREES = re.compile(r"(\d+(?:\.\d+)?|[a-zA-Z)])\s*\^\\circ")

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)


class TooLargeError(Exception):
    """An expression cannot be evaluated, since a number in it is too long to be written out."""


def parsed(text: str) -> Any:
    """A plain answer as SymPy reads LaTeX (latex2sympy2_extended, by way of math-verify); None if it can't.

    Raises:
        TooLargeError: a power or factorial in it has more than ``MOST_BITS`` bits.
    """
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import LatexExtractionConfig, parse
    from sympy import Basic, Float, I, MatrixBase

    config = LatexExtractionConfig(
        boxed_match_priority=0,
        normalization_config=NormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="all", equations=False
        ),
    )
    if NOT_READ.search(text):
        return None
    text = PRIME.sub(lambda found: "_{" + "p" * len(found[0]) + "}", text)
    text = DEGREES.sub(r"\1 \\cdot \\frac{\\pi}{180}", text)
    found = parse(f"\\boxed{{{text}}}", [config], fallback_mode="no_fallback", parsing_timeout=None)
    if not found or not isinstance(found[0], Basic | MatrixBase):
        return None
    expression = found[0]
    refuse_huge(expression)
    exact = {number: as_written(number) for number in expression.atoms(Float)}
    imaginary = (
        {} if r"\sum" in text or r"\prod" in text else {one: I for one in expression.free_symbols if one.name == "i"}
    )
    return expression.xreplace(exact | imaginary)


def refuse_huge(expression: Any) -> None:
    """Raise ``TooLargeError`` if a number such as ``9^{9^9}`` or ``99999!`` would have to be worked out.

    SymPy would try, for hours. Inner numbers are looked at first, so that what is evaluated here is small.
    """
    from sympy import MatPow, Pow, factorial, gamma, postorder_traversal

    for node in postorder_traversal(expression):
        if not isinstance(node, Pow | MatPow | factorial | gamma):
            continue
        if node.args[0].is_Matrix and node.args[1].is_number and abs(node.args[1].doit()) > HIGHEST_MATRIX_POWER:
            raise TooLargeError
        if not node.is_number:
            continue
        base, times = (as_written(each.doit()) for each in (node.args[0], node.args[-1]))
        if base.is_Rational and times.is_Rational and abs(times) * log2(max(abs(base.p), base.q)) > MOST_BITS:
            raise TooLargeError


def as_written(number: Any) -> Any:
    """A decimal number as an exact one; anything else as it is."""
    from sympy import Rational

    return Rational(str(number)) if number.is_Float else number


def guarded(rule: Callable[..., Result | None], *texts: str) -> Result | None:
    """Apply a rule; None where SymPy fails, as it does in many ways on what is not mathematics."""
    try:
        return rule(*texts)
    except (MemoryError, TimeoutError, TooLargeError):
        raise
    except Exception:
        return None


def verified(answer: str, gold: str) -> bool | None:
    """The opinion of math-verify (Hugging Face)."""
    from math_verify import verify

    one, other = parsed(answer), parsed(gold)
    if one is None or other is None:
        return None
    return any(verify([gold], [answer], timeout_seconds=None) for gold, answer in ((other, one), (one, other)))


def identical(answer: str, gold: str) -> bool | None:
    """Tell whether two expressions have the same value everywhere; None where that can't be decided by values."""
    from sympy import Expr, MatrixBase

    one, other = parsed(answer), parsed(gold)
    if one is None or other is None:
        return None
    one, other = one.doit(), other.doit()
    if isinstance(one, MatrixBase) and isinstance(other, MatrixBase):
        if one.shape != other.shape:
            return False
        each = [same_values(a, b, seed(answer, gold)) for a, b in zip(one.flat(), other.flat(), strict=True)]
        return None if None in each else all(each)
    if not isinstance(one, Expr) or not isinstance(other, Expr):
        return None
    return same_values(one, other, seed(answer, gold))


def seed(*texts: str) -> str:
    """What the points depend on where these texts are compared, in either order.

    An answer cannot be written so that it has the right values at points that are drawn from its own text.
    """
    return hashlib.sha256("\0".join(sorted(texts)).encode(errors="replace")).hexdigest()


def same_values(one: Any, other: Any, drawn: str) -> bool | None:
    """Compare two SymPy expressions at points; None if too few of them have a value.

    Points where one of them is not real are left out if there are others: ``1/sqrt(n)`` and ``sqrt(1/n)`` are the same
    where they are defined over the reals. A number is no expression that has its value at points, but one from which
    all names disappear.
    """
    if one == other and one.is_finite is not False:
        return True
    if one.is_Rational and other.is_Rational:
        return False
    points = range(POINTS if free(one) | free(other) else 1)
    pairs = [(value(one, point, drawn), value(other, point, drawn)) for point in points]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    real = [(a, b) for a, b in known if a.is_real and b.is_real]
    known = real if len(real) >= ENOUGH else known
    if any(not close(a, b) for a, b in known):
        return False
    if len(known) < min(ENOUGH, len(points)):
        return None
    return bool(free(one)) is bool(free(other)) or not free(simplified(one - other))


def simplified(expression: Any) -> Any:
    """An expression simplified as one in real numbers."""
    from sympy import Symbol, simplify

    return simplify(expression.xreplace({one: Symbol(one.name, real=True) for one in expression.free_symbols}))


def constant_apart(answer: str, gold: str) -> bool | None:
    """Tell whether two antiderivatives differ by a constant."""
    one, other = parsed(answer), parsed(gold)
    if one is None or other is None:
        return None
    drawn = seed(answer, gold)
    pairs = [(value(one, point, drawn), value(other, point, drawn)) for point in range(POINTS)]
    apart = [a - b for a, b in pairs if a is not None and b is not None and a.is_real and b.is_real]
    if len(apart) < ENOUGH:
        return None
    return all(abs(each - apart[0]) <= CLOSE * max(1, abs(each)) for each in apart)


def close(a: Any, b: Any) -> bool:
    """Tell whether two values agree but for the error of computing them."""
    return bool(abs(a - b) <= CLOSE * max(abs(a), abs(b)) or (a * b == 0 and abs(a - b) < CLOSE))


def constant(text: str) -> Fraction | None:
    """The value of an expression without variables, to ``DIGITS`` digits."""
    expression = parsed(text)
    number = None if expression is None or free(expression) else value(expression.doit(), 0, text)
    return None if number is None or not number.is_real else Fraction(str(number))


def proportional(answer: str, gold: str) -> bool | None:
    """Tell whether two equations ``left - right`` have the same solutions because one is a multiple of the other.

    For inequalities the factor must be positive: the caller moves everything to one side.
    """
    factors = ratios(answer, gold)
    if factors is None:
        return None
    return bool(factors[0] != 0) and all(close(factor, factors[0]) for factor in factors)


def positively_proportional(answer: str, gold: str) -> bool | None:
    """Like ``proportional``, by a positive factor."""
    factors = ratios(answer, gold)
    if factors is None:
        return None
    return bool(proportional(answer, gold) and factors[0].is_real and factors[0] > 0)


def ratios(answer: str, gold: str) -> list[Any] | None:
    """Values of answer / gold at the points where both have one other than zero."""
    from sympy import Expr

    one, other = parsed(answer), parsed(gold)
    if not isinstance(one, Expr) or not isinstance(other, Expr):
        return None
    one, other = one.doit(), other.doit()
    if not free(one) or free(one) != free(other):
        return None
    drawn = seed(answer, gold)
    pairs = [(value(one, point, drawn), value(other, point, drawn)) for point in range(POINTS)]
    factors = [a / b for a, b in pairs if a is not None and b not in (None, 0)]
    return factors if len(factors) >= ENOUGH else None


def free(expression: Any) -> set[str]:
    """Names of symbols and of unknown functions."""
    from sympy.core.function import AppliedUndef

    return {str(one) for one in expression.free_symbols | expression.atoms(AppliedUndef)}


def value(expression: Any, point: int, drawn: str) -> Any:
    """The value of an expression at a point, to many digits; None where it has none."""
    from sympy.core.function import AppliedUndef

    names = {one: coordinate(str(one), point, drawn) for one in expression.atoms(AppliedUndef)}
    fixed = expression.xreplace(names) if names else expression
    try:
        if has_odd_root(fixed):
            fixed = with_real_roots(fixed.xreplace(at(point, fixed, drawn)))
        number = fixed.evalf(DIGITS, subs=at(point, fixed, drawn))
    except (TypeError, ValueError, ArithmeticError, AttributeError, NotImplementedError):
        return None
    return number if number.is_number and number.is_finite and not number.free_symbols else None


def at(point: int, expression: Any, drawn: str) -> dict[Any, Any]:
    """The coordinates that the symbols of an expression have at a point."""
    return {one: coordinate(str(one), point, drawn) for one in expression.free_symbols}


def has_odd_root(expression: Any) -> bool:
    """Tell whether there is a cube root, or another of odd degree, in an expression."""
    from sympy import Pow

    degrees = (power.exp.q for power in expression.atoms(Pow) if power.exp.is_Rational)
    return any(degree > 1 and degree % 2 for degree in degrees)


def with_real_roots(expression: Any) -> Any:
    """An expression without symbols whose roots of odd degree of negative numbers are the real ones, not SymPy's."""
    from sympy import Pow

    if not expression.args:
        return expression
    made = expression.func(*map(with_real_roots, expression.args))
    if not isinstance(made, Pow) or not made.exp.is_Rational or made.exp.q == 1 or not made.exp.q % 2:
        return made
    base = made.base.evalf(DIGITS)
    return (-1) ** made.exp.p * (-made.base) ** made.exp if base.is_real and base < 0 else made


@lru_cache(maxsize=1_000)
def coordinate(name: str, point: int, drawn: str) -> Any:
    """A rational number, not 0, that a name has at a point, the same in every process.

    Its denominator has 64 bits and differs from point to point: no ``\\sin(20000\\pi x)`` is zero there.
    """
    from sympy import Rational

    digest = hashlib.sha256(f"{name} {point} {drawn}".encode(errors="replace")).digest()
    low, high = SPANS[point]
    below = 2**63 + int.from_bytes(digest[:8]) // 2
    above = 1 + int.from_bytes(digest[8:24]) % (below - 1)
    sign = -1 if point >= POSITIVE and digest[24] % 2 else 1
    return sign * (low + (high - low) * Rational(above, below))

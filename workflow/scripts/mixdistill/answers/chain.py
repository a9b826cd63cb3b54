"""Is an answer the reference answer? Named rules, cheap and certain ones first; the first that can tell decides."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from mixdistill.answers import algebra, choices, parts, relations, structure
from mixdistill.answers.asked import NOTHING, Asked
from mixdistill.answers.gold import normalised
from mixdistill.answers.parameters import without_ranges
from mixdistill.answers.quantities import quantity
from mixdistill.answers.simple import AT_ONCE, INTEGER, rounded
from mixdistill.answers.writing import plain, unwrapped

LONGEST = 2_000
"""Answers of more characters are not compared: none of the benchmarks' golds has 200."""

DEEPEST = 60
"""Brackets in more brackets than this are not compared by SymPy: its parser takes seconds to read two hundred."""


class Decision(NamedTuple):
    """Whether an answer is the reference, and the rule that said so."""

    right: bool
    rule: str


SHORT = 100
"""Answers of more characters are compared part by part in workers only, since that takes more than linear time."""


class UndecidedError(Exception):
    """Parts of answers cannot be compared without SymPy."""


def at_once(answer: str, gold: str, asked: Asked = NOTHING) -> Decision | None:
    """What can be decided without SymPy, in time proportional to the length; None where it can't.

    A rule that fails is left to a worker, which says so in the row: no answer ends the job that looks at it.
    """
    try:
        return quick(answer, gold, asked)
    except Exception:
        return None


def quick(answer: str, gold: str, asked: Asked) -> Decision | None:
    """``at_once`` without the net."""
    if max(len(answer), len(gold)) > LONGEST:
        return Decision(False, "too long")
    bare = normalised(answer)
    if bare == gold:
        return Decision(True, "exact")
    if INTEGER.fullmatch(bare) and INTEGER.fullmatch(gold):
        return Decision(False, "number")
    answer, gold = plain(answer), remembered(gold)
    if max(len(answer), len(gold)) > LONGEST:  # Unicode has letters that are written out as eighteen
        return Decision(False, "too long")
    decision = first_of(AT_ONCE, answer, gold, asked)
    if decision is None and max(map(structure.depth, (answer, gold))) > DEEPEST:
        return Decision(False, "nested too deeply")
    if decision is None and max(len(answer), len(gold)) <= SHORT:
        try:
            return by_parts(*without_ranges(answer, gold), asked)
        except UndecidedError:
            return None
    return decision


@lru_cache(maxsize=10_000)
def remembered(gold: str) -> str:
    """A plain reference; many answers are compared with each."""
    return plain(gold)


def by_parts(answer: str, gold: str, asked: Asked) -> Decision:
    """Decide on plain answers or parts of them without SymPy.

    Raises:
        UndecidedError: that is not possible.
    """
    answer, gold = unwrapped(answer), unwrapped(gold)
    decision = first_of(AT_ONCE, answer, gold, asked)
    if decision is None:
        decision = first_of(PARTS_AT_ONCE, answer, gold, partial(same, by_parts, asked.of_parts()), asked)
    if decision is None:
        raise UndecidedError
    return decision


def at_length(answer: str, gold: str, asked: Asked = NOTHING) -> Decision:
    """Decide by all rules. Only for a process that may be killed.

    Args:
        answer: as written by a model, of at most ``LONGEST`` characters.
        gold: the reference.
        asked: what the problem asks for.
    """
    return compared(*without_ranges(plain(answer), plain(gold)), asked)


def compared(answer: str, gold: str, asked: Asked = NOTHING) -> Decision:
    """Decide by all rules on plain answers, or on parts of them."""
    answer, gold = unwrapped(answer), unwrapped(gold)
    decision = first_of(AT_ONCE, answer, gold, asked)
    if decision is None:
        decision = first_of(BY_PARTS, answer, gold, partial(same, compared, asked.of_parts()), asked)
    return decision or first_of(BY_VALUE, answer, gold) or Decision(False, "nothing in common")


def same(compare: Callable[[str, str, Asked], Decision], asked: Asked, answer: str, gold: str) -> bool:
    """Compare parts of answers."""
    return compare(answer, gold, asked).right


def first_of(rules: dict[str, Callable[..., bool | None]], *given: object) -> Decision | None:
    """The decision of the first rule that can tell."""
    for name, rule in rules.items():
        right = rule(*given)
        if right is not None:
            return Decision(right, name)
    return None


def expression(answer: str, gold: str) -> bool | None:
    """The same value at several points (and so everywhere); a rounded decimal number as in ``number``."""
    integrals = ANY_CONSTANT.fullmatch(answer), ANY_CONSTANT.fullmatch(gold)
    if integrals[0] and integrals[1]:
        return algebra.guarded(algebra.constant_apart, integrals[0][1], integrals[1][1])
    equal = algebra.guarded(algebra.identical, answer, gold)
    if equal is False:
        for decimal, exact in ((quantity(answer), gold), (quantity(gold), answer)):
            if decimal and decimal.decimals is not None and quantity(exact) is None:
                value = algebra.guarded(algebra.constant, exact)
                return value is not None and rounded(decimal, value, "irrational")
        if r"^\circ" in answer + gold:
            return algebra.guarded(algebra.identical, *(each.replace(r"^\circ", "") for each in (answer, gold)))
    return equal


ANY_CONSTANT = re.compile(r"(.*\S)\s*\+\s*(?:C|c|K)(?:_\{?[01]\}?)?")


def by_math_verify(answer: str, gold: str) -> bool | None:
    """What is left to math-verify 0.9 (Hugging Face): sets by formula, sums, relations that must be solved."""
    return algebra.guarded(algebra.verified, answer, gold)


PARTS_AT_ONCE: dict[str, Callable[..., bool | None]] = {
    "remark": parts.remark,
    "choice": choices.lettered,
    "matrix": parts.matrices,
    "working": relations.working,
    "several": parts.lists,
    "tuple or interval": parts.brackets,
}
BY_PARTS: dict[str, Callable[..., bool | None]] = PARTS_AT_ONCE | {
    "congruence": relations.congruences,
    "relation": relations.relations,
    "unit": parts.without_unit,
}
BY_VALUE: dict[str, Callable[..., bool | None]] = {"expression": expression, "math-verify": by_math_verify}

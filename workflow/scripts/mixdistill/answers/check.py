"""Is an answer the reference answer? Cheap, certain rules first; symbolic comparison by math-verify last."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from mixdistill.answers.extraction import extracted
from mixdistill.answers.gold import normalised

LONGEST = 2_000
"""Answers of more characters are not parsed: none of the benchmarks' golds has 200."""

SECONDS = 5
"""math-verify's own limit for parsing, and for comparing."""

PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")


class Verdict(NamedTuple):
    """What became of one completion."""

    outcome: str
    """``right``, ``wrong``, or why there is nothing to compare: ``no answer``, ``cut`` (no answer, and the completion
    ended at its limit), ``no gold`` (the reference is empty)."""
    rule: str
    """The rule that decided: ``exact``, ``number``, ``symbolic``, ``too long``, ``extraction`` or ``reference``."""
    answer: str | None
    """The final answer that was compared."""


def marked(completion: str, finish_reason: str, gold: str, policy: str) -> Verdict:
    """Extract the final answer of a completion and compare it with the reference answer."""
    answer = extracted(completion, policy)
    if not gold:
        return Verdict("no gold", "reference", answer)
    if answer is None:
        return Verdict("cut" if finish_reason == "length" else "no answer", "extraction", None)
    right, rule = same(answer, gold)
    return Verdict("right" if right else "wrong", rule, answer)


@lru_cache(maxsize=65536)
def same(answer: str, gold: str) -> tuple[bool, str]:
    """Tell whether an answer equals the reference, and which rule says so.

    Args:
        answer: as written by a model.
        gold: the reference, normalised (``mixdistill.answers.gold``).
    """
    if len(answer) > LONGEST:
        return False, "too long"
    answer = normalised(answer)
    if answer == gold:
        return True, "exact"
    numbers = number(answer), number(gold)
    if None not in numbers:
        return numbers[0] == numbers[1], "number"
    return symbolic(answer, gold), "symbolic"


def number(text: str) -> Decimal | None:
    """The value of a plain decimal number; None for anything else."""
    if not PLAIN_NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def symbolic(answer: str, gold: str) -> bool:
    """Compare as mathematics, by math-verify (Apache-2.0); what it cannot read is not the reference."""
    from math_verify import parse, verify

    both: list[Any] = [parse(f"\\boxed{{{text}}}", parsing_timeout=SECONDS) for text in (gold, answer)]
    return bool(verify(both[0], both[1], timeout_seconds=SECONDS))

r"""The string rule of the paper's released code, its traps included: what the authors' scripts count as right.

Written from the description of their judging script (``math_metric_llm_eval_general.py``), whose string rule is that
of lm-evaluation-harness's ``hendrycks_math`` and goes back to ``math_equivalence.py`` of hendrycks/math. Golds are
compared as their source has them, so an AMC 2023 gold (27.0) equals no integer and an AIME 2024 gold (025) needs its
zero.

Where their script would end with an error, on a box in whose text stands another kind of box, the answer is what stands
between the outer braces. That the tasks of the harness cut zeros of both sides, and look for the answer in a box and
nowhere else, is our reading: their code is described, but was not seen.
"""

import re
from collections.abc import Callable

Judged = tuple[bool, str | None]
"""Whether an answer is right, and the answer; None where the completion has none, which is wrong."""

NUMBER = re.compile(r"-?[$0-9.,]{2,}|-?[0-9]+")
"""GSM8K's answers; the harness writes it with two groups of which one is empty (``gsm8k-cot.yaml``)."""

SIMPLER = (
    ("\n", ""),
    ("\\!", ""),
    ("\\\\", "\\"),
    ("tfrac", "frac"),
    ("dfrac", "frac"),
    ("\\left", ""),
    ("\\right", ""),
    ("^{\\circ}", ""),
    ("^\\circ", ""),
    ("\\$", ""),
)
"""Replacements before anything else, in this order."""


def by_script(completion: str, gold: str) -> Judged:
    """Judge as the judging script does, on which the paper's numbers rest: last box, equal strings."""
    answer = last_box(completion)
    return answer is not None and equivalent(answer, gold), answer


def by_task(completion: str, gold: str) -> Judged:
    """Judge as the harness's tasks of AIME, AMC and OlympiadBench do: without leading zeros and a final ``.0``."""
    answer = last_box(completion)
    return answer is not None and equivalent(without_zeros(answer), without_zeros(gold)), answer


def by_last_number(completion: str, gold: str) -> Judged:
    """Judge as the harness's GSM8K task does (filter ``flexible-extract``): the last number, without its trimmings."""
    numbers = NUMBER.findall(completion)
    return bool(numbers) and trimmed(numbers[-1]) == trimmed(gold), numbers[-1] if numbers else None


POLICIES: dict[str, Callable[[str, str], Judged]] = {
    "released": by_script,
    "released-task": by_task,
    "released-gsm8k": by_last_number,
}
"""Name in ``benchmarks.<name>.answer`` to the function that judges a completion against the gold of the source."""


def counterpart(policy: str) -> Callable[[str, str], Judged]:
    """The released rule for a benchmark that is marked under some policy: what gave the paper its number."""
    return POLICIES.get(policy, by_last_number if policy == "last-number" else by_script)


def last_box(text: str) -> str | None:
    r"""The content of the last box, as the released code finds it.

    A ``\boxed`` before a blank wins over all others and holds what follows up to the next dollar; ``\fbox`` counts
    only without any ``\boxed``; the last box must close, an earlier one is not looked at.
    """
    if "\\boxed " in text:
        return text.rpartition("\\boxed ")[2].partition("$")[0]
    start = text.rfind("\\boxed")
    if start < 0:
        start = text.rfind("\\fbox")
    if start < 0:
        return None
    content = start + len("\\fbox{" if text.startswith("\\fbox{", start) else "\\boxed{")
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[content:at]
    return None


def equivalent(prediction: str, gold: str) -> bool:
    """Tell whether two answers are equal strings after stripping; as they are, if one of them cannot be stripped."""
    try:
        return stripped(prediction) == stripped(gold)
    except (IndexError, ValueError):
        return prediction == gold


def stripped(text: str) -> str:
    r"""An answer without what the rule takes for accidents of LaTeX.

    Raises:
        ValueError: ``\text{ `` occurs twice, or one side of the only slash is no integer.
        IndexError: nothing follows a root or a fraction.
    """
    for old, new in SIMPLER:
        text = text.replace(old, new)
    text = without_unit(text)
    for old, new in (("\\%", ""), (" .", " 0."), ("{.", "{0.")):
        text = text.replace(old, new)
    if not text:
        return text
    if text[0] == ".":
        text = "0" + text
    if text.count("=") == 1 and text.index("=") <= 2:
        text = text.partition("=")[2]
    text = "\\sqrt".join(braced_roots(text)).replace(" ", "")
    text = braced_fractions(text)
    return slash_as_fraction("\\frac{1}{2}" if text == "0.5" else text)


def without_unit(text: str) -> str:
    r"""Cut from ``\text{ `` on, which opens a unit in MATH."""
    value, *units = text.split("\\text{ ")
    if len(units) > 1:
        raise ValueError("more than one unit")
    return value


def braced_roots(text: str) -> list[str]:
    r"""The parts between roots; each root's single character gets braces: ``\sqrt3`` to ``\sqrt{3}``."""
    first, *parts = text.split("\\sqrt")
    return [first, *(part if part[0] == "{" else f"{{{part[0]}}}{part[1:]}" for part in parts)]


def braced_fractions(text: str) -> str:
    r"""Give single characters of fractions their braces: ``\frac12`` and ``\frac1{72}``, but not ``\frac{72}1``."""
    made, *parts = text.split("\\frac")
    joined = [made]
    for part in parts:
        if part[0] != "{":
            if len(part) < 2:
                return text
            below = part[1:] if part[1] == "{" else f"{{{part[1]}}}{part[2:]}"
            part = f"{{{part[0]}}}{below}"
        joined.append(part)
    return "\\frac".join(joined)


def slash_as_fraction(text: str) -> str:
    """Turn a slash between plain integers into a fraction; what is no integer raises, as in the released code."""
    if text.count("/") == 1:
        above, below = map(int, text.split("/"))
        if text == f"{above}/{below}":
            return f"\\frac{{{above}}}{{{below}}}"
    return text


def without_zeros(text: str) -> str:
    """An answer without leading zeros and a final ``.0``."""
    return text.lstrip("0").removesuffix(".0")


def trimmed(text: str) -> str:
    """A number without commas, dollars, all up to ``####`` and a final full stop (the task's ``regexes_to_ignore``)."""
    return re.sub(r"\.$", "", text.replace(",", "").replace("$", "").rpartition("#### ")[2]).lower()

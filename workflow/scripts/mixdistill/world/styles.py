"""How the teachers of the miniature world write their solutions: gold chains of thought, one style each."""

from collections.abc import Callable
from random import Random

from mixdistill.world.diaries import LARGEST, Diary, Step, applied

Style = Callable[[Diary, Random], str]

OPPOSITE = {"+": "-", "-": "+", "*": "+"}


def boxed(diary: Diary) -> str:
    """The final answer as every style ends."""
    return f"\\boxed{{{diary.answer}}}"


def equation(step: Step) -> str:
    """One step worked out at once."""
    return f"{step.before}{step.sign}{step.operand}={step.after}"


def decomposed(before: int, sign: str, operand: int) -> str:
    """One step worked out through the tens, where there are tens to split off."""
    after = applied(before, sign, operand)
    if sign in "+-" and operand >= 10 and operand % 10:
        tens, units = operand // 10 * 10, operand % 10
        between = applied(before, sign, tens)
        return f"{before}{sign}{tens}={between}, {between}{sign}{units}={after}"
    if sign == "*" and before >= 10 and before % 10:
        tens, units = before // 10 * 10, before % 10
        products = tens * operand, units * operand
        parts = f"{tens}*{operand}={products[0]}, {units}*{operand}={products[1]}"
        return f"{parts}, {products[0]}+{products[1]}={after}"
    return f"{before}{sign}{operand}={after}"


def short(diary: Diary, rng: Random) -> str:
    """State each day and its equation: a short chain of thought."""
    days = " ".join(f"{step.entry}: {equation(step)}." for step in diary.steps)
    return f"{days} {boxed(diary)}"


def small(diary: Diary, rng: Random) -> str:
    """Say everything twice: a small teacher."""
    days = " ".join(f"{step.entry}. {equation(step)}, so {step.after}." for step in diary.steps)
    return f"{days} So {boxed(diary)}"


def symbolic(merge: float) -> Style:
    """Drop the words, split off tens, and sometimes take two easy days at once: a large teacher."""

    def write(diary: Diary, rng: Random) -> str:
        lines = []
        rest = list(diary.steps)
        while rest:
            step = rest.pop(0)
            if rest and easy(step) and easy(rest[0]) and rng.random() < merge:
                other = rest.pop(0)
                label = f"{step.day} {step.sign}{step.operand}, {other.day} {other.sign}{other.operand}"
                sums = f"{step.before}{step.sign}{step.operand}{other.sign}{other.operand}={other.after}"
            else:
                label = f"{step.day} {step.sign}{step.operand}"
                sums = decomposed(step.before, step.sign, step.operand)
            lines.append(f"{label}: {sums}.")
        return f"{' '.join(lines)} {boxed(diary)}"

    return write


def easy(step: Step) -> bool:
    """Tell whether a step adds or takes a single digit."""
    return step.sign in "+-" and step.operand < 10


def reflective(wrong: float, check: float, alternative: float) -> Style:
    """Take wrong turns back, check, and look for another way: a long chain of thought."""

    def write(diary: Diary, rng: Random) -> str:
        days = " ".join(f"{step.entry}: {pondered(step, rng)} So {step.after}." for step in diary.steps)
        return f"{days} {boxed(diary)}"

    def pondered(step: Step, rng: Random) -> str:
        thoughts = []
        sign = OPPOSITE[step.sign]
        mistaken = applied(step.before, sign, step.operand)
        if rng.random() < wrong and 0 <= mistaken <= LARGEST:
            thoughts.append(f"{step.before}{sign}{step.operand}={mistaken}. Wait, {step.verb} so")
        thoughts.append(f"{decomposed(step.before, step.sign, step.operand)}.")
        if rng.random() < check:
            thoughts.append(f"Wait, check {undone(step)}, ok.")
        if rng.random() < alternative and step.sign != "*":
            thoughts.append(f"Alternatively, {turned(step)}, ok.")
        return " ".join(thoughts)

    return write


def undone(step: Step) -> str:
    """The inverse of a step, as a check."""
    if step.sign == "*":
        return f"{step.operand}*{step.before}={step.after}"
    return f"{step.after}{OPPOSITE[step.sign]}{step.operand}={step.before}"


def turned(step: Step) -> str:
    """The same sum or difference the other way round."""
    if step.sign == "+":
        return f"{step.operand}+{step.before}={step.after}"
    return f"{step.before}-{step.after}={step.operand}"


STYLES: dict[str, Style] = {
    "short": short,
    "small": small,
    "large": symbolic(merge=0.3),
    "terse": symbolic(merge=1.0),
    "long": reflective(wrong=0.3, check=0.45, alternative=0.1),
    "r1": reflective(wrong=0.35, check=0.65, alternative=0.3),
}

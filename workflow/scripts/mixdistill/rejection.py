"""How a teacher fared in rejection sampling, in words: what was not kept, why, and what to do about it."""

import json
from pathlib import Path
from typing import Any

FEW = 0.5
"""A teacher is named if less than this share of its completions is kept: more is lost than taught then, and what is
left may be a biased choice, such as the short ones where the long ones were cut."""

WHOLE = "raise teachers.{teacher}.sampling.max_tokens, or bring whole completions"

REASONS = {
    "wrong": (
        "are wrong",
        "see that teachers.{teacher}.answer reads its answers, and that ids and golds are those of teaching.problems; "
        "draw more samples",
    ),
    "no answer": ("have no {answer}", "set teachers.{teacher}.answer to how it writes its answers{asked}"),
    "cut": ("were cut at max_tokens", WHOLE),
    "thoughts not closed": ("have thoughts that never close", WHOLE),
    "loop": ("are caught in a loop", "raise teachers.{teacher}.sampling.temperature, or bring other completions"),
    "timed out": ("were too hard to compare", "ask for plain answers in teaching.prompt"),
    "no gold": ("have no gold to be compared with", "look at fields and gold of teaching.problems"),
}
"""Why a completion is not kept: how it is said of several, and what to do."""

OF_ONE = {"have": "has", "are": "is", "were": "was"}


def shortfalls(counts: Path) -> list[str]:
    """Return a line if few of a teacher's completions were kept, and one if it has none for some problems.

    Args:
        counts: the counts of its rejection, ``kept/<teacher>.counts.json``; without that file there are no lines.
    """
    if not counts.exists():
        return []
    teacher, made = counts.name.removesuffix(".counts.json"), json.loads(counts.read_text(encoding="utf-8"))
    lines, problems = [], made.get("problems", 0)
    if made.get("right", 0) < FEW * made.get("total", 0):
        lines.append(f"teachers.{teacher}: {losses(teacher, made)}")
    if made.get("covered", problems) < problems:
        lines.append(f"teachers.{teacher}: completions for {made['covered']} of {problems} training problems")
    return lines


def losses(teacher: str, made: dict[str, Any]) -> str:
    """Return how many completions were lost by which reason, how many are left, and the fix of the first reason."""
    policy, total, right = made.get("answer", "boxed"), made["total"], made.get("right", 0)
    words = {
        "teacher": teacher,
        "answer": r"\boxed{} answer" if policy == "boxed" else f"answer that {policy} finds",
        "asked": r", or change teaching.prompt so that it asks for \boxed{}" if policy == "boxed" else "",
    }
    lost = sorted((reason for reason in REASONS if made.get(reason)), key=lambda reason: -made[reason])
    said: list[str] = []
    for reason in lost:
        verb, _, rest = REASONS[reason][0].format(**words).partition(" ")
        of = "" if said else f" of {total} completions"
        said.append(f"{made[reason]}{of} {OF_ONE[verb] if made[reason] == 1 else verb} {rest}")
    kept = f"{right} kept, for {made['solved']} of {made['problems']} problems" if right else "none kept"
    return f"{', '.join(said)} ({kept}); {REASONS[lost[0]][1].format(**words)}"

"""The one answer check of all stages: extraction, comparison, and what became of a completion."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mixdistill.answers import extraction, released
from mixdistill.answers.asked import NOTHING, Asked
from mixdistill.answers.chain import LONGEST, at_once
from mixdistill.answers.extraction import extracted, loops
from mixdistill.answers.structure import several
from mixdistill.answers.workers import Result, Task, Workers
from mixdistill.answers.writing import plain
from mixdistill.jsonl import Row

CHUNK = 2_000
"""Completions that are looked at together: what they have in common is compared once."""

CHARACTERS = 20_000_000
"""Fewer are looked at together if they have more characters than this."""

MOST_REMEMBERED = 10_000


class Written(NamedTuple):
    """A completion and what it is compared with."""

    completion: str
    finish_reason: str
    gold: str
    policy: str
    source_gold: str = ""
    """The reference as its source has it, which the released policies compare with."""
    asked: Asked = NOTHING
    """What the problem asks of its answer beyond a value."""


class Verdict(NamedTuple):
    """What became of one completion."""

    outcome: str
    """``right``, ``wrong``, ``timed out`` (the comparison hit its limit), or why there is nothing to compare: ``no
    answer``, ``cut`` (no answer, and the completion ended at its limit), ``loop`` (no answer, and it ended repeating
    itself), ``no gold`` (the reference is empty)."""
    rule: str
    """The rule that decided, or the limit that was hit."""
    answer: str | None
    """The final answer that was compared."""


def marked(
    rows: Iterable[Row], as_written: Callable[[Row], Written], workers: int | None = None
) -> Iterator[tuple[Row, Verdict]]:
    """Yield rows with the verdicts on their completions, in order.

    Cheap rules decide most; the rest is compared in worker processes, each distinct pair once. Memory does not grow
    with the number of rows.
    """
    remembered: dict[Task, Result] = {}
    with Workers(workers) as processes:
        for chunk in chunks((row, as_written(row)) for row in rows):
            looked_at = [first_look(written) for _, written in chunk]
            if len(remembered) > MOST_REMEMBERED:
                remembered.clear()
            new = {each: None for each in looked_at if isinstance(each, Task) and each not in remembered}
            remembered.update(zip(new, processes.results(new), strict=True))
            for (row, _), each in zip(chunk, looked_at, strict=True):
                yield row, each if isinstance(each, Verdict) else after(each, remembered[each])


def chunks(rows: Iterable[tuple[Row, Written]]) -> Iterator[list[tuple[Row, Written]]]:
    """Yield rows that are looked at together."""
    chunk: list[tuple[Row, Written]] = []
    characters = 0
    for row, written in rows:
        chunk.append((row, written))
        characters += len(written.completion)
        if len(chunk) == CHUNK or characters > CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def first_look(row: Written) -> Verdict | Task:
    """The verdict if cheap rules can tell, else the comparison that is needed."""
    judged = released.POLICIES.get(row.policy)
    if judged:
        right, answer = judged(row.completion[-extraction.LONGEST :], row.source_gold or row.gold)
    else:
        answer = extracted(row.completion, row.policy, several=has_several(row.gold))
    if not row.gold:
        return Verdict("no gold", "reference", answer)
    if answer is None:
        return Verdict(why_none(row), "extraction", None)
    if judged:
        return Verdict("right" if right else "wrong", row.policy, answer)
    decision = at_once(answer, row.gold, row.asked)
    if decision is None:
        return Task("chain", answer, row.gold, row.asked)
    return Verdict("right" if decision.right else "wrong", decision.rule, answer)


def after(task: Task, result: Result) -> Verdict:
    """The verdict that follows from a comparison."""
    outcome = {True: "right", False: "wrong", None: "timed out"}[result.right]
    return Verdict(outcome, result.rule, task.text)


def why_none(row: Written) -> str:
    """Why a completion has no answer."""
    if loops(row.completion):
        return "loop"
    return "cut" if row.finish_reason == "length" else "no answer"


@lru_cache(maxsize=MOST_REMEMBERED)
def has_several(gold: str) -> bool:
    """Tell whether a reference has several answers."""
    if len(gold) > LONGEST or not any(sign in gold for sign in (",", "and", "or", r"\pm", "±")):
        return False
    try:
        return len(several(plain(gold))[-1]) > 1
    except Exception:  # the comparison with it will say so
        return False

"""Grade answers by hand: is each prediction its gold? Run it as ``python workflow/scripts/grade_pairs.py --help``."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.answers.asked import asked as asked_by
from mixdistill.answers.check import Written, marked
from mixdistill.answers.extraction import extracted
from mixdistill.answers.gold import normalised
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read, write


def text(value: Any) -> str:
    """An answer as text; numbers are written out, nothing is an empty text."""
    return "" if value is None else str(value)


def written(row: Row) -> Written:
    """A row as a completion: both sides may be whole solutions or bare answers, boxed, in dollars or plain."""
    gold = text(row["gold"])
    gold = normalised(extracted(gold, "stated", several=True) or gold)
    problem = row.get("problem")
    return Written(text(row["prediction"]), "stop", gold, "stated", asked=asked_by(problem and text(problem)))


def main(pairs: Path, verdicts: Path, workers: int = 0) -> None:
    """Copy rows with ``prediction`` and ``gold`` (and ``problem``, if known), adding what became of them, in order.

    ``equivalent`` is whether the prediction is the gold, ``rule`` the rule that decided, ``outcome`` one of right,
    wrong, timed out, no answer, loop, no gold.

    Args:
        pairs: JSON Lines.
        verdicts: where the same rows go, with three fields more.
        workers: processes for what needs SymPy; 0 for as many as there are processors.
    """
    if pairs.resolve() == verdicts.resolve():
        raise UserError(f"{pairs}: is both --pairs and --verdicts; name another file for the verdicts")
    outcomes: Counter[str] = Counter()

    def checked() -> Iterator[Row]:
        for number, row in enumerate(read(pairs), 1):
            missing = [name for name in ("prediction", "gold") if name not in row]
            if missing:
                has = ", ".join(row) or "no field"
                raise UserError(
                    f"{pairs}, row {number}: has no {missing[0]!r} (it has {has}); add it or rename a field"
                )
            yield row

    def graded() -> Iterator[Row]:
        for row, verdict in marked(checked(), written, workers or None):
            outcomes[verdict.outcome] += 1
            right = verdict.outcome == "right"
            yield {**row, "equivalent": right, "rule": verdict.rule, "outcome": verdict.outcome}

    total = write(verdicts, graded())
    print(f"{total} pairs: " + ", ".join(f"{count} {name}" for name, count in outcomes.most_common()))


if __name__ == "__main__":
    run(main)

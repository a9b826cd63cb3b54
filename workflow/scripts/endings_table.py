"""How answers ended, and what the average would be if those that did not end well were all wrong, or all right."""

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.arms import Answered, answered
from mixdistill.captions import footnotes, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.tabular import Row, Table, behind, write

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["mixture", "seed", "benchmark", "id", "sample", "outcome", "finish_reason", "tokens", "correct"]
ENDINGS = {"cut": "Cut off", "loop": "Loops", "no answer": "No answer", "timed out": "Not compared"}
"""Ways to end badly, and what they are called."""


class Cell(NamedTuple):
    """An arm."""

    student: str
    mixture: str
    answers: int
    tokens: float | None
    """Mean length of an answer; None where it is not known."""
    shares: dict[str, float]
    """Way of ending to its share of the answers, in percent."""
    average: float
    worst: float
    best: float


def ending(frame: "pd.DataFrame") -> "pd.Series[str]":
    """How each answer ended; ``well`` if it ended by itself with an answer that could be compared.

    An answer that reached its token limit is cut off, also where its last box came before that.
    """
    how = frame["outcome"].astype(str)
    how = how.where(how.isin(list(ENDINGS)), "well")
    return how.mask((frame["finish_reason"] == "length") & (how != "loop"), "cut")


def looked_at(one: Answered) -> Cell:
    """What is said of an arm's answers; averages are unweighted means over benchmarks."""
    frame, how = one.rows, ending(one.rows)
    well, correct = how == "well", frame["correct"].astype(bool)
    average, worst, best = (
        100 * float(right.groupby(frame["benchmark"]).mean().mean())
        for right in (correct, correct & well, correct | ~well)
    )
    shares = {name: 100 * float((how == name).mean()) for name in ENDINGS}
    tokens = frame["tokens"].mean()
    length = None if tokens != tokens else float(tokens)
    return Cell(one.student, one.mixture, len(frame), length, shares, average, worst, best)


def row(cell: Cell, look: dict[str, Any]) -> Row:
    """A printed line."""
    tokens = "" if cell.tokens is None else f"{cell.tokens:,.0f}"
    shares = list(cell.shares.values())
    ends: list[Any] = [cell.average, cell.worst, cell.best]
    badly = {at: behind(look, cell.student, cell.mixture, different="ended") for at in range(3, 3 + len(ENDINGS))}
    rows = {**badly, 3 + len(ENDINGS): behind(look, cell.student, cell.mixture)}
    return Row([mixture_title(look, cell.mixture), f"{cell.answers:,}", tokens, *shares, *ends], rows=rows)


def record(cell: Cell, look: dict[str, Any]) -> dict[str, Any]:
    """A CSV row."""
    return {
        "student": cell.student,
        "title": look["titles"]["students"][cell.student],
        "mixture": cell.mixture,
        "answers": cell.answers,
        "tokens": "" if cell.tokens is None else cell.tokens,
        **{name.replace(" ", "_"): share for name, share in cell.shares.items()},
        "average": cell.average,
        "worst": cell.worst,
        "best": cell.best,
        "note": look["note"],
    }


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    wanted = product(look["entry"]["students"], look["entry"]["mixtures"])
    notes, found = left_out(scores, look), [looked_at(one) for one in answered(scores, look, wanted, COLUMNS)]
    titles = look["titles"]["students"]
    table = Table(
        title=heading(look["entry"]),
        header=[
            "Training set",
            "Answers",
            "Tokens",
            *(f"{name} %" for name in ENDINGS.values()),
            "Average",
            "At worst",
            "At best",
        ],
        groups=[
            (titles[student], [row(cell, look) for cell in found if cell.student == student])
            for student in look["entry"]["students"]
        ],
        notes=[
            "Answers of all seeds and benchmarks; tokens: mean length of an answer.",
            "Cut off: ended at its token limit. Loops: ended by repeating itself. No answer: ended by itself without a "
            "final answer. Not compared: the comparison hit its limits.",
            f"Average: accuracy in % over {', '.join(look['titles']['benchmarks'].values())}. At worst, all these "
            "answers were wrong; at best, all were right: no other handling of them can lead outside.",
            *notes,
            *footnotes(scores, look),
        ],
        warning=look["note"],
    )
    write(table, [record(cell, look) for cell in found], csv, md, html, tex)


if __name__ == "__main__":
    run(main)

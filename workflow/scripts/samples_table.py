"""Several answers to each problem: pass@k and maj@k, a row per student and mixture."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill.answers.writing import compact, plain
from mixdistill.arms import COLUMNS, Arm, answered, arm
from mixdistill.captions import basis, footnotes, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.statistics import Estimate, estimate, overall, pooled
from mixdistill.tabular import Row, Table, behind, write

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]
"""Student and mixture."""


def pass_at(k: int, correct: Sequence[bool]) -> float:
    """The chance that at least one of ``k`` of these answers is right (Chen et al. 2021, unbiased)."""
    return 1 - comb(len(correct) - sum(correct), k) / comb(len(correct), k)


def majority_at(k: int, answers: Sequence[str | None], correct: Sequence[bool]) -> float:
    """Whether the most frequent of the first ``k`` answers is right; of several such, the share that is.

    Answers that are written alike but for spacing and LaTeX's ways are one; no answer has no vote.
    """
    votes: Counter[str] = Counter()
    right: dict[str, bool] = {}
    for answer, truth in zip(answers[:k], correct[:k], strict=True):
        if answer is not None:
            form = compact(plain(answer))
            votes[form] += 1
            right[form] = right.get(form, False) or bool(truth)
    leaders = [form for form, count in votes.items() if count == max(votes.values())]
    return sum(right[form] for form in leaders) / len(leaders) if leaders else 0.0


def measured(rows: "pd.DataFrame", name: str, k: int) -> "pd.DataFrame":
    """One value for each seed and problem, in the form of scores."""
    keys = ["mixture", "seed", "benchmark", "id"]
    found = []
    for key, group in rows.sort_values("sample").groupby(keys, sort=True):
        correct = group["correct"].tolist()
        answers = group["answer"].astype(object).where(group["answer"].notna(), None).tolist()
        value = pass_at(k, correct) if name == "pass" else majority_at(k, answers, correct)
        found.append((*key, 0, value))
    import pandas as pd

    return pd.DataFrame(found, columns=[*keys, "sample", "correct"])


def columns_of(ks: Sequence[int]) -> dict[str, tuple[str, int]]:
    """Column titles to what is in them: the mean over answers first, then every k."""
    more = [(name, k) for name in ("pass", "maj") for k in ks if k > 1]
    return {"pass@1": ("pass", 1), **{f"{name}@{k}": (name, k) for name, k in more}}


def all_arms(scores: list[Path], look: dict[str, Any]) -> dict[str, dict[Pair, Arm]]:
    """The arms of every column."""
    entry, benchmarks = look["entry"], look["titles"]["benchmarks"]
    made: dict[str, dict[Pair, Arm]] = {title: {} for title in columns_of(entry["k"])}
    wanted = product(entry["students"], entry["mixtures"])
    for one in answered(scores, look, wanted, [*COLUMNS, "answer", "correct"]):
        plain_arm = arm(one.rows, one, benchmarks)
        for title, (kind, k) in columns_of(entry["k"]).items():
            made[title][one.student, one.mixture] = (
                plain_arm if (kind, k) == ("pass", 1) else arm(measured(one.rows, kind, k), one, benchmarks)
            )
    return made


def records(found: dict[str, dict[Pair, Estimate]], look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows."""
    for title, by in found.items():
        for (student, mixture), one in by.items():
            about = {"student": student, "title": look["titles"]["students"][student], "mixture": mixture}
            yield {**about, "quantity": title, **one._asdict(), "note": look["note"]}


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    entry, titles = look["entry"], look["titles"]["students"]
    notes, made = left_out(scores, look), all_arms(scores, look)
    found: dict[str, dict[Pair, Estimate]] = {}
    for title, by in made.items():
        averages = {pair: overall(one) for pair, one in by.items()}
        noise = pooled(averages.values())
        found[title] = {pair: estimate(measure, noise) for pair, measure in averages.items()}
    table = Table(
        title=heading(entry),
        header=["Training set", *found],
        groups=[
            (
                titles[student],
                [
                    Row(
                        [mixture_title(look, mixture), *(by[student, mixture] for by in found.values())],
                        rows={1: behind(look, student, mixture)},
                    )
                    for mixture in entry["mixtures"]
                ],
            )
            for student in entry["students"]
        ],
        notes=[
            f"Averages in % over {', '.join(look['titles']['benchmarks'].values())}. pass@1: share of all answers that "
            "are right. pass@k: the chance that one of k is right. maj@k: the most frequent of the first k is right.",
            f"Brackets: {basis(made['pass@1'].values())}.",
            *notes,
            *footnotes(scores, look),
        ],
        warning=look["note"],
    )
    write(table, list(records(found, look)), csv, md, html, tex)


if __name__ == "__main__":
    run(main)

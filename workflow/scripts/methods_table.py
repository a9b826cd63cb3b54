"""Every benchmark and the average, a block per student with a row per mixture (paper, Table 3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.arms import Arm, arms
from mixdistill.captions import basis, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.statistics import Estimate, accuracies, average, estimate, pooled
from mixdistill.tabular import Row, Table, number, write

AVERAGE = "average"


def estimates(arms: list[Arm]) -> list[dict[str, Estimate]]:
    """Accuracy of each arm on each benchmark, then their average; the noise of seeds is all arms', column by column."""
    found = [accuracies(arm) for arm in arms]
    measured = [{**by, AVERAGE: average(by.values())} for by in found]
    noises = {column: pooled(by[column] for by in measured) for column in measured[0]}
    return [{column: estimate(measure, noises[column]) for column, measure in by.items()} for by in measured]


def best(rows: list[list[Estimate]]) -> list[frozenset[int]]:
    """For each row of a block, the columns in which it has the highest value as printed; ties all have it.

    A single row is the best of nothing.
    """
    if len(rows) == 1:
        return [frozenset()]
    printed = [[float(number(found.value)) for found in row] for row in rows]
    highest = [max(column) for column in zip(*printed, strict=True)]
    return [frozenset(at for at, value in enumerate(row) if value == highest[at]) for row in printed]


def block(names: list[str], rows: list[list[Estimate]]) -> list[Row]:
    """Rows of a student: plain values of the benchmarks, the average with its interval, the best in bold."""
    return [
        Row([name, *[found.value for found in row[:-1]], row[-1]], frozenset(at + 1 for at in bold))
        for name, row, bold in zip(names, rows, best(rows), strict=True)
    ]


def records(arm: Arm, mixture: str, found: dict[str, Estimate], look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of an arm, one per benchmark and one for the average."""
    for benchmark, one in found.items():
        counted = [benchmark] if benchmark in arm.problems else list(arm.problems)
        yield {
            "student": arm.student,
            "title": look["titles"]["students"][arm.student],
            "mixture": mixture,
            "mixture_title": mixture_title(look, mixture),
            "benchmark": benchmark,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "problems": sum(len(arm.problems[name]) for name in counted),
            "seeds": len(arm.seeds),
            "note": look["note"],
        }


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    students, mixtures = look["entry"]["students"], look["entry"]["mixtures"]
    notes = left_out(scores, look)
    read = arms(scores, look, [(student, mixture) for student in students for mixture in mixtures])
    found = dict(zip(read, estimates(list(read.values())), strict=True))
    names = [mixture_title(look, mixture) for mixture in mixtures]
    table = Table(
        title=heading(look["entry"]),
        header=["Method", *look["titles"]["benchmarks"].values(), "Average"],
        groups=[
            (
                look["titles"]["students"][student],
                block(names, [list(found[student, mixture].values()) for mixture in mixtures]),
            )
            for student in students
        ],
        notes=[
            "Accuracy in %; Average: unweighted mean of the benchmarks.",
            "Bold: the highest value of a column and block.",
            f"Brackets: {basis(read.values())}.",
            *notes,
            *look.get("footnotes", []),
        ],
        warning=look["note"],
    )
    lines = [line for pair, arm in read.items() for line in records(arm, pair[1], found[pair], look)]
    write(table, lines, csv, md, html, tex)


if __name__ == "__main__":
    run(main)

"""Every benchmark and the average, a block per student with a row per mixture (paper, Table 3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.entry import run
from mixdistill.statistics import (
    Arm,
    Estimate,
    accuracies,
    arms,
    average,
    basis,
    estimate,
    heading,
    left_out,
    mixture_title,
)
from mixdistill.tabular import Row, Table, number, write

AVERAGE = "average"


def estimates(arm: Arm) -> dict[str, Estimate]:
    """Accuracy on each benchmark, then their average."""
    found = accuracies(arm)
    return {
        **{name: estimate(measure) for name, measure in found.items()},
        AVERAGE: estimate(average(found.values())),
    }


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
    found = {pair: estimates(arm) for pair, arm in read.items()}
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

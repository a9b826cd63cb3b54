"""Every benchmark and the average, a block per student with a row per mixture (paper, Table 3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.arms import Arm, arms
from mixdistill.captions import basis, footnotes, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.printed import AVERAGE, Beside, Key, beside, shown_of, verdict
from mixdistill.statistics import LEVEL, Estimate, accuracies, average, estimate, pooled
from mixdistill.tabular import Row, Table, behind, number, shown, write


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


def block(
    student: str, mixtures: list[str], found: dict[tuple[str, str], dict[str, Estimate]], look: dict[str, Any]
) -> Iterator[Row]:
    """Yield the rows of a student: plain values of the benchmarks, the average with its interval, the best in bold."""
    rows = [found[student, mixture] for mixture in mixtures]
    for mixture, row, bold in zip(mixtures, rows, best([list(row.values()) for row in rows]), strict=True):
        *single, last = row.values()
        links = {
            at: behind(look, student, mixture, **({} if name == AVERAGE else {"benchmark": name}))
            for at, name in enumerate(row, 1)
        }
        yield Row(
            [mixture_title(look, mixture), *(one.value for one in single), last],
            frozenset(at + 1 for at in bold),
            links,
            {at: shown(one) for at, one in enumerate(row.values(), 1)},
        )


def printed(student: str, mixture: str, found: dict[str, Estimate], look: dict[str, Any]) -> dict[str, Beside | None]:
    """What is printed of an arm, by benchmark."""
    return {name: beside(look, Key(student, mixture, "", name), one) for name, one in found.items()}


def comparison(found: dict[tuple[str, str], dict[str, Estimate]], look: dict[str, Any]) -> list[Table]:
    """Our numbers with the printed ones in parentheses, as a table of its own; none if none of them was printed."""
    names = {**look["titles"]["benchmarks"], AVERAGE: "Average"}
    groups: dict[str, list[Row]] = {}
    for (student, mixture), ours in found.items():
        others = printed(student, mixture, ours, look)
        cells = [
            number(one.value) + (f" ({number(other.value)})" if other else "")
            for one, other in zip(ours.values(), others.values(), strict=True)
        ]
        said = verdict({names[name]: other for name, other in others.items()})
        if said:
            row = Row([mixture_title(look, mixture), *cells, said])
            groups.setdefault(look["titles"]["students"][student], []).append(row)
    if not groups:
        return []
    return [
        Table(
            title=f"{look['entry']['title']}: beside what is printed",
            header=["Method", *names.values(), "Verdict"],
            groups=list(groups.items()),
            notes=[
                f"In parentheses: {look['entry']['paper']} of the paper.",
                "Agrees: the printed numbers lie in our 95% intervals, which know of problems and seeds and not of "
                f"other differences. Of {len(names)} numbers, up to one in {1 / (1 - LEVEL ** len(names)):.0f} rows "
                "differs by chance alone.",
                *shown_of(look),
            ],
            warning=look["note"],
            text=frozenset({0, len(names) + 1}),
        )
    ]


def records(arm: Arm, mixture: str, found: dict[str, Estimate], look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of an arm, one per benchmark and one for the average."""
    others = printed(arm.student, mixture, found, look)
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
            "printed": other.value if (other := others[benchmark]) else "",
            "verdict": other.verdict if other else "",
            "note": look["note"],
        }


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    students, mixtures = look["entry"]["students"], look["entry"]["mixtures"]
    notes = left_out(scores, look)
    read = arms(scores, look, [(student, mixture) for student in students for mixture in mixtures])
    found = dict(zip(read, estimates(list(read.values())), strict=True))
    table = Table(
        title=heading(look["entry"]),
        header=["Method", *look["titles"]["benchmarks"].values(), "Average"],
        groups=[
            (look["titles"]["students"][student], list(block(student, mixtures, found, look))) for student in students
        ],
        notes=[
            "Accuracy in %; Average: unweighted mean of the benchmarks.",
            "Bold: the highest value of a column and block. Intervals of single benchmarks are in the CSV, and in the "
            "report where a number is pointed at.",
            f"Brackets: {basis(read.values())}.",
            *notes,
            *footnotes(scores, look),
        ],
        warning=look["note"],
        more=tuple(comparison(found, look)),
    )
    lines = [line for pair, arm in read.items() for line in records(arm, pair[1], found[pair], look)]
    write(table, lines, csv, md, html, tex)


if __name__ == "__main__":
    run(main)

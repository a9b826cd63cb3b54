"""The paper's Tables 1-3 and Figures 2 and 3, from the printed numbers alone."""

from pathlib import Path
from typing import Any

import methods_table
import size_figure
from gap_table import by_family
from mixdistill.captions import heading, mixture_title
from mixdistill.entry import run
from mixdistill.printed import AVERAGE, Key, numbers, shown_of
from mixdistill.statistics import Estimate
from mixdistill.tabular import Row, Table, write

NOTE = "Printed numbers, one run each; the paper has no intervals."


def gaps(look: dict[str, Any]) -> Table:
    """Averages of two mixtures and their gap, a row per student, as they are printed."""
    gap, printed, entry = look["entry"]["gap"], numbers(look), look["entry"]
    first, second = (mixture_title(look, gap[side]) for side in ("first", "second"))

    def row(student: str) -> Row:
        wanted = ((gap["first"], ""), (gap["second"], ""), (gap["first"], gap["second"]))
        values = [printed[Key(student, mixture, minus)] for mixture, minus in wanted]
        return Row([look["titles"]["students"][student], *values, first if values[-1] > 0 else second])

    groups = by_family(entry["students"], look["families"])
    return Table(
        title=heading(entry),
        header=["Student", first, second, gap["title"], "Better"],
        groups=[(family, [row(student) for student in members]) for family, members in groups.items()],
        notes=[NOTE, *shown_of(look)],
        warning=look["note"],
        text=frozenset({0, 4}),
    )


def methods(look: dict[str, Any]) -> Table:
    """Every benchmark and the average, a row per student and mixture, as they are printed."""
    printed, titles = numbers(look), look["titles"]
    names = {**titles["benchmarks"], AVERAGE: "Average"}
    groups = []
    for student in look["entry"]["students"]:
        shown = [mixture for mixture in look["entry"]["mixtures"] if Key(student, mixture) in printed]
        rows = [[printed[Key(student, mixture, "", name)] for name in names] for mixture in shown]
        best = methods_table.best([[Estimate(value, value, value) for value in row] for row in rows])
        lines = [
            Row([mixture_title(look, mixture), *row], frozenset(at + 1 for at in bold))
            for mixture, row, bold in zip(shown, rows, best, strict=True)
        ]
        groups.append((titles["students"][student], lines))
    return Table(
        title=heading(look["entry"]),
        header=["Method", *names.values()],
        groups=groups,
        notes=[NOTE, "Bold: the highest value of a column and block.", *shown_of(look)],
        warning=look["note"],
    )


def points(look: dict[str, Any]) -> list[size_figure.Point]:
    """Printed gaps by size, without intervals."""
    gap, printed, titles = look["entry"]["gap"], numbers(look), look["titles"]["students"]
    found = {student: printed[Key(student, gap["first"], gap["second"])] for student in look["entry"]["students"]}
    return [
        size_figure.Point(
            titles[student], look["families"][student], look["parameters"][student], Estimate(value, value, value)
        )
        for student, value in found.items()
    ]


def main(tables: list[Path], figures: list[Path], looks: dict[str, Any]) -> None:
    """Write every table and figure; files are named like the entries of ``looks``."""
    made = {(path.stem, path.suffix[1:]): path for path in (*tables, *figures)}
    for name, look in looks.items():
        if name.startswith("figure"):
            size_figure.show(points(look), NOTE, look, made[name, "pdf"], made[name, "svg"], made[name, "png"])
        else:
            table = (gaps if look["entry"]["kind"] == "gap" else methods)(look)
            records = [row for row in look["printed"]["numbers"] if row["source"] == look["entry"]["paper"]]
            write(table, records, *(made[name, kind] for kind in ("csv", "md", "html", "tex")))
        print(f"{name}: {heading(look['entry'])}")


if __name__ == "__main__":
    run(main)

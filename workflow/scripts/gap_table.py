"""Averages of two mixtures and their gap, a row per student (paper, Tables 1 and 2)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.entry import run
from mixdistill.statistics import (
    Arm,
    Estimate,
    arms,
    basis,
    conclusive,
    difference,
    estimate,
    heading,
    left_out,
    mixture_title,
    overall,
)
from mixdistill.tabular import Row, Table, write

INCONCLUSIVE = "inconclusive"
"""Instead of the better mixture, where the gap's interval includes 0."""


def estimates(first: Arm, second: Arm) -> dict[str, Estimate]:
    """Averages of two arms and their gap."""
    ours, theirs = overall(first), overall(second)
    return {"first": estimate(ours), "second": estimate(theirs), "gap": estimate(difference(ours, theirs))}


def better(gap: Estimate, first: str, second: str) -> str:
    """Title of the mixture with the higher average, if the interval says so."""
    return (first if gap.value > 0 else second) if conclusive(gap) else INCONCLUSIVE


def by_family(students: list[str], families: dict[str, str]) -> dict[str, list[str]]:
    """Students of each family, both in the order given."""
    grouped: dict[str, list[str]] = {}
    for student in students:
        grouped.setdefault(families[student], []).append(student)
    return grouped


def records(
    student: str, found: dict[str, Estimate], pair: tuple[Arm, Arm], look: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of a student: two averages, then the gap, whose seeds are the fewer of its arms'."""
    gap = look["entry"]["gap"]
    first, second = (mixture_title(look, gap[side]) for side in ("first", "second"))
    seeds = {"first": len(pair[0].seeds), "second": len(pair[1].seeds)}
    for side, found_side in found.items():
        yield {
            "student": student,
            "title": look["titles"]["students"][student],
            "family": look["families"][student],
            "parameters": round(look["parameters"][student]),
            "quantity": "gap" if side == "gap" else "average",
            "mixture": gap["first"] if side == "gap" else gap[side],
            "minus": gap["second"] if side == "gap" else "",
            "value": found_side.value,
            "low": found_side.low,
            "high": found_side.high,
            "better": better(found_side, first, second) if side == "gap" else "",
            "problems": sum(map(len, pair[0].problems.values())),
            "seeds": seeds.get(side, min(seeds.values())),
            "note": look["note"],
        }


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    entry, gap, students = look["entry"], look["entry"]["gap"], look["entry"]["students"]
    first, second = (mixture_title(look, gap[side]) for side in ("first", "second"))
    notes = left_out(scores, look)
    read = arms(scores, look, [(student, gap[side]) for student in students for side in ("first", "second")])
    pairs = {student: (read[student, gap["first"]], read[student, gap["second"]]) for student in students}
    found = {student: estimates(*pair) for student, pair in pairs.items()}

    def row(student: str) -> Row:
        name = look["titles"]["students"][student]
        return Row([name, *found[student].values(), better(found[student]["gap"], first, second)])

    groups = by_family(students, look["families"])
    table = Table(
        title=heading(entry),
        header=["Student", first, second, gap["title"], "Better"],
        groups=[(family, [row(student) for student in members]) for family, members in groups.items()],
        notes=[
            f"Average accuracy in % over {', '.join(look['titles']['benchmarks'].values())}; "
            f"{gap['title']} = {first} minus {second}, in percentage points.",
            f"Brackets: {basis(read.values())}.",
            f"{INCONCLUSIVE.capitalize()}: the interval of the gap includes 0.",
            *notes,
            *look.get("footnotes", []),
        ],
        warning=look["note"],
        text=frozenset({0, 4}),
    )
    lines = [line for student in students for line in records(student, found[student], pairs[student], look)]
    write(table, lines, csv, md, html, tex)


if __name__ == "__main__":
    run(main)

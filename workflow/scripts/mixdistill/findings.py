"""The findings in words and numbers, from the tables' own CSV files."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.tabular import read_csv

Row = dict[str, str]


def findings(tables: dict[str, tuple[str, str, Path]]) -> Iterator[tuple[str, list[str]]]:
    """Yield a title and sentences for each table that has some.

    Args:
        tables: name to kind, title and CSV file.
    """
    for kind, title, path in tables.values():
        said = list(SENTENCES[kind](read_csv(path))) if kind in SENTENCES else []
        if said:
            yield title, said


def number(row: Row, more: str = "") -> str:
    """A value with its interval."""
    value, low, high = (f"{round(float(row[name]), 1) + 0.0:.1f}" for name in ("value", "low", "high"))
    return f"{value}{more} [{low}, {high}]"


def gap(rows: list[Row]) -> Iterator[str]:
    """What a table of gaps says: who is better where, and what would decide the rest."""
    gaps = [row for row in rows if row["quantity"] == "gap"]
    for better in dict.fromkeys(row["better"] for row in gaps):
        those = [row for row in gaps if row["better"] == better]
        listed = "; ".join(f"{row['title']} {number(row)}" for row in those)
        if better == "inconclusive":
            decided = "; ".join(f"{row['title']} {row['decided_by']}" for row in those)
            yield f"Inconclusive for {len(those)} of {len(gaps)} students: {listed}. Would decide: {decided}."
        else:
            yield f"{better} is better for {len(those)} of {len(gaps)} students: {listed}."
    yield from compared(rows)


def methods(rows: list[Row]) -> Iterator[str]:
    """What a table of methods says: the highest average of each student, and which others it cannot be told from."""
    averages = [row for row in rows if row["benchmark"] == "average"]
    for student in dict.fromkeys(row["title"] for row in averages):
        own = sorted((row for row in averages if row["title"] == student), key=lambda row: -float(row["value"]))
        best, *others = own
        near = [row["mixture_title"] for row in others if float(row["high"]) >= float(best["low"])]
        if others:
            yield (
                f"{student} has its highest average after {best['mixture_title']}, {number(best, ' %')}; "
                + (f"intervals overlap with {', '.join(near)}." if near else "no other interval overlaps.")
            )
    yield from compared(rows)


def compared(rows: list[Row]) -> Iterator[str]:
    """How many printed numbers agree."""
    verdicts = Counter(row["verdict"].partition(":")[0] for row in rows if row.get("verdict"))
    if verdicts:
        said = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
        yield f"Of {verdicts.total()} printed numbers: {said}."


def graders(rows: list[Row]) -> Iterator[str]:
    """Which gaps depend on the grader."""
    gaps = {(row["title"], row["mixture"], row["minus"]): row for row in rows if row["quantity"] == "gap"}
    changing = [f"{row['title']} ({row['changes']})" for row in gaps.values() if row["changes"] != "nothing"]
    listed = f": {', '.join(changing)}" if changing else ""
    yield f"Gaps that change with the grader: {len(changing)} of {len(gaps)}{listed}."


SENTENCES: dict[str, Any] = {"gap": gap, "methods": methods, "graders": graders}
"""Kind of table to what is said of it."""

"""Averages of two mixtures and their gap, a row per student (paper, Tables 1 and 2)."""

from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.arms import Arm, arms
from mixdistill.captions import basis, footnotes, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.floor import floor
from mixdistill.printed import Beside, Key, beside, shown_of, verdict
from mixdistill.significance import LARGEST, POWER, Disagreements, Needed, holm, mcnemar, needed, p_value
from mixdistill.statistics import ALPHA, Estimate, difference, estimate, overall, pooled
from mixdistill.tabular import Row, Table, behind, sides, write

INCONCLUSIVE = "inconclusive"
"""Instead of the better mixture, where the gap cannot be told from none."""


class Line(NamedTuple):
    """What is said of a student."""

    first: Estimate
    second: Estimate
    gap: Estimate
    p: float
    """Of the gap, by itself."""
    corrected: float
    """The same, corrected over the students of the table."""
    disagreements: Disagreements
    needed: Needed
    problems: int
    seeds: tuple[int, int]

    def better(self, first: str, second: str) -> str:
        """Title of the mixture with the higher average, if that can be said."""
        if self.corrected >= ALPHA:
            return INCONCLUSIVE
        return first if self.gap.value > 0 else second

    def decided_by(self) -> str:
        """What would tell an inconclusive gap from none."""
        if self.corrected < ALPHA:
            return ""
        needed = self.needed
        said = [f"{rounded(needed.problems * self.problems)} problems"] if needed.problems else []
        said += [f"{needed.seeds} seeds"] if needed.seeds else []
        if not said and needed.both:
            said = [f"{rounded(needed.both * self.problems)} problems and {ceil(needed.both * min(self.seeds))} seeds"]
        return " or ".join(said) or f"nothing up to {LARGEST:,} times as much"


def rounded(number: float) -> str:
    """Two digits that count, rounded up."""
    size = 10 ** max(len(str(int(number))) - 2, 0)
    return f"{ceil(number / size) * size:,}"


def lines(pairs: dict[str, tuple[Arm, Arm]]) -> dict[str, Line]:
    """Averages and gaps of all students; the noise of seeds is that of all arms."""
    measured = {student: (overall(first), overall(second)) for student, (first, second) in pairs.items()}
    noise = pooled(measure for both in measured.values() for measure in both)
    gaps = {student: difference(*both) for student, both in measured.items()}
    values = [p_value(gap, noise) for gap in gaps.values()]
    found = {}
    for (student, gap), p, corrected in zip(gaps.items(), values, holm(values), strict=True):
        first, second = (estimate(measure, noise) for measure in measured[student])
        arms_of_it = pairs[student]
        found[student] = Line(
            first,
            second,
            estimate(gap, noise),
            p,
            corrected,
            mcnemar(gap),
            needed(gap, noise, len(gaps)),
            sum(map(len, arms_of_it[0].problems.values())),
            (len(arms_of_it[0].seeds), len(arms_of_it[1].seeds)),
        )
    return found


def probability(p: float) -> str:
    """A p-value as it is printed."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def by_family(students: list[str], families: dict[str, str]) -> dict[str, list[str]]:
    """Students of each family, both in the order given."""
    grouped: dict[str, list[str]] = {}
    for student in students:
        grouped.setdefault(families[student], []).append(student)
    return grouped


def printed(student: str, line: Line, look: dict[str, Any]) -> dict[str, Beside | None]:
    """What is printed of a student's two averages and gap, by the names of their columns."""
    gap = look["entry"]["gap"]
    keys = (Key(student, *side) for side in sides(gap))
    names = (mixture_title(look, gap["first"]), mixture_title(look, gap["second"]), gap["title"])
    ours = (line.first, line.second, line.gap)
    return {name: beside(look, key, one) for name, key, one in zip(names, keys, ours, strict=True)}


def comparison(found: dict[str, Line], look: dict[str, Any]) -> list[Table]:
    """Our numbers beside the printed ones, as a table of its own; none if none of them was printed."""
    rows = []
    for student, line in found.items():
        others = printed(student, line, look)
        pairs = zip((line.first, line.second, line.gap), others.values(), strict=True)
        cells = [cell for ours, other in pairs for cell in (ours.value, other.value if other else "")]
        if any(others.values()):
            rows.append(Row([look["titles"]["students"][student], *cells, verdict(others)]))
    if not rows:
        return []
    names = list(printed(*next(iter(found.items())), look))
    return [
        Table(
            title=f"{look['entry']['title']}: beside what is printed",
            header=["Student", *[cell for name in names for cell in (name, "printed")], "Verdict"],
            groups=[(look["entry"]["paper"], rows)],
            notes=[
                "Agrees: the printed numbers lie in our intervals, which know of problems and seeds and not of other "
                "differences.",
                *shown_of(look),
            ],
            warning=look["note"],
            text=frozenset({0, 7}),
        )
    ]


def records(student: str, line: Line, look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of a student: two averages, then the gap, whose seeds are the fewer of its arms'."""
    gap = look["entry"]["gap"]
    first, second = (mixture_title(look, gap[side]) for side in ("first", "second"))
    about = {
        "student": student,
        "title": look["titles"]["students"][student],
        "family": look["families"][student],
        "parameters": round(look["parameters"][student]),
    }
    tests = {
        "better": line.better(first, second),
        "p": line.p,
        "p_corrected": line.corrected,
        "only_first": line.disagreements.first,
        "only_second": line.disagreements.second,
        "p_mcnemar": line.disagreements.p,
        "decided_by": line.decided_by(),
    }
    numbered = zip(
        sides(gap),
        (line.first, line.second, line.gap),
        (*line.seeds, min(line.seeds)),
        printed(student, line, look).values(),
        strict=True,
    )
    for (mixture, minus), found, seeds, other in numbered:
        yield {
            **about,
            "quantity": "gap" if minus else "average",
            "mixture": mixture,
            "minus": minus,
            **found._asdict(),
            **(tests if minus else dict.fromkeys(tests, "")),
            "problems": line.problems,
            "seeds": seeds,
            "printed": other.value if other else "",
            "verdict": other.verdict if other else "",
            "note": look["note"],
        }


def main(scores: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats."""
    entry, gap, students = look["entry"], look["entry"]["gap"], look["entry"]["students"]
    first, second = (mixture_title(look, gap[side]) for side in ("first", "second"))
    notes, noise = left_out(scores, look), floor(scores, look)
    read = arms(scores, look, [(student, gap[side]) for student in students for side in ("first", "second")])
    found = lines({student: (read[student, gap["first"]], read[student, gap["second"]]) for student in students})

    def row(student: str) -> Row:
        line = found[student]
        tests = [probability(line.corrected), probability(line.disagreements.p)]
        said = [line.better(first, second), line.decided_by()]
        name = look["titles"]["students"][student]
        rows = {at: behind(look, student, *side) for at, side in enumerate(sides(gap), 1)}
        return Row([name, line.first, line.second, line.gap, *tests, *said], rows=rows)

    groups = by_family(students, look["families"])
    table = Table(
        title=heading(entry),
        header=["Student", first, second, gap["title"], "p", "McNemar", "Better", "Would decide"],
        groups=[(family, [row(student) for student in members]) for family, members in groups.items()],
        notes=[
            f"Average accuracy in % over {', '.join(look['titles']['benchmarks'].values())}; "
            f"{gap['title']} = {first} minus {second}, in percentage points.",
            f"Brackets: {basis(read.values())}.",
            f"p: of no gap, corrected by Holm over the students of this table; {INCONCLUSIVE} from {ALPHA:g} on. "
            "McNemar: p of these trained models being equally often right, over all problems alike.",
            "Would decide: so many problems in the same proportions, or so many seeds, would make "
            f"{100 * POWER:.0f}% of repetitions conclusive, if the gap is what it seems to be.",
            *([noise.said()] if noise else []),
            *notes,
            *footnotes(scores, look),
        ],
        warning=look["note"],
        text=frozenset({0, 6, 7}),
        more=tuple(comparison(found, look)),
    )
    written = [record for student in students for record in records(student, found[student], look)]
    write(table, written, csv, md, html, tex)


if __name__ == "__main__":
    run(main)

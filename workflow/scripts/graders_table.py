"""The same answers under every grader: averages, gaps, and the conclusions that change with the grader."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.arms import Arm, arms
from mixdistill.captions import basis, footnotes, heading, mixture_title
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.statistics import Estimate, Measure, Noise, conclusive, difference, estimate, overall, pooled
from mixdistill.tabular import Row, Table, behind, write

IN_GRADES = {"released": "Released string rule", "math_verify": "math-verify"}
IN_SCORES = {"accepted": "Our rules", "correct": "Our rules and judge"}
GRADERS = {**IN_GRADES, **IN_SCORES}
"""Column of verdicts to the grader's name."""

Arms = dict[tuple[str, str], Arm]
"""By student and mixture."""


class Line(NamedTuple):
    """A mixture's average, or a gap, under every grader."""

    name: str
    mixture: str
    minus: str
    """The mixture that is subtracted; empty for an average."""
    found: list[Estimate]
    changes: str
    """What of a gap depends on the grader; empty for an average."""

    def row(self, student: str, look: dict[str, Any]) -> Row:
        """The printed line; gaps whose interval leaves out 0 are bold."""
        bold = [at for at, one in enumerate(self.found, 1) if self.minus and conclusive(one)]
        link = behind(look, student, self.mixture, self.minus)
        rows = {at: link for at, _ in enumerate(self.found, 1)}
        return Row([self.name, *self.found, self.changes], frozenset(bold), rows)


def changes(gaps: list[Estimate]) -> str:
    """What of a gap depends on the grader: its ``sign``, or its ``conclusion`` (whether its interval leaves out 0)."""
    signs = {gap.value > 0 for gap in gaps if gap.value}
    concluded = {conclusive(gap) for gap in gaps}
    found = [name for name, values in (("sign", signs), ("conclusion", concluded)) if len(values) > 1]
    return " and ".join(found) or "nothing"


def graded(scores: list[Path], grades: list[Path], look: dict[str, Any]) -> dict[str, Arms]:
    """The arms under every grader.

    Raises:
        UserError: grades and scores are of different answers.
    """
    students, gaps = look["entry"]["students"], look["entry"]["gaps"]
    wanted = [(student, gap[side]) for student in students for gap in gaps for side in ("first", "second")]
    found = {grader: arms(grades if grader in IN_GRADES else scores, look, wanted, grader) for grader in GRADERS}
    for (student, mixture), arm in found["correct"].items():
        for other in (found[grader][student, mixture] for grader in IN_GRADES):
            if (other.seeds, other.problems) != (arm.seeds, arm.problems):
                raise UserError(
                    f"student {student!r}, mixture {mixture!r}: its grades and its scores are of different answers; "
                    "make both again"
                )
    return found


def block(
    student: str, averages: list[tuple[dict[tuple[str, str], Measure], Noise]], look: dict[str, Any]
) -> Iterator[Line]:
    """Yield the mixtures of a student, then its gaps; ``averages`` and the noise of their seeds are by grader."""
    gaps = look["entry"]["gaps"]
    for mixture in dict.fromkeys(gap[side] for gap in gaps for side in ("first", "second")):
        found = [estimate(by[student, mixture], noise) for by, noise in averages]
        yield Line(mixture_title(look, mixture), mixture, "", found, "")
    for gap in gaps:
        first, second = gap["first"], gap["second"]
        found = [estimate(difference(by[student, first], by[student, second]), noise) for by, noise in averages]
        yield Line(gap["title"], first, second, found, changes(found))


def records(student: str, line: Line, arm: Arm, look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of a line, one per grader."""
    for grader, one in zip(GRADERS, line.found, strict=True):
        yield {
            "student": student,
            "title": look["titles"]["students"][student],
            "quantity": "gap" if line.minus else "average",
            "mixture": line.mixture,
            "minus": line.minus,
            "grader": grader,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "changes": line.changes,
            "problems": sum(map(len, arm.problems.values())),
            "seeds": len(arm.seeds),
            "note": look["note"],
        }


def notes(blocks: dict[str, list[Line]], shown: Arms, scores: list[Path], look: dict[str, Any]) -> list[str]:
    """Sentences under the table, the conclusions that change first."""
    titles = look["titles"]["students"]
    gaps = [(student, line) for student, lines in blocks.items() for line in lines if line.minus]
    changing = [f"{titles[name]}, {line.name} ({line.changes})" for name, line in gaps if line.changes != "nothing"]
    defined = "; ".join(
        f"{gap['title']} = {mixture_title(look, gap['first'])} minus {mixture_title(look, gap['second'])}"
        for gap in look["entry"]["gaps"]
    )
    return [
        f"Gaps that change with the grader: {len(changing)} of {len(gaps)}"
        + (f": {'; '.join(changing)}." if changing else "."),
        "Sign: a gap is positive under one grader and negative under another. Conclusion: its interval leaves out 0 "
        "under one (bold) and includes it under another.",
        f"Average accuracy in % over {', '.join(look['titles']['benchmarks'].values())}, of the same answers in every "
        f"column; {defined}, in percentage points.",
        "math-verify is given the whole completion.",
        f"Brackets: {basis(shown.values())}.",
        *footnotes(scores, look),
    ]


def main(
    scores: list[Path], grades: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]
) -> None:
    """Write the table in four formats."""
    read = graded(scores, grades, look)
    shown = read["correct"]
    measured = [{pair: overall(arm) for pair, arm in found.items()} for found in read.values()]
    averages = [(by, pooled(by.values())) for by in measured]
    blocks = {student: list(block(student, averages, look)) for student in look["entry"]["students"]}
    table = Table(
        title=heading(look["entry"]),
        header=["", *GRADERS.values(), "Changes"],
        groups=[
            (look["titles"]["students"][student], [line.row(student, look) for line in lines])
            for student, lines in blocks.items()
        ],
        notes=notes(blocks, shown, scores, look),
        warning=look["note"],
        text=frozenset({0, len(GRADERS) + 1}),
    )
    rows = [
        record
        for student, lines in blocks.items()
        for line in lines
        for record in records(student, line, shown[student, line.mixture], look)
    ]
    write(table, rows, csv, md, html, tex)


if __name__ == "__main__":
    run(main)

"""A gap on parts of the problems: by benchmark, level, subject, and length of the answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill import counts as counting
from mixdistill.arms import Arm, arms, leaked, read
from mixdistill.captions import basis, footnotes, heading, left_out, mixture_title
from mixdistill.entry import run
from mixdistill.statistics import Estimate, Measure, Part, difference, estimate, overall, pooled
from mixdistill.tabular import Cell, Row, Table, behind, sides, write

if TYPE_CHECKING:
    from mixdistill.arms import Array

NAMES = {
    "benchmark": "by benchmark",
    "level": "by level",
    "subject": "by subject",
    "length": "by length of the answers",
}
FEWEST = 5
"""Of fewer problems there is no interval."""

Labels = dict[str, list[str | None]]
"""Benchmark to the part that each of its problems belongs to, in the arm's order; None belongs to none."""


class Line(NamedTuple):
    """A part of the problems: what it is called, how many problems it has, accuracies of two mixtures and their gap."""

    part: str
    problems: int
    found: tuple[Estimate, Estimate, Estimate]


def attributes(problems: list[Path], benchmarks: list[str], name: str) -> dict[tuple[str, str], str]:
    """Benchmark and id to an attribute of the problem, for problems that have it."""
    return {
        (benchmark, row["id"]): str(row[name])
        for benchmark, path in zip(benchmarks, problems, strict=True)
        for row in counting.read(path, "id")
        if row.get(name) is not None
    }


def quarters(path: Path, pair: tuple[Arm, Arm], leaking: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Benchmark and id to a range of lengths: that of the answers of both arms to this problem, on average.

    Problems that are left out, ``leaking``, have no share in it.

    Empty where the number of tokens is not known, as of answers that were brought.
    """
    columns = ["mixture", "benchmark", "id", "tokens"]
    frame = read(path, {arm.mixture for arm in pair}, columns, leaking).dropna()
    if frame.empty:
        return {}
    mean = frame.groupby(["mixture", "benchmark", "id"])["tokens"].mean().groupby(["benchmark", "id"]).mean()
    ends = [round(float(mean.quantile(share))) for share in (0.25, 0.5, 0.75)]
    names = [f"up to {ends[0]} tokens", f"up to {ends[1]}", f"up to {ends[2]}", f"above {ends[2]}"]
    lengths = mean.reset_index()
    return {
        (benchmark, identity): names[sum(length > end for end in ends)]
        for benchmark, identity, length in zip(lengths["benchmark"], lengths["id"], lengths["tokens"], strict=True)
    }


def labelled(arm: Arm, known: dict[tuple[str, str], str]) -> Labels:
    """The parts of an arm's problems."""
    return {
        benchmark: [known.get((benchmark, identity)) for identity in ids] for benchmark, ids in arm.problems.items()
    }


def restricted(measure: Measure, labels: Labels, part: str) -> Measure:
    """A measure on the problems of a part, all alike, whatever benchmark they are of."""
    import numpy as np

    kept: list[list[Array]] = []
    for benchmark, parts in measure.benchmarks.items():
        chosen = np.array([label == part for label in labels[benchmark]])
        kept.append([one.correct[:, chosen] for one in parts])
    first = next(iter(measure.benchmarks.values()))
    together = tuple(
        Part(one.arm, np.concatenate([columns[at] for columns in kept], axis=1), one.sign, one.seeded)
        for at, one in enumerate(first)
    )
    return Measure({part: together}, measure.share)


def order(labels: Labels, by: str) -> list[str]:
    """The parts in the order they are shown in: of benchmarks as the experiment has them, of others by name."""
    found = list(dict.fromkeys(label for one in labels.values() for label in one if label is not None))
    if by == "length":
        return sorted(found, key=lambda name: (name.startswith("above"), int("".join(filter(str.isdigit, name)))))
    return found if by == "benchmark" else sorted(found)


def cut(measures: dict[str, tuple[Measure, Measure]], labels: dict[str, Labels], by: str) -> Iterator[tuple[str, Line]]:
    """Yield student and line of every part; the noise of seeds is that of all students on this part."""
    for part in order({f"{student}/{name}": one for student in labels for name, one in labels[student].items()}, by):
        pairs = {
            student: (restricted(both[0], labels[student], part), restricted(both[1], labels[student], part))
            for student, both in measures.items()
            if any(part in one for one in labels[student].values())
        }
        noise = pooled(measure for pair in pairs.values() for measure in pair)
        for student, (first, second) in pairs.items():
            found = (estimate(first, noise), estimate(second, noise), estimate(difference(first, second), noise))
            yield student, Line(part, first.benchmarks[part][0].correct.shape[1], found)


def row(student: str, by: str, line: Line, look: dict[str, Any]) -> Row:
    """A printed line; of few problems, or where no answer differs, there is no interval."""
    cells: list[Cell] = [one if line.problems >= FEWEST and one.high > one.low else one.value for one in line.found]
    gap, only = look["entry"]["gap"], {} if by == "length" else {by: line.part}
    if by == "benchmark":
        only = {by: next(name for name, title in look["titles"]["benchmarks"].items() if title == line.part)}
    rows = {at: behind(look, student, *side, **only) for at, side in enumerate(sides(gap), 2)}
    return Row([line.part, f"{line.problems:,}", *cells], rows={} if by == "length" else rows)


def records(student: str, by: str, line: Line, look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows of a line."""
    for (mixture, minus), one in zip(sides(look["entry"]["gap"]), line.found, strict=True):
        yield {
            "student": student,
            "title": look["titles"]["students"][student],
            "by": by,
            "part": line.part,
            "problems": line.problems,
            "quantity": "gap" if minus else "accuracy",
            "mixture": mixture,
            "minus": minus,
            **one._asdict(),
            "note": look["note"],
        }


def main(
    scores: list[Path], problems: list[Path], csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]
) -> None:
    """Write the table in four formats; ``problems`` are the benchmarks' files, in their order."""
    entry, gap, titles = look["entry"], look["entry"]["gap"], look["titles"]
    students, benchmarks = entry["students"], titles["benchmarks"]
    files = {path.stem: path for path in scores}
    notes, leaking = left_out(scores, look), leaked(scores, look)
    data = arms(scores, look, [(student, gap[side]) for student in students for side in ("first", "second")])
    pairs = {student: (data[student, gap["first"]], data[student, gap["second"]]) for student in students}
    measures = {student: (overall(first), overall(second)) for student, (first, second) in pairs.items()}
    lines: list[tuple[str, str, Line]] = []
    for by in entry["by"]:
        if by == "benchmark":
            known = {
                (name, one): titles["benchmarks"][name]
                for name, ids in pairs[students[0]][0].problems.items()
                for one in ids
            }
        elif by != "length":
            known = attributes(problems, list(benchmarks), by)
        labels = {}
        for student, pair in pairs.items():
            labels[student] = labelled(pair[0], quarters(files[student], pair, leaking) if by == "length" else known)
        lines += [(student, by, line) for student, line in cut(measures, labels, by)]
    groups = [
        (
            f"{titles['students'][student]}, {NAMES[by]}",
            [row(one, what, line, look) for one, what, line in lines if (one, what) == (student, by)],
        )
        for student in students
        for by in entry["by"]
    ]
    first, second = mixture_title(look, gap["first"]), mixture_title(look, gap["second"])
    missing = [by for by in entry["by"] if by not in {what for _, what, _ in lines}]
    table = Table(
        title=heading(entry),
        header=["Problems", "Number", first, second, gap["title"]],
        groups=[(name, rows) for name, rows in groups if rows],
        notes=[
            f"Accuracy in % on a part of the problems, all of them alike; {gap['title']} = {first} minus {second}.",
            "Length: tokens of the answers to a problem, mean of both mixtures, in quarters of the problems.",
            f"Brackets: {basis(data.values())}; not corrected for being many. None below {FEWEST} problems.",
            *([f"Not known of these problems or answers: {', '.join(missing)}."] if missing else []),
            *notes,
            *footnotes(scores, look),
        ],
        warning=look["note"],
    )
    write(table, [one for student, by, line in lines for one in records(student, by, line, look)], csv, md, html, tex)


if __name__ == "__main__":
    run(main)

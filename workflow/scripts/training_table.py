"""What students were trained on: rows, cut rows, tokens and lengths of each arm."""

import json
from pathlib import Path
from statistics import fmean
from typing import Any

from mixdistill.captions import heading, mixture_title
from mixdistill.entry import run
from mixdistill.rejection import shortfalls
from mixdistill.tabular import Row, Table, write

QUANTITIES = {
    "training rows": "Rows",
    "cut rows": "Cut",
    "rows without completion": "Left out",
    "validation rows": "Held out",
    "prompt tokens": "Prompt tokens",
    "completion tokens": "Completion tokens",
}
LENGTHS = {"50%": "Median", "95%": "95%", "max": "Longest"}


def record(student: str, mixture: str, reports: list[dict[str, Any]], look: dict[str, Any]) -> dict[str, Any]:
    """The CSV row of an arm; its seeds saw the same rows, in other orders."""
    first = reports[0]
    return {
        "student": student,
        "title": look["titles"]["students"][student],
        "mixture": mixture,
        "seeds": len(reports),
        **{name.replace(" ", "_"): first[name] for name in QUANTITIES},
        **{f"completion_{name}": first["completion lengths"][name] for name in LENGTHS},
        "steps": first["steps"],
        "loss": fmean(one["loss"] for one in reports) if all(one["loss"] is not None for one in reports) else "",
        "note": look["note"],
    }


def row(made: dict[str, Any] | None, mixture: str, look: dict[str, Any]) -> Row:
    """A printed line; of what was trained elsewhere nothing is known."""
    if made is None:
        return Row([mixture_title(look, mixture), "trained elsewhere", *[""] * (len(QUANTITIES) + len(LENGTHS))])
    names = [*(name.replace(" ", "_") for name in QUANTITIES), *(f"completion_{name}" for name in LENGTHS)]
    loss = f"{made['loss']:.3f}" if made["loss"] != "" else ""
    return Row([mixture_title(look, mixture), *(f"{made[name]:,}" for name in names), loss])


def main(
    reports: list[Path],
    kept: list[Path],
    csv: Path,
    md: Path,
    html: Path,
    tex: Path,
    look: dict[str, Any],
    cells: list[list[Any]],
) -> None:
    """Write the table in four formats.

    ``cells`` are student, mixture and seed of each report, in order; ``kept`` are the counts of their teachers.
    """
    by: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for (student, mixture, _), path in zip(cells, reports, strict=True):
        by.setdefault((student, mixture), []).append(json.loads(path.read_text()))
    students, mixtures, titles = look["entry"]["students"], look["entry"]["mixtures"], look["titles"]["students"]
    made = {
        (student, mixture): record(student, mixture, by[stored], look)
        for student in students
        for mixture in mixtures
        if (stored := (student, look["same_as"].get(mixture, mixture))) in by
    }
    table = Table(
        title=heading(look["entry"]),
        header=["Training set", *QUANTITIES.values(), *LENGTHS.values(), "Loss"],
        groups=[
            (titles[student], [row(made.get((student, mixture)), mixture, look) for mixture in mixtures])
            for student in students
        ],
        notes=[
            "Rows that teach in one epoch, and of these the ones cut at sft.max_length; left out: rows that the cut "
            "would have left without completion. Tokens of the student's tokenizer.",
            "Median, 95%, longest: tokens of a completion that teaches. Loss: mean over a training, then over seeds.",
            *(f"{line}." for counts in kept for line in shortfalls(counts)),
            *look.get("footnotes", []),
        ],
        warning=look["note"],
    )
    write(table, list(made.values()) or [{"note": look["note"]}], csv, md, html, tex)


if __name__ == "__main__":
    run(main)

"""A made-up experiment with its report: scores, answers, problems, training rows, tables and a figure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gap_table
import pandas as pd
import report_page
import report_problems
import report_rows
import size_figure
import slices_table
import synthetic
from mixdistill.jsonl import write
from PIL import Image
from PIL.PngImagePlugin import PngInfo

HOSTILE = {
    "script": "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> \\boxed{1}",
    "closing": "</script></template></body> --> ]]> ${alert(1)} {{7*7}} `x`",
    "tex": "So $x^2 + \\frac{1}{2}$ and \\href{javascript:alert(1)}{here} $\\unknown{$ \\(a<b\\)",
    "line": "x" * 1_000_000,
    "right to left": "\u202eabc\u202c \u05d0\u05d1\u05d2 \u2066123\u2069 \u0627\u0644",
    "control": "a\x00b\x1b[31mred\x07 \ud800 end",
    "separators": "one\u2028two\u2029three\\u003c",
}
"""Completions that a page must show as text."""


def experiment(
    folder: Path,
    students: dict[str, tuple[str, str, float]],
    sizes: dict[str, int],
    seeds: tuple[int, ...] = (1, 2),
    long: str = "",
    hostile: Sequence[str] = tuple(HOSTILE.values()),
) -> dict[str, Any]:
    """Write what the report is made of; returns what the scripts are given, by script.

    Every completion ends with ``long``; those of the first problems are hostile.
    """
    chances = {"long": 0.4, "short": 0.5}
    frames = {name: synthetic.frame(name, chances, seeds=seeds, sizes=sizes) for name in students}
    given: dict[str, Any] = {"rows": {}}
    for name, frame in frames.items():
        frame["outcome"] = frame["correct"].map({True: "right", False: "wrong"})
        frame["verdict"] = frame["correct"].map({True: None, False: "false"})
        frame["clean"] = True
        frame.loc[frame.index[:3], "verdict"] = "undecided"
        cells, paths = [], []
        for (mixture, seed), own in frame.groupby(["mixture", "seed"], sort=False):
            cells.append([name, mixture, int(seed)])
            paths.append(folder / "answers" / name / str(mixture) / f"{seed}.jsonl")
            asked = zip(own["benchmark"], own["id"], own["sample"], strict=True)
            write(
                paths[-1],
                (
                    {
                        "benchmark": benchmark,
                        "id": identity,
                        "sample": sample,
                        "completion": (
                            hostile[at] if at < len(hostile) else f"{mixture} answers {identity}. \\boxed{{1}}"
                        )
                        + long,
                    }
                    for at, (benchmark, identity, sample) in enumerate(asked)
                ),
            )
        given["rows"][name] = {"answers": paths, "cells": cells}
    given["scores"] = synthetic.save(folder / "scores", frames)
    problems = [folder / "problems" / f"{name}.jsonl" for name in sizes]
    for path in problems:
        write(
            path,
            (
                {"id": f"{path.stem}-{n}", "problem": f"What is ${n}+1$?", "answer": "1", "level": n % 3 + 1}
                for n in range(sizes[path.stem])
            ),
        )
    mixtures = [folder / "mixtures" / f"{name}.jsonl" for name in chances]
    for path in mixtures:
        write(
            path,
            (
                {"id": f"t{n}", "prompt": f"{n}?", "completion": f"<b>{path.stem}</b> {n}" + long, "teacher": path.stem}
                for n in range(40)
            ),
        )
    given["problems"] = {"problems": problems, "mixtures": mixtures, "benchmarks": list(sizes)}
    look = synthetic.look(
        {"kind": "gap", "gap": {"title": "Gap", "first": "long", "second": "short"}, "students": list(students)},
        students,
    )
    look["titles"]["benchmarks"] = {name: name.upper() for name in sizes}
    given["look"] = look
    given["about"] = {
        "name": "made-up",
        "note": "Made up & <b>bold</b>.",
        "tables": {"table1": ["gap", "Long against short"], "slices": ["slices", "Parts"]},
        "figures": {"figure2": 'Gap "by" size'},
        "arms": ["/".join(map(str, cell)) for one in given["rows"].values() for cell in one["cells"]],
        "students": {name: title for name, (title, _, _) in students.items()},
        "mixtures": {"long": "Long CoT", "short": "Short CoT"},
        "benchmarks": look["titles"]["benchmarks"],
        "training": {"long": "Long CoT", "short": "Short CoT"},
        "sources": [{"kind": "model", "repository": "owner/model", "revision": "0" * 40}],
        "measured": [str(folder / "benchmarks"), str(folder / "logs")],
        "config": "name: made-up # </pre><script>document.title = 'taken'</script>",
    }
    return given


def rows(folder: Path, given: dict[str, Any], student: str) -> None:
    """Write the side files of a student."""
    place = {kind: folder / "report" / kind / student for kind in ("rows", "texts")}
    report_rows.main(folder / "scores" / f"{student}.parquet", **place, **given["rows"][student])


def described(path: Path, words: str) -> None:
    """Give a picture words."""
    more = PngInfo()
    more.add_text("Description", words)
    with Image.open(path) as picture:
        picture.save(path, pnginfo=more)


def page(folder: Path, given: dict[str, Any]) -> Path:
    """Write tables, figures, what all students share, and the page."""
    table = {kind: folder / "tables" / f"table1.{kind}" for kind in ("csv", "md", "html", "tex")}
    figure = {kind: folder / "figures" / f"figure2.{kind}" for kind in ("pdf", "svg", "png")}
    gap_table.main(given["scores"], **table, look=given["look"])
    parts = {kind: folder / "tables" / f"slices.{kind}" for kind in ("csv", "md", "html", "tex")}
    entry = {**given["look"]["entry"], "kind": "slices", "by": ["benchmark", "level"]}
    slices_table.main(given["scores"], given["problems"]["problems"], **parts, look={**given["look"], "entry": entry})
    size_figure.main(given["scores"], **figure, look=given["look"])
    described(figure["png"], "Crossover of none.")
    report_problems.main(
        **given["problems"], tested=folder / "report" / "problems", taught=folder / "report" / "training"
    )
    (folder / "benchmarks" / "sft").mkdir(parents=True, exist_ok=True)
    (folder / "logs" / "sft").mkdir(parents=True, exist_ok=True)
    pd.DataFrame([{"s": 7200.0}]).to_csv(folder / "benchmarks" / "sft" / "1.tsv", sep="\t", index=False)
    (folder / "logs" / "sft" / "1.log").write_text("used: 3600.0 s CPU, 1234 MiB\n")
    made = folder / "report.html"
    report_page.main(
        [table["html"], parts["html"]],
        [table["csv"], parts["csv"]],
        [figure["png"]],
        [],
        folder,
        folder,
        made,
        about=given["about"],
        assets="",
    )
    return made

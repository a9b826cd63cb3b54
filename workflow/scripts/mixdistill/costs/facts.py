"""What a run has already shown of itself: counts beside its results, and Snakemake's benchmark files."""

import csv
import json
from pathlib import Path
from typing import Any

from mixdistill.costs.jobs import Job


def counted(path: Path) -> dict[str, Any]:
    """The content of a file of counts; empty while there is none, or none that is whole."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def tokens_of(results: Path, job: Job) -> tuple[int, int] | None:
    """Requests (or rows) and tokens that a job is known to have had: of completions, or of training rows."""
    names = job.wildcards
    match job.rule:
        case "generate":
            found = counted(results / f"completions/{names['teacher']}/{names['shard']}.counts.json")
        case "answer":
            found = counted(results / f"answers/{names['student']}/{names['mixture']}/{names['seed']}.counts.json")
        case "sft":
            found = counted(results / f"models/{names['student']}/{names['mixture']}/{names['seed']}/training.json")
        case _:
            return None
    rows, tokens = found.get("rows" if job.rule == "sft" else "total"), found.get("tokens")
    return (int(rows), int(tokens)) if rows and tokens else None


def rows_of(results: Path, kind: str, name: str) -> int | None:
    """Rows of a problem set or a mixture, once it is made; ``kind`` is its folder."""
    found = counted(results / kind / f"{name}.counts.json").get("total")
    return int(found) if found else None


def asked_of(results: Path, student: str) -> int | None:
    """Questions that the judge was asked about a student, once it was; none without a judge."""
    found = counted(results / f"verdicts/{student}.counts.json")
    asked = found.get("asked", found.get("total"))
    return None if asked is None else int(asked)


def measured_seconds(job: Job) -> float | None:
    """Wall time of a job's last run, from its benchmark file."""
    if job.benchmark is None:
        return None
    try:
        with Path(job.benchmark).open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return sum(float(row["s"]) for row in rows) / len(rows) if rows else None
    except (OSError, ValueError, KeyError):
        return None

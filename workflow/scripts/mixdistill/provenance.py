"""Where numbers come from: repositories and their commits, the code's own, packages, and what each stage cost."""

import csv
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mixdistill.digest import SCRIPTS

USED = re.compile(r"^used: ([\d.]+) s CPU, (\d+) MiB", re.MULTILINE)
"""What a job's log ends with."""

PACKAGES = ("snakemake", "torch", "transformers", "trl", "peft", "vllm", "math-verify", "pandas", "matplotlib")


def origins(sources: list[dict[str, Any]]) -> list[list[str]]:
    """Kind, repository and commit of everything from the hub; a line that says so if there is nothing."""
    listed = [[one["kind"], one["repository"], one["revision"]] for one in sources]
    return listed or [["nothing is from the hub: see the experiment file", "", ""]]


def machine() -> list[list[str]]:
    """The commit of the code, Python, and the packages of this job's environment; other rules may have others."""
    command = ["git", "-C", str(SCRIPTS), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "not in a repository"
    rows = [["mixdistill", commit], ["Python", platform.python_version()]]
    for name in PACKAGES:
        try:
            rows.append([name, version(name)])
        except PackageNotFoundError:
            continue
    return rows


def costs(measured: Path, logs: Path) -> list[list[str]]:
    """Jobs, hours, CPU hours and largest memory of each stage, the longest first.

    Hours are from Snakemake's benchmark files; the rest from the last lines of the jobs' logs, for Snakemake does not
    see a job that a waiting process has taken over.
    """
    found: dict[str, list[tuple[float, float, float]]] = {}
    for path in sorted(measured.rglob("*.tsv")):
        place = path.relative_to(measured)
        with path.open(newline="") as file:
            seconds = sum(float(row["s"]) for row in csv.DictReader(file, delimiter="\t"))
        log = logs / place.with_suffix(".log")
        used = USED.findall(log.read_text(encoding="utf-8", errors="replace")) if log.is_file() else []
        cpu, memory = (float(one) for one in used[-1]) if used else (0.0, 0.0)
        found.setdefault(place.parts[0], []).append((seconds, cpu, memory))
    sums = {
        stage: [sum(column) / 3600 for column in list(zip(*rows, strict=True))[:2]] for stage, rows in found.items()
    }
    return [
        [stage, f"{len(rows):,}", *(f"{hours:.3f}" for hours in sums[stage]), f"{max(row[2] for row in rows):,.0f} MiB"]
        for stage, rows in sorted(found.items(), key=lambda one: -sums[one[0]][0])
    ]

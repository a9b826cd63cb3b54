"""Where numbers come from: repositories and their commits, the code's own, packages, and what each stage cost."""

import csv
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mixdistill.digest import SCRIPTS

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


def costs(folder: Path) -> list[list[str]]:
    """Jobs, hours, CPU hours and largest memory of each stage, from Snakemake's benchmark files, the longest first."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        with path.open(newline="") as file:
            found.setdefault(path.relative_to(folder).parts[0], []).extend(csv.DictReader(file, delimiter="\t"))
    hours = {stage: sum(quantity(row, "s") for row in rows) / 3600 for stage, rows in found.items()}
    return [
        [
            stage,
            f"{len(found[stage]):,}",
            f"{hours[stage]:.3f}",
            f"{sum(quantity(row, 'cpu_time') for row in found[stage]) / 3600:.3f}",
            f"{max(quantity(row, 'max_rss') for row in found[stage]):,.0f} MB",
        ]
        for stage in sorted(found, key=lambda stage: -hours[stage])
    ]


def quantity(row: dict[str, str], name: str) -> float:
    """A measured number; 0 where Snakemake could not measure it."""
    try:
        return float(row.get(name) or 0)
    except ValueError:
        return 0.0

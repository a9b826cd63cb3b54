"""`snakemake plan` as a user types it."""

import csv
import subprocess
import sys

import pytest
import yaml
from examples import example
from planning import REPO


@pytest.fixture
def asked(tmp_path):
    """A function that asks what the example costs, in an empty directory."""
    (tmp_path / "README.md").touch()
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(example()))
    command = [sys.executable, "-m", "snakemake", "plan", "--cores", "1"]
    command += ["-s", str(REPO / "Snakefile"), "--configfile", "mine.yaml"]

    def ask(*more):
        return subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True)

    return ask


def test_a_plan_is_made_whenever_it_is_asked_for_and_runs_nothing(asked, tmp_path):
    first = asked()
    assert first.returncode == 0, first.stderr
    lines = dict(line.split(maxsplit=1) for line in first.stdout.splitlines() if line)
    assert lines["jobs"].endswith("0 done (0% reused)")
    results = tmp_path / "results" / "example"
    with (results / "plan.csv").open() as file:
        rows = {(row["kind"], row["name"]): row for row in csv.DictReader(file)}
    stages = [row for (kind, _), row in rows.items() if kind == "stage"]
    assert sum(int(row["jobs"]) for row in stages) == int(rows["all", "all"]["jobs"])
    assert {"small", "medium", "adapted"} == {name for kind, name in rows if kind == "student"}
    assert (results / "plan.html").read_text().startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in results.iterdir()) == ["logs", "plan.csv", "plan.html", "plan.md", "scratch"]
    again = asked("--set-resources", "plan:gpu_model=A100", "--config", "seeds=[1, 2]")
    assert "since then +" in again.stdout
    assert "A100" in again.stdout


def test_an_unknown_gpu_is_one_line(asked):
    failed = asked("--set-resources", "plan:gpu_model=V100")
    assert failed.returncode
    assert (
        "error: --set-resources plan:gpu_model=V100: must be one of A100, H100, H200" in failed.stdout + failed.stderr
    )
    assert "Traceback" not in failed.stdout + failed.stderr

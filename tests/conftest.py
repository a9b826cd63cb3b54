"""Fixtures of several test levels."""

import shutil
import subprocess
import sys

import pytest
import yaml
from examples import example
from planning import copy_of_the_workflow

PRETEND = """
import sys
from pathlib import Path

def run(main, **more):
    job = sys.modules["__main__"].snakemake
    for name, path in dict(job.output).items():
        target = Path(path, "config.json") if name == "model" else Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path)
"""
"""An entry that makes empty outputs instead of calling ``main``."""


@pytest.fixture(scope="session")
def completions_file(tmp_path_factory):
    """An experiment file whose teacher ``large`` is brought, with the file that it names."""
    folder = tmp_path_factory.mktemp("brought")
    (folder / "completions.jsonl").touch()
    raw = example()
    raw["teachers"]["large"]["completions"]["path"] = str(folder / "completions.jsonl")
    raw["mixtures"]["large"] = {"comparison": "all", "parts": {"large": 1}}
    raw["tables"]["table3"]["mixtures"].append("large")
    path = folder / "example.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory, completions_file):
    """A copy of the workflow in which the example experiment is done."""
    folder = tmp_path_factory.mktemp("finished")
    copy_of_the_workflow(folder)
    (folder / "workflow" / "scripts" / "mixdistill" / "entry.py").write_text(PRETEND)
    shutil.copy(completions_file, folder / "mine.yaml")
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all", "--configfile", "mine.yaml"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder

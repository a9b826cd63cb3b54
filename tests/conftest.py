"""Fixtures of several test levels."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec

import pytest
import yaml
from changes import Work
from examples import example
from planning import REPO, copy_of_the_workflow

os.environ.setdefault("MIXDISTILL_FOLDERS", f"{tempfile.gettempdir()}:{REPO.parent / 'shared'}")
"""The tests are a user who lets experiments read what tests have written."""
os.environ["MIXDISTILL_HARDWARE"] = "{}"
"""Plans are the same on every machine that the tests run on: for GPUs of the usual size."""

PRETEND = """
import sys
from pathlib import Path

FOLDERS = ("model", "rows", "texts", "tested", "taught")

def run(main, **more):
    job = sys.modules["__main__"].snakemake
    for name, paths in dict(job.output).items():
        for path in [paths] if isinstance(paths, str) else paths:
            target = Path(path, "config.json") if name in FOLDERS else Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path)
"""
"""An entry that makes empty outputs instead of calling ``main``."""


@pytest.fixture(scope="session")
def completions_file(tmp_path_factory):
    """An experiment file whose teacher ``large`` is brought, with the folder that it names."""
    folder = tmp_path_factory.mktemp("brought")
    (folder / "completions").mkdir()
    (folder / "completions" / "train.jsonl").touch()
    raw = example()
    raw["teachers"]["large"]["completions"]["path"] = str(folder / "completions")
    raw["mixtures"]["large"] = {"comparison": "all", "parts": {"large": 1}}
    raw["tables"]["table3"]["mixtures"].append("large")
    path = folder / "example.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path


ASKED_FOR = ("gpu", "vllm", "slurm", "network", "paper", "tools")
"""Markers of tests that are left out unless the marker is asked for: each has a ``make`` target of its own."""


def pytest_collection_modifyitems(config, items):
    """Leave out what needs an environment of its own, the network, or half an hour."""
    apart = [name for name in ASKED_FOR if name not in config.option.markexpr]
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in apart)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def readme(tmp_path, monkeypatch):
    """A working directory with the file that the example names."""
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory; nothing beside it may be read."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MIXDISTILL_FOLDERS", raising=False)
    return folder


@pytest.fixture
def vllm_is_here():
    """A test of vLLM fails, and is not skipped, where there is none."""
    if find_spec("vllm") is None:
        pytest.fail("vLLM is not installed in this environment; use make test-vllm")


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


@pytest.fixture
def work(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "work", symlinks=True)
    return Work(tmp_path / "work")

"""A dry run of a stranger's experiment, observed: what it opens, what it starts, whom it calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from examples import example
from planning import REPO


def observed(folder, *arguments):
    """What a dry run opens, starts or calls, a line each; and the run."""
    log = folder / "observed.txt"
    path = os.pathsep.join([str(REPO / "tests" / "observed"), os.environ.get("PYTHONPATH", "")])
    (folder / "tmp").mkdir()
    environment = {**os.environ, "PYTHONPATH": path, "OBSERVED": str(log), "TMPDIR": str(folder / "tmp")}
    environment.pop("MIXDISTILL_FOLDERS", None)
    command = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "-n", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return log.read_text().splitlines(), done


def elsewhere(lines, folder):
    """What is opened that belongs neither to the working directory, nor to the program, Python or the system."""
    home = Path.home()
    own = [folder, REPO, sys.prefix, sys.base_prefix, home / ".cache", home / ".config", home / ".local"]
    own += [Path(sys.executable).resolve().parents[1], "/proc", "/sys", "/dev/null", "/dev/urandom", "/usr", "/etc/"]
    real = {str(Path(place)) for place in own} | {os.path.realpath(place) for place in own}
    found = []
    for line in lines:
        event, _, name = line.partition(" ")
        place = name.strip("b'\"")
        if event.startswith(("open", "os.")) and place.startswith("/") and not place.startswith((*real,)):
            found.append(line)
    return found


@pytest.fixture
def stage(tmp_path):
    """A working directory, and beside it a folder of secrets with a link to it from the working directory."""
    here, outside = tmp_path / "here", tmp_path / "outside"
    here.mkdir()
    outside.mkdir()
    (outside / "secret.jsonl").write_text("{}\n")
    (outside / "evil.py").write_text("import os\n")
    (here / "README.md").touch()
    (here / "link").symlink_to(outside)
    return here


def test_a_plan_opens_nothing_outside_and_calls_nobody(stage):
    (stage / "mine.yaml").write_text(yaml.safe_dump(example()))
    lines, done = observed(stage, "--quiet", "rules", "--configfile", "mine.yaml")
    assert done.returncode == 0, done.stderr
    assert len(lines) > 100
    assert not elsewhere(lines, stage)
    assert not [line for line in lines if line.startswith("socket.") or "outside" in line]


def test_an_experiment_that_names_files_outside_is_refused_before_any_is_opened(stage):
    raw, outside = example(), stage.parent / "outside"
    raw["problems"]["train"]["source"] = {"path": str(outside / "secret.jsonl")}
    raw["problems"]["test"]["source"] = {"path": "link/secret.jsonl"}
    raw["teachers"]["long"]["model"] = {"path": "../outside"}
    raw["printed"] = {"numbers": "/etc/passwd"}
    raw["engine"] = {"name": "vllm", "args": {"log_config_file": str(outside / "evil.py")}}
    raw["students"]["small"] = {"logs": {"long": [str(outside)]}, "parameters": 1, "family": "x"}
    (stage / "mine.yaml").write_text(yaml.safe_dump(raw))
    lines, done = observed(stage, "--configfile", "mine.yaml")
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if ": " in line]
    assert sum("lies outside the working directory" in line for line in said) == 5
    assert "Traceback" not in done.stderr
    assert not [line for line in lines if line.startswith("socket.") or "outside" in line or "passwd" in line]
    assert not elsewhere(lines, stage)

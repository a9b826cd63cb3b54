"""A sample of the fault matrix: cells by chance, each once; `python tests/faults.py` runs all of it."""

import random
import subprocess
import sys

import pytest
from injuries import INJURIES
from planning import REPO
from trials import STAGES

pytestmark = pytest.mark.slurm

CELLS = 4


def test_the_same_command_gets_over_faults_of_all_kinds(tmp_path):
    injuries = random.sample(list(INJURIES), CELLS)
    cells = [f"{random.choice(list(STAGES))}:{injury}" for injury in injuries]
    command = [
        sys.executable,
        str(REPO / "tests" / "faults.py"),
        "--times",
        "1",
        "--folder",
        str(tmp_path),
        "--to-the-end",
    ]
    done = subprocess.run(
        [*command, "--only", *cells, "--page", str(tmp_path / "page.md")], capture_output=True, text=True
    )
    print(done.stdout, done.stderr[-2000:])
    assert done.returncode == 0
    assert done.stdout.count("the same") == CELLS
    assert (tmp_path / "page.md").read_text().count("1 of 1 same") == CELLS

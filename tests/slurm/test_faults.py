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
    given = ["--times", "1", "--to-the-end", "--folder", str(tmp_path), "--page", str(tmp_path / "page.md")]
    command = [sys.executable, str(REPO / "tests" / "faults.py"), *given, "--only", *cells]
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.stdout, done.stderr[-2000:])
    assert done.returncode == 0
    assert done.stdout.count("the same") == CELLS
    assert (tmp_path / "page.md").read_text().count("1 of 1 same") == CELLS

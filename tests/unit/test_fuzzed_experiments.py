"""Thousands of mutated experiment files: each ends in a plan or in lines, soon, and leaves nothing behind."""

import re
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from fuzzing import files
from mixdistill.config.command_line import faults
from mixdistill.config.faults import experiment
from mixdistill.config.files import parsed
from mixdistill.errors import UserError
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook
from mixdistill.terminal import visible
from mixdistill.terms import warnings
from planning import REPO

NUMBER, SEED = 2_000, 17
LINE = re.compile(r"mine\.yaml(:\d+(:\d+)?)?: \S")


@pytest.fixture
def here(here):
    Path("README.md").touch()
    return here


def lines_of(path):
    """What is said of a file, checked and planned as far as Snakemake has no part in it; nothing if it is right."""
    said = [line for line in faults(["-n", "--configfile", str(path)])]
    if said:
        return said
    try:
        made = experiment(parsed(path), str(path), [path])
    except UserError as error:
        return str(error).splitlines()
    plan = Plan(made)
    book = Rulebook(plan)
    list(plan.unread()), warnings(plan), book.targets(), book.to_prove(), book.all_cells()
    for name, entry in islice(plan.entries().items(), 20):
        assert book.look_of(entry)["entry"], name
    return []


def left_in(folder):
    """Names of what is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_two_thousand_mutated_experiments_end_in_a_plan_or_in_lines(here):
    path, right, long = Path("mine.yaml"), 0, []
    for number, content in enumerate(files(NUMBER, SEED)):
        path.write_bytes(content)
        begun = time.process_time()
        lines = lines_of(path)
        taken = time.process_time() - begun
        assert taken < 5, number
        long.append(taken)
        right += not lines
        assert len(lines) <= 101, number
        for line in lines:
            assert LINE.match(line), (number, line[:300])
            assert visible(line) == line, (number, line[:300])
            assert len(line) < 2_000, (number, line[:300])
    assert right > NUMBER // 20
    assert sum(long) < 180
    assert left_in(here) <= {"README.md", "mine.yaml", ".snakemake"}
    assert left_in(here.parent) == {"here"}


@pytest.mark.slow
def test_twenty_of_them_are_planned_by_snakemake_without_a_trace(here):
    path = Path("mine.yaml")
    for number, content in enumerate(islice(files(NUMBER, SEED), 0, NUMBER, NUMBER // 20)):
        path.write_bytes(content)
        command = [sys.executable, "-m", "snakemake", "-s", REPO / "Snakefile", "-n", "--quiet", "--configfile", path]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)
        shown = done.stdout + done.stderr
        assert "Traceback" not in shown, (number, shown[-2000:])
        assert done.returncode == 0 or "error: " in shown or "nothing was run" in shown, (number, shown[-2000:])
    assert left_in(here) <= {"README.md", "mine.yaml", ".snakemake"}
    assert left_in(here.parent) == {"here"}

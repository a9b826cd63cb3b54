"""A Slurm for the tests of this folder."""

from contextlib import ExitStack

import pytest
from cluster import somewhere
from waiting import write


@pytest.fixture(scope="session")
def slurm():
    """One node with four pretended GPUs, on which a preempted job goes back into the queue."""
    with somewhere() as cluster:
        yield cluster


@pytest.fixture
def of_its_own():
    """Makes a Slurm that a test may break."""
    with ExitStack() as made:
        yield lambda **kind: made.enter_context(somewhere(**kind))


@pytest.fixture(name="folder")
def small_workflow(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return write(folder, seconds=12)

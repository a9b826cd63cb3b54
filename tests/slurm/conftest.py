"""A Slurm for the tests of this folder."""

import pytest
from cluster import Cluster
from waiting import write


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """One node with four pretended GPUs, on which a preempted job goes back into the queue."""
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture
def of_its_own(tmp_path):
    """Makes a Slurm that a test may break."""
    made = []

    def make(**kind):
        cluster = Cluster(tmp_path / f"slurm{len(made)}", **kind)
        made.append(cluster)
        cluster.up()
        return cluster

    yield make
    for cluster in made:
        cluster.down()


@pytest.fixture(name="folder")
def small_workflow(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return write(folder, seconds=12)

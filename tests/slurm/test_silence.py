"""A Slurm that does not answer, and a Snakemake that was killed: continuation or an error, never waiting for ever."""

import os
import signal
import time

import pytest
from waiting import all_is_there, at_work, begun, run, said, until

pytestmark = pytest.mark.slurm


def test_a_controller_that_comes_back_is_waited_for(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, start=at_work)
    cluster.kill("slurmctld", signal.SIGTERM)
    time.sleep(30)
    cluster.up()
    assert cluster.wait_for(head) == 0, said(folder)
    all_is_there(folder)


def test_a_controller_that_stays_away_ends_in_an_error_and_the_same_command_continues(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, MIXDISTILL_SLURM_PATIENCE="20", start=at_work)
    cluster.kill("slurmctld", signal.SIGTERM)
    assert cluster.wait_for(head) == 1
    assert "Slurm has not answered for 20 s (squeue)" in said(folder)
    assert run(folder, cluster).wait(timeout=100) == 1
    assert "nothing was started: repeat the command when `squeue` works" in said(folder)
    cluster.up()
    assert cluster.wait_for(run(folder, cluster)) == 0
    all_is_there(folder)


def test_jobs_are_sent_when_slurm_answers_again(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, "--jobs", "1", start=at_work, jobs=1)
    cluster.kill("slurmctld", signal.SIGTERM)
    until(lambda: (folder / "a.txt").exists() or (folder / "b.txt").exists())
    time.sleep(5)
    cluster.up()
    assert cluster.wait_for(head) == 0, said(folder)
    assert "sbatch failed" not in said(folder)
    all_is_there(folder)


def test_a_killed_heads_jobs_on_slurm_are_waited_for(folder, slurm):
    head = run(folder, slurm, start=at_work)
    os.kill(head.pid, signal.SIGKILL)
    head.wait()
    assert slurm.wait_for(run(folder, slurm)) == 0
    assert "2 jobs of an earlier run still go on and are waited for (MIXDISTILL_ORPHANS=cancel ends them)" in said(
        folder
    )
    assert "(rule_make_wildcards_" in said(folder)
    assert len(begun(folder)) in (2, 4)
    all_is_there(folder)


def test_a_killed_heads_jobs_are_cancelled_on_request(folder, slurm):
    head = run(folder, slurm, "--jobs", "1", start=at_work, jobs=1)
    os.kill(head.pid, signal.SIGKILL)
    head.wait()
    assert slurm.wait_for(run(folder, slurm, MIXDISTILL_ORPHANS="cancel")) == 0
    assert "were cancelled" in said(folder)
    all_is_there(folder)

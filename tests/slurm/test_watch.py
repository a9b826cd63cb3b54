"""What Slurm may do to jobs: each ends in continuation."""

import time

import pytest
from mixdistill.lease import began
from waiting import all_is_there, at_work, begun, run, said, until, write

pytestmark = pytest.mark.slurm


def test_preemption_by_cancelling_ends_in_continuation(folder, of_its_own):
    cluster = of_its_own(preempt="CANCEL")
    head = run(folder, cluster, start=at_work)
    time.sleep(3)
    cluster.said("sbatch", "--partition=urgent", "--exclusive", "--wrap=sleep 4", "--output=/dev/null")
    assert cluster.wait_for(head) == 0, said(folder)
    assert "was PREEMPTED; it goes back into the queue and continues" in said(folder)
    all_is_there(folder)


def test_jobs_that_slurm_has_forgotten_end_in_continuation(folder, of_its_own):
    cluster = of_its_own(remembers=2)
    head = run(folder, cluster, "--slurm-init-seconds-before-status-checks", "30", start=at_work)
    cluster.said("scancel", cluster.jobs()[0][0])
    assert cluster.wait_for(head) == 0, said(folder)
    assert "forgotten by Slurm (MinJobAge in slurm.conf should be 300 s or more)" in said(folder)
    all_is_there(folder)


def test_a_job_whose_time_is_over_goes_back_into_the_queue_by_itself(folder, slurm):
    write(folder, seconds=40)
    extra = "make:slurm_extra='--signal=TERM@100'"
    head = run(folder, slurm, "--retries", "0", "--set-resources", extra, "make:runtime=30", start=at_work)
    time.sleep(2)
    for number, state in slurm.jobs():
        if state == "RUNNING":
            slurm.said("scontrol", "update", f"JobId={number}", "EndTime=now+101")
    assert slurm.wait_for(head) == 0, said(folder)
    assert len(begun(folder)) == 4
    assert len(said(folder).split("has been submitted")) == 3
    all_is_there(folder, 40)


def test_a_dead_node_is_followed_by_continuation(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, start=at_work)
    cluster.crash("node1")
    until(lambda: not any(map(began, begun(folder))))
    time.sleep(25)
    cluster.node_up("node1")
    time.sleep(5)
    cluster.up()  # Slurm 22.05's controller may crash when a node comes back
    assert cluster.wait_for(head) == 0, said(folder)
    all_is_there(folder)


def test_a_job_that_needs_more_memory_is_sent_again_with_more(folder, slurm):
    head = run(folder, slurm, "--set-resources", "make:mem_mb=100 if attempt == 1 else 1000")
    assert slurm.wait_for(head) == 0, said(folder)
    asked_for = [memory for where, memory in slurm.jobs("%Z|%m") if where == str(folder)]
    assert sorted(asked_for) == ["1000M"] * 2 + ["100M"] * 2
    all_is_there(folder)

"""What Slurm may do to jobs and to the one who waits for them: each ends in continuation or in an error, none hangs."""

import os
import signal
import time

import pytest
from cluster import PROFILE
from mixdistill.lease import began
from waiting import at_work, begun, never_two_at_once, said, started, steps, until, write

pytestmark = pytest.mark.slurm


def run(folder, cluster, *more, start=started, **environment):
    return start(folder, *PROFILE, *more, **{**cluster.environment, **environment})


def all_is_there(folder, seconds=12):
    never_two_at_once(folder)
    assert (folder / "a.txt").read_text() == "a.txt"
    assert steps(folder, "a.txt") == steps(folder, "b.txt") == list(range(seconds))


def test_preemption_by_cancelling_ends_in_continuation(folder, of_its_own):
    cluster = of_its_own(preempt="CANCEL")
    head = run(folder, cluster, start=at_work)
    time.sleep(3)
    cluster.said("sbatch", "--partition=urgent", "--exclusive", "--wrap=sleep 4", "--output=/dev/null")
    assert cluster.wait_for(head) == 0
    assert "was PREEMPTED; it goes back into the queue and continues" in said(folder)
    all_is_there(folder)


def test_a_controller_that_comes_back_is_waited_for(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, start=at_work)
    cluster.kill("slurmctld", signal.SIGTERM)
    time.sleep(30)
    cluster.up()
    assert cluster.wait_for(head) == 0
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
    assert cluster.wait_for(head) == 0
    assert "sbatch failed" not in said(folder)
    all_is_there(folder)


def test_jobs_that_slurm_has_forgotten_end_in_continuation(folder, of_its_own):
    cluster = of_its_own(remembers=2)
    head = run(folder, cluster, "--slurm-init-seconds-before-status-checks", "30", start=at_work)
    cluster.said("scancel", cluster.jobs()[0][0])
    assert cluster.wait_for(head) == 0
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
    assert slurm.wait_for(head) == 0
    assert len(begun(folder)) == 4
    assert len(said(folder).split("has been submitted")) == 3
    all_is_there(folder, 40)


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


def test_a_dead_node_is_followed_by_continuation(folder, of_its_own):
    cluster = of_its_own()
    head = run(folder, cluster, start=at_work)
    cluster.crash("node1")
    until(lambda: not any(map(began, begun(folder))))
    time.sleep(25)
    cluster.node_up("node1")
    assert cluster.wait_for(head) == 0
    all_is_there(folder)


def test_a_job_that_needs_more_memory_is_sent_again_with_more(folder, slurm):
    head = run(folder, slurm, "--set-resources", "make:mem_mb=100*attempt")
    assert slurm.wait_for(head) == 0
    assert (
        sorted(memory for where, memory in slurm.jobs("%Z|%m") if where == str(folder)) == ["100M"] * 2 + ["200M"] * 2
    )
    all_is_there(folder)

"""Runs that follow each other in one directory, one of them killed: the same command continues, nothing runs twice."""

import os
import signal
from contextlib import suppress

import pytest
from waiting import at_work, begun, never_two_at_once, said, started, steps, times, write


@pytest.fixture(name="folder")
def small_workflow(tmp_path):
    return write(tmp_path)


def test_the_command_after_a_killed_run_waits_for_its_jobs_and_continues(folder):
    write(folder, seconds=20)
    first = at_work(folder, "--cores", "2")
    first.kill()
    first.wait()
    assert started(folder, "--cores", "2").wait(timeout=90) == 0
    text = said(folder)
    assert "2 jobs of an earlier run still go on and are waited for (MIXDISTILL_ORPHANS=cancel ends them)" in text
    assert "nobody is alive who holds its lock, which is released" in text
    assert steps(folder, "a.txt") == steps(folder, "b.txt") == list(range(20))
    never_two_at_once(folder)
    assert (folder / "a.txt").read_text() == "a.txt"


def test_an_earlier_runs_jobs_are_cancelled_on_request(folder):
    first = at_work(folder, "--cores", "2")
    orphans = begun(folder)
    first.kill()
    first.wait()
    assert started(folder, "--cores", "2", MIXDISTILL_ORPHANS="cancel").wait(timeout=90) == 0
    assert [process for _, what, _, process in times(folder) if what == "ends" and process in orphans] == []
    assert "stopped on request" in said(folder) or "were cancelled" in said(folder)


def test_a_second_run_beside_a_living_one_leaves_it_alone(folder):
    first = at_work(folder, "--cores", "2")
    second = started(folder, "--cores", "2")
    assert second.wait(timeout=60) == 1
    assert "another run goes on in this directory" in said(folder)
    assert "do not unlock" in said(folder)
    assert first.wait(timeout=60) == 0
    assert len(begun(folder)) == 2


def test_two_that_make_the_same_file_whatever_snakemake_thinks_do_so_one_after_the_other(folder):
    first = at_work(folder, "--cores", "2")
    second = started(folder, "--cores", "2", "--nolock", "--rerun-incomplete")
    assert (first.wait(timeout=90), second.wait(timeout=90)) == (0, 0)
    assert "makes a.txt" in said(folder)
    never_two_at_once(folder)


def test_a_failed_run_ends_with_what_failed_and_why(folder):
    (folder / "fails").touch()
    assert started(folder, "--cores", "2", "--keep-going").wait(timeout=60) == 1
    text = said(folder)
    assert "2 failed; what could be done without is done, and the same command continues:" in text
    assert "  make a: error: no luck\n    a.log\n  make b: error: no luck\n    b.log" in text
    (folder / "fails").unlink()
    assert started(folder, "--cores", "2").wait(timeout=60) == 0


def test_a_dry_run_and_wrong_choices_touch_nothing(folder):
    first = at_work(folder, "--cores", "2")
    first.kill()
    first.wait()
    assert started(folder, "--cores", "2", "-n").wait(timeout=60) == 0
    assert list((folder / ".snakemake" / "locks").iterdir())
    assert started(folder, "--cores", "2", MIXDISTILL_ORPHANS="ignore").wait(timeout=60) == 1
    assert "MIXDISTILL_ORPHANS=ignore: must be wait or cancel" in said(folder)
    assert started(folder, "--cores", "2", MIXDISTILL_SLURM_PATIENCE="ever").wait(timeout=60) == 1
    assert "MIXDISTILL_SLURM_PATIENCE=ever: must be a number of seconds" in said(folder)
    for process in begun(folder):
        with suppress(ProcessLookupError):  # on a busy machine it may be done
            os.kill(process, signal.SIGKILL)

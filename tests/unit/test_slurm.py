"""What is made of Slurm's answers."""

import pytest
from mixdistill import slurm


@pytest.mark.parametrize(
    ("answer", "over"),
    [
        ("RUNNING|4:59", True),
        ("SIGNALING|4:59", True),
        ("RUNNING|0:00", True),
        ("RUNNING|7:00", False),
        ("RUNNING|1:00:00", False),
        ("RUNNING|1-00:00:00", False),
        ("RUNNING|UNLIMITED", False),
        ("RUNNING|INVALID", False),
        ("COMPLETING|4:59", False),
        ("", False),
    ],
)
def test_a_job_is_out_of_time_if_it_runs_and_has_only_minutes_left(answer, over, tmp_path, monkeypatch):
    client = tmp_path / "squeue"
    client.write_text(f"#!/bin/sh\necho '{answer}'\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert slurm.time_is_over() is over


def test_no_job_of_slurms_is_out_of_time(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert not slurm.time_is_over()

"""Jobs that share a node's GPUs: none is used twice, and a job waits for what it needs."""

import os
import subprocess
import sys

import pytest
from mixdistill import devices, private
from mixdistill.errors import UserError
from planning import REPO

JOB = """
import os, sys, time
sys.path.insert(0, {scripts!r})
from mixdistill.devices import claim
claim(int(sys.argv[1]))
with open("held", "a") as file:
    print("+", os.environ["CUDA_VISIBLE_DEVICES"], file=file, flush=True)
    time.sleep(0.4)
    print("-", os.environ["CUDA_VISIBLE_DEVICES"], file=file, flush=True)
"""


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    monkeypatch.setattr(private.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(devices, "HELD", [])


def test_jobs_of_one_node_use_all_gpus_and_none_twice(tmp_path):
    script = JOB.format(scripts=str(REPO / "workflow" / "scripts"))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "0,1,2", "TMPDIR": str(tmp_path)}
    jobs = [
        subprocess.Popen([sys.executable, "-c", script, gpus], cwd=tmp_path, env=environment)
        for gpus in ("1", "2", "1", "2", "1")
    ]
    assert [job.wait(60) for job in jobs] == [0] * 5
    held, used = set(), set()
    for line in (tmp_path / "held").read_text().splitlines():
        sign, names = line.split(" ")
        if sign == "+":
            assert not held & set(names.split(","))
            held |= set(names.split(","))
            used |= held
        else:
            held -= set(names.split(","))
    assert used == {"0", "1", "2"}


def test_a_scheduler_has_divided_already(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    devices.claim(2)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-a,GPU-b"
    assert devices.HELD == []


def test_without_a_scheduler_a_job_with_all_gpus_locks_them_too(monkeypatch):
    for name in devices.SCHEDULERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    devices.claim(2)
    assert len(devices.HELD) == 2
    monkeypatch.setattr(devices, "HELD", [])


def test_a_locked_gpu_is_passed_over(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    devices.claim(1)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    devices.claim(1)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"


def test_too_few_gpus_are_a_mistake_and_none_at_all_is_another_kind_of_machine(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(UserError, match="this job asks for 4 GPUs and sees 1"):
        devices.claim(4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    devices.claim(4)


def test_gpus_are_counted_by_nvidia_smi(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: GPU-1)'\necho 'GPU 1: A (UUID: GPU-2)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices.visible() == ["0", "1"]
    program.unlink()
    assert devices.visible() == []

"""Training on several devices: two processes on a CPU, which divide what GPUs would. DeepSpeed compiles once, cold."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from mixdistill import launch
from mixdistill.digest import SCRIPTS
from models import byte_model
from safetensors.torch import load_file
from students import ARGS, LORA, ROWS, curve_of, settings, trained

pytestmark = pytest.mark.slow

UNEVEN = {"rows": ROWS[:-1], "batch_size": 4, "validation": 0.1}
"""21 rows in steps of 4: the last step of an epoch is filled up."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv("DS_ACCELERATOR", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def stored(model):
    return {name: weight for file in model.glob("*.safetensors") for name, weight in load_file(file).items()}


@pytest.mark.parametrize(
    ("stage", "lora", "layout"),
    [("2", None, {}), ("3", None, {}), ("3", None, {"packing": True}), ("3", LORA, {})],
    ids=["zero2", "zero3", "zero3-packed", "zero3-lora"],
)
def test_two_processes_do_what_one_does(tmp_path, base, monkeypatch, stage, lora, layout):
    monkeypatch.setenv("MIXDISTILL_ZERO", stage)
    args = {**ARGS, **layout}
    one = trained(tmp_path / "one", base, args, lora, **UNEVEN)
    two = trained(tmp_path / "two", base, args, lora, **UNEVEN, gpus=2)
    assert json.loads((two / "training.json").read_text())["machine"]["zero_stage"] == int(stage)
    for expected, found in zip(curve_of(one), curve_of(two), strict=True):
        assert found == pytest.approx(expected, abs=1e-3, rel=1e-5)
    assert {path.name for path in one.iterdir()} == {path.name for path in two.iterdir()}
    expected, found = stored(one), stored(two)
    assert set(expected) == set(found)
    for name, weight in expected.items():
        assert found[name].dtype == weight.dtype
        assert float((found[name] - weight).abs().max()) < 1e-4


def running(checkpoints):
    """Processes of a training run."""
    found = subprocess.run(["pgrep", "-f", str(checkpoints)], capture_output=True, text=True)
    return found.stdout.split()


@pytest.mark.parametrize("stage", ["2", "3"])
def test_killed_processes_continue_and_end_in_the_same_weights(tmp_path, base, monkeypatch, stage):
    monkeypatch.setenv("MIXDISTILL_ZERO", stage)
    args = {**ARGS, "num_train_epochs": 8, "save_strategy": "steps", "save_steps": 2, "logging_steps": 3}
    whole = trained(tmp_path / "whole", base, args, gpus=2)
    given = settings(tmp_path / "killed", base, args, gpus=2)
    log = (tmp_path / "log").open("w")
    job = subprocess.Popen([sys.executable, SCRIPTS / "sft.py", *launch.flags(given)], stdout=log, stderr=log)
    deadline = time.monotonic() + 300
    while not list(given["checkpoints"].glob("*/checkpoint-*/whole")) and time.monotonic() < deadline:
        assert job.poll() is None, (tmp_path / "log").read_text()[-2000:]
        time.sleep(0.02)
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    while running(given["checkpoints"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running(given["checkpoints"])
    assert not given["model"].exists()
    continued = trained(tmp_path / "killed", base, args, gpus=2)
    assert (continued / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert (continued / "loss.csv").read_text() == (whole / "loss.csv").read_text()

"""What only a GPU can show of training: it follows a CPU's, with a GPU's kernels, number formats and processes."""

import json
import os
import subprocess
import sys

import pytest
from mixdistill import launch
from mixdistill.digest import SCRIPTS
from models import byte_model
from students import ARGS, LORA, ROWS, curve_of, losses_per_token, settings, trained

pytestmark = pytest.mark.gpu

UNEVEN = {"rows": ROWS[:-1], "batch_size": 4}


@pytest.fixture(autouse=True, name="gpus")
def gpus_that_are_here():
    """How many; a test fails, and is not skipped, where there is none."""
    import torch

    return torch.cuda.device_count() or pytest.fail("PyTorch sees no GPU")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("base"))


def on_the_cpu(folder, base, args=ARGS, lora=None, **more):
    """Train in a process that sees no GPU."""
    given = settings(folder, base, args, lora=lora, **more)
    command = [sys.executable, SCRIPTS / "sft.py", *launch.flags(given)]
    subprocess.run(command, check=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    return folder / "model"


@pytest.mark.parametrize("lora", [None, LORA], ids=["full", "lora"])
@pytest.mark.parametrize("layout", [{}, {"packing": True}], ids=["unpacked", "packed"])
def test_a_gpu_follows_the_loss_of_a_cpu(tmp_path, base, lora, layout):
    from transformers.utils import is_liger_kernel_available

    args = {**ARGS, **layout}
    expected = on_the_cpu(tmp_path / "cpu", base, args, lora, **UNEVEN)
    found = trained(tmp_path / "gpu", base, args, lora, **UNEVEN, gpus=1)
    used = json.loads((found / "training.json").read_text())["machine"]
    assert used["use_liger_kernel"] is is_liger_kernel_available()
    assert (used["use_cpu"], used["gradient_checkpointing"], used["zero_stage"]) == (False, True, 0)
    for one, other in zip(curve_of(expected), curve_of(found), strict=True):
        assert (other["step"], other["loss"]) == pytest.approx((one["step"], one["loss"]), abs=2e-3)


def test_bfloat16_follows_float32(tmp_path, base):
    exact = curve_of(trained(tmp_path / "float32", base, gpus=1))
    rounded = curve_of(trained(tmp_path / "bfloat16", base, gpus=1, dtype="bfloat16"))
    assert rounded[-1]["loss"] < rounded[0]["loss"]
    for one, other in zip(exact, rounded, strict=True):
        assert other["loss"] == pytest.approx(one["loss"], rel=0.05)


@pytest.mark.parametrize("layout", ["padding_free", "packing"])
@pytest.mark.parametrize(
    ("attention", "dtype", "allowed"),
    [("sdpa", "float32", 1e-4), ("sdpa", "bfloat16", 0.1), ("flash_attention_2", "bfloat16", 0.1)],
)
def test_rows_of_one_sequence_do_not_see_each_other(tmp_path, base, monkeypatch, layout, attention, dtype, allowed):
    if attention == "flash_attention_2":
        pytest.importorskip("flash_attn", reason="FlashAttention is not installed; training then uses PyTorch's")
    apart = losses_per_token(tmp_path / "apart", base, monkeypatch, {}, attention, dtype)
    together = losses_per_token(tmp_path / "together", base, monkeypatch, {layout: True}, attention, dtype)
    assert len(apart) == 24
    for row, losses in apart.items():
        assert losses == pytest.approx(together[row], abs=allowed)


@pytest.mark.parametrize("lora", [None, LORA], ids=["full", "lora"])
@pytest.mark.parametrize("stage", ["2", "3"])
def test_two_gpus_do_what_one_does(tmp_path, base, monkeypatch, gpus, stage, lora):
    if gpus < 2:
        pytest.skip("needs two GPUs, sees one")
    monkeypatch.setenv("MIXDISTILL_ZERO", stage)
    one = trained(tmp_path / "one", base, ARGS, lora, **UNEVEN, gpus=1)
    two = trained(tmp_path / "two", base, ARGS, lora, **UNEVEN, gpus=2)
    assert json.loads((two / "training.json").read_text())["machine"]["zero_stage"] == int(stage)
    for expected, found in zip(curve_of(one), curve_of(two), strict=True):
        assert found == pytest.approx(expected, abs=1e-3, rel=1e-5)

"""What is said of jobs, by their logs."""

from pathlib import Path

import pytest
from mixdistill import progress
from mixdistill.lease import LEASES, Lease, living

BAR = "long:  50%|#####     | 120/240 [00:10<00:12, 11.93 completions/s, 8056 tokens, 805 tokens/s]"
STEPS = " 62%|######    | 25/40 [00:31<00:18,  1.22s/it]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"long:   0%| | 0/240 [00:00<?, ? completions/s]\r{BAR}",
            "120 of 240, 11.93 completions/s, 8056 tokens, 805 tokens/s, 00:12 left",
        ),
        (
            f"{{'loss': '0.71', 'epoch': '1'}}\n{STEPS}\r{{'loss': '0.5012', 'epoch': '2'}}\n\r{STEPS}",
            "25 of 40, 1.22s/it, 00:18 left, loss 0.5012",
        ),
        ("loading weights\n", ""),
        ("", ""),
    ],
)
def test_how_far_a_job_is(tmp_path, text, said):
    log = tmp_path / "1.log"
    log.write_text(text)
    assert progress.at(log) == said
    assert progress.at(tmp_path / "none.log") == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("step\nerror: no room\nused: 0.13 s CPU, 168 MiB\n", ["error: no room"]),
        (
            "Traceback (most recent call last):\n  File x\ntorch.OutOfMemoryError: CUDA\n",
            ["torch.OutOfMemoryError: CUDA"],
        ),
        ("loading\nstep 1\n", ["loading", "step 1", "(ended without a word: killed?)"]),
        ("step\nwork: training 1.2 s CPU\nused: 0.13 s CPU, 168 MiB\n", None),
        ("", None),
    ],
)
def test_how_a_job_ended(tmp_path, text, words):
    log = tmp_path / "1.log"
    log.write_text(text)
    found = progress.ended(log)
    assert (found.words if found else None) == words


def test_a_job_that_is_at_work_again_has_not_failed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = Path("logs/sft/1.log")
    log.parent.mkdir(parents=True)
    log.write_text("step 1\n")
    assert [one.log for one in progress.failed(Path("logs"), living(LEASES))] == [log]
    held = Lease(LEASES / "x", makes="models/1", log=str(log))
    assert held.take() is None
    assert list(progress.failed(Path("logs"), living(LEASES))) == []
    held.release()

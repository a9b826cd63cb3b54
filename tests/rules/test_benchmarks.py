"""The scripts that measure still run, in small; what they measure is no test's business."""

import json
import re
import runpy
import subprocess
import sys

import pytest
from planning import REPO


def printed(script, *arguments):
    command = [sys.executable, REPO / "benchmarks" / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


SCRIPTS = sorted((REPO / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_tells_what_it_measures_and_what_it_takes(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.startswith(f"usage: {script.name} [-h]")
    assert script.read_text().split('"""')[1].splitlines()[0] in shown


@pytest.mark.slow
def test_training_is_measured_against_a_bare_loop_and_against_trl(tmp_path):
    rows = [{"problem": f"What is {n} and {n}?", "solution": "so " * 200 + f"it is {2 * n}"} for n in range(64)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = printed("training.py", tmp_path / "rows.jsonl", 64)
    assert len(re.findall(r"ratio \d+\.\d\d$", found, re.MULTILINE)) == 2


@pytest.mark.slow
def test_warm_and_cold_starts_are_measured():
    assert re.search(r"cold [\d.]+ s, warm [\d.]+ s .*\n.*same bytes: True", printed("warm_start.py", 1))


@pytest.mark.slow
def test_the_report_is_measured():
    assert re.search(
        r"^10 arms x 7,064 answers, .*\n.*\nlargest process \d+ MiB; page", printed("report.py", 1, 1, 0), re.MULTILINE
    )


@pytest.mark.vllm
def test_generation_is_measured_against_vllm_alone(vllm_is_here):
    found = printed("generation.py", "--requests", 20, "--tokens", 16, "--times", 1)
    assert re.search(r"^ratio \d\.\d{3}; by CPU seconds \d\.\d{3}$", found, re.MULTILINE)

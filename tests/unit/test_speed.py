"""The benchmark of the answer check: what it says where there is no real data, and its bars where there is."""

import sys

import pytest
from planning import REPO

sys.path.insert(0, str(REPO / "benchmarks"))
import grading

FAST = {"all": 9.0, "gsm8k": 9.0, "math": 9.0}


@pytest.mark.parametrize(
    ("ratios", "real", "missed"),
    [
        (FAST, True, False),
        (FAST | {"math": 1.4}, True, True),
        (FAST | {"all": 2.9}, True, True),
        (FAST | {"all": 0.1}, False, False),
    ],
)
def test_a_bar_is_set_for_real_responses_only(ratios, real, missed):
    said, misses = grading.verdict(ratios, real)
    assert misses is missed
    assert ("no bar is set" in said) is not real


def test_made_up_responses_are_measured_where_there_are_no_real_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "RESPONSES", tmp_path / "absent")
    measured = {benchmark: grading.ours(benchmark) for benchmark in grading.FILES}
    assert {name: (each["answers"], each["accepted"]) for name, each in measured.items()} == {
        "gsm8k": (200, 100),
        "math": (200, 100),
    }


def test_help_measures_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["grading.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        grading.main()
    assert ended.value.code == 0
    assert "numbers of answers" in capsys.readouterr().out

"""Wrong judges, each with the one line that its author reads."""

import pytest
from examples import changed
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError

JUDGE = {"model": {"world": "big"}, "parameters": 1, "prompt": "{problem} {gold} {answer}"}

WRONG = [
    (
        "judge",
        {**JUDGE, "model": {"world": "bog"}},
        "judge.model.world: no such entry in world.models (got 'bog'); did you mean 'big'?",
    ),
    (
        "judge",
        {**JUDGE, "model": {"hub": "Qwen/Qwen2.5-32B-Instruct"}},
        "judge.model: hub and revision belong together",
    ),
    (
        "judge",
        {**JUDGE, "prompt": "{problem} {gold}?"},
        "judge.prompt: a judge's prompt must hold {gold} and {answer} exactly once, and {problem} at most once (got '{problem} {gold}?')",
    ),
    ("judge", {**JUDGE, "prompt": "{answer}?"}, "judge.prompt: a judge's prompt must hold {gold} and {answer}"),
    (
        "judge",
        {**JUDGE, "prompt": "{gold} {answer} {answer}"},
        "judge.prompt: a judge's prompt must hold {gold} and {answer}",
    ),
    (
        "judge",
        {**JUDGE, "mode": "audits"},
        "judge.mode: must be 'paper' or 'audit' (got 'audits'); did you mean 'audit'?",
    ),
    ("judge", {**JUDGE, "mode": "paper", "controls": 5}, "judge.controls: only for mode: audit (got 5)"),
    ("judge", {**JUDGE, "accepted": 5}, "judge.accepted: only for mode: audit (got 5)"),
    ("judge", {**JUDGE, "mode": "audit", "accepted": -1}, "judge.accepted: must be at least 0"),
    (
        "judge",
        {"prompt": "{gold} {answer}", "model": {"world": "big"}},
        "judge: a judge that is a model needs parameters",
    ),
    (
        "tables.audit",
        {"kind": "judge-audit", "title": "Audit", "students": ["small"], "mixtures": ["long"]},
        "tables.audit.kind: this table needs a judge that is audited: add judge, with mode: audit",
    ),
]


@pytest.mark.parametrize(("key", "value", "line"), WRONG)
def test_one_mistake_gives_one_line_that_names_key_value_and_fix(tmp_path, monkeypatch, key, value, line):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        experiment(changed(key, value), "mine.yaml")
    found = str(caught.value).splitlines()
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.yaml: {line}")

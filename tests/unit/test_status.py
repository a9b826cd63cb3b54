"""The status of a run: counts per stage, failures, and what an older answer check decided."""

import json

import pytest
import yaml
from examples import example
from mixdistill.lease import LEASES, Lease
from status import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").touch()
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(example()))
    results = tmp_path / "results" / "example"
    for path in ("mixtures/long.jsonl", "models/small/long/1/config.json", "logs/sft/small/long/1.log", "kept/x"):
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        (results / path).touch()
    return tmp_path


def test_stages_are_counted(run, capsys):
    main(run / "mine.yaml")
    lines = {line.split()[0]: line.split()[1:4] for line in capsys.readouterr().out.splitlines() if " of " in line}
    assert lines["mixtures"] == ["1", "of", "4"]
    assert lines["models"] == ["1", "of", "8"]
    assert lines["answers"] == ["0", "of", "9"]


def test_the_last_line_of_a_failed_job_is_shown(run, capsys):
    log = run / "results" / "example" / "logs" / "sft" / "small" / "long" / "1.log"
    log.write_text("step 1\nerror: sft.max_length: 8 tokens leave no completion in any of 24 rows; raise it\n")
    main(run / "mine.yaml")
    assert "1.log: error: sft.max_length: 8 tokens leave no completion" in capsys.readouterr().out
    log.write_text("step 1\nused: 1.00 s CPU, 10 MiB\n")
    main(run / "mine.yaml")
    assert "Failed" not in capsys.readouterr().out


def test_what_runs_and_what_failed_stand_beside_their_stages(run, capsys):
    logs = run / "results" / "example" / "logs"
    (logs / "sft" / "small" / "long" / "1.log").write_text(" 62%|#### | 25/40 [00:31<00:18,  1.22s/it]")
    (logs / "sft" / "small" / "long" / "2.log").write_text("error: no room\nused: 1.00 s CPU, 10 MiB\n")
    log = "results/example/logs/sft/small/long/1.log"
    held = Lease(LEASES / "x", makes="results/example/models/small/long/1", log=log)
    assert held.take() is None
    main(run / "mine.yaml")
    held.release()
    out = capsys.readouterr().out
    (models,) = (line for line in out.splitlines() if line.strip().startswith("models"))
    assert models.endswith("1 running, 1 failed")
    assert "results/example/models/small/long/1: 25 of 40, 1.22s/it, 00:18 left (process" in out
    assert "2.log: error: no room" in out


def test_an_older_answer_check_is_pointed_out(run, capsys):
    counts = run / "results" / "example" / "kept" / "long.counts.json"
    counts.write_text(json.dumps({"answer_check": "another"}))
    main(run / "mine.yaml")
    assert "older answer check (decide again: snakemake -R reject)\n  long" in capsys.readouterr().out


def test_teachers_of_whom_little_is_kept_are_named(run, capsys):
    kept = {
        "total": 8,
        "wrong": 5,
        "right": 3,
        "rows": 3,
        "problems": 8,
        "covered": 8,
        "solved": 3,
        "answer_check": "x",
    }
    for teacher, covered, right in (("long", 8, 3), ("short", 3, 8), ("large", 8, 8)):
        counts = run / "results" / "example" / "kept" / f"{teacher}.counts.json"
        counts.write_text(json.dumps({**kept, "covered": covered, "right": right, "wrong": 8 - right}))
    main(run / "mine.yaml")
    _, found = capsys.readouterr().out.split("few are kept, or that have none for some problems\n")
    first, second, end, *_ = found.splitlines()
    assert first.startswith("  teachers.long: 5 of 8 completions are wrong (3 kept, for 3 of 8 problems); ")
    assert second == "  teachers.short: completions for 3 of 8 training problems"
    assert end == ""


def test_an_older_screening_is_pointed_out(run, capsys):
    raw = example()
    raw["teaching"]["leakage"] = {"policy": "remove"}
    (run / "mine.yaml").write_text(yaml.safe_dump(raw))
    results = run / "results" / "example"
    for folder in ("problems", "training"):
        (results / folder).mkdir()
    pairs = [
        {"training": name, "verdict": verdict} for name, verdict in (("a", "leak"), ("b", "leak"), ("c", "similar"))
    ]
    (results / "problems" / "overlap.json").write_text(json.dumps({"pairs": {"test": pairs}}))
    counts = results / "training" / "problems.counts.json"
    counts.write_text(json.dumps({"removed": ["b", "c"]}))
    main(run / "mine.yaml")
    said = (
        "training problems: 1 leak and were taught, 1 were removed and do not leak (decide again: delete results/exam"
    )
    assert f"Taught by an older screening\n  {said}" in capsys.readouterr().out
    counts.write_text(json.dumps({"removed": ["b", "a"]}))
    main(run / "mine.yaml")
    assert "older screening" not in capsys.readouterr().out

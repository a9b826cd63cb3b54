"""After each everyday change, exactly the jobs that must run are planned, and no others.

The example experiment is run once with an entry that makes empty outputs instead of calling ``main``; every test
copies what that left behind, changes one thing, and looks at the plan.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from changes import OF_MEDIUM, OF_SMALL, SMALL, cells, gathered, proven
from mixdistill.digest import AROUND


def test_again_there_is_nothing_to_be_done(work):
    assert work.plan() == []


def test_touching_every_file_of_the_workflow_plans_nothing(work):
    for path in [*work.folder.glob("workflow/**/*"), *work.folder.glob("rules/*"), work.folder / "Snakefile"]:
        os.utime(path)
    assert work.plan() == []


def test_comments_and_docstrings_plan_nothing(work):
    for name in ("answer.py", "sft.py", "mixdistill/answers/check.py", "mixdistill/jsonl.py"):
        text = work.script(name).read_text()
        work.script(name).write_text("# a comment\n" + text.replace('"""', '"""Said otherwise: ', 1) + "# another\n")
    assert work.plan() == []


def test_how_jobs_are_started_ended_and_described_plans_nothing(work):
    for name in AROUND:
        script = work.script(f"mixdistill/{name}.py")
        script.write_text(script.read_text() + "\nEDITED = 1\n")
    assert work.plan() == []


def test_one_students_learning_rate(work):
    work.change(lambda raw: raw["students"]["medium"]["sft"]["args"].update(learning_rate=3.0e-3))
    expected = cells("medium", "long", "short", stages=("sft", "answer", "mark")) + gathered("medium") + OF_MEDIUM
    assert work.plan() == sorted(expected)


def test_a_new_mixture_costs_its_own_jobs(work):
    def change(raw):
        raw["mixtures"]["half"] = {"comparison": "long-short", "parts": {"long": 0.5, "short": 0.5}}
        raw["tables"]["table3"]["mixtures"].append("half")

    work.change(change)
    expected = ["mix half", *cells("small", "half", stages=("sft", "answer", "mark")), *gathered("small"), *OF_SMALL]
    assert work.plan() == sorted(expected)


def test_a_new_student_costs_its_own_jobs(work):
    def change(raw):
        raw["students"]["new"] = {"model": {"world": "big"}, "parameters": 300, "family": "Qwen2"}
        raw["tables"]["table1"]["students"].append("new")

    work.change(change)
    new = [*cells("new", "long", "short", stages=("sft", "answer", "mark")), *proven("new", kept=True)]
    assert work.plan() == sorted([*new, *gathered("new"), "gap_table table1"])


def test_a_table_of_graders_grades_what_it_shows_and_nothing_else(work):
    def change(raw):
        gap = {"title": "gap", "first": "long", "second": "short"}
        raw["tables"]["graders"] = {"kind": "graders", "title": "Graders", "students": ["medium"], "gaps": [gap]}

    work.change(change)
    assert work.plan() == ["graders_table graders", "regrade medium"]


def test_a_new_benchmark_trains_nothing(work):
    def change(raw):
        raw["problems"]["new"] = {"source": {"world": "test"}, "limit": 2}
        raw["benchmarks"]["new"] = {"title": "New", "problems": "new", "prompt": "{problem}"}

    work.change(change)
    answers = [*cells("small", *SMALL), *cells("medium", "long", "short"), *cells("adapted", "long", "short")]
    gathering = [*proven("small", "medium", "adapted"), *gathered("small", "medium", "adapted"), *OF_SMALL]
    assert work.plan() == sorted(["load_problems new", "screen", *answers, *gathering])


def test_a_new_benchmark_hides_no_other_change(work):
    def change(raw):
        raw["problems"]["new"] = {"source": {"world": "test"}, "limit": 2}
        raw["benchmarks"]["new"] = {"title": "New", "problems": "new", "prompt": "{problem}"}
        raw["students"]["medium"]["sft"]["args"].update(learning_rate=3.0e-3)

    work.change(change)
    assert {"load_problems new", "screen", "sft medium long 1", "sft medium short 1"} <= set(work.plan())


@pytest.mark.parametrize("leakage", [{"ratio": 0.9}, {"policy": "report"}])
def test_another_screening_scores_again_and_trains_nothing(work, leakage):
    work.change(lambda raw: raw["teaching"].update(leakage=leakage))
    scores = [f"score {student}" for student in ("small", "medium", "adapted")]
    assert work.plan() == sorted(["screen", *scores, *OF_SMALL])


def test_taking_leaks_out_teaches_and_trains_again(work):
    work.change(lambda raw: raw["teaching"].update(leakage={"policy": "remove"}))
    plan = work.plan()
    assert {"screen", "admit", "generate long 0", "mix long", "sft small long 1"} <= set(plan)
    assert [job for job in plan if job.startswith("keep_screening")]
    assert not [job for job in plan if job.startswith(("load_problems", "make_"))]


def test_a_changed_training_set_is_screened_and_taught_again(work):
    work.change(lambda raw: raw["problems"]["train"].update(limit=6))
    expected = {"load_problems train", "screen", "admit", "generate long 0", "sft small long 1", "score medium"}
    assert expected <= set(work.plan())


def test_a_file_rewritten_in_a_folder_is_seen(work):
    raw = yaml.safe_load((work.folder / "mine.yaml").read_text())
    file = Path(raw["teachers"]["large"]["completions"]["path"]) / "train.jsonl"
    before = file.stat()
    try:
        file.write_text("{}\n")
        plan = work.plan()
    finally:
        file.write_bytes(b"")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {"bring large", "reject large", "mix large", "sft small large 1"} <= set(plan)
    assert work.plan() == []


def test_settings_of_one_mixture_train_no_other_again(work):
    work.change(lambda raw: raw["mixtures"]["mix-long"].update(sft={"max_length": 48}))
    plan = work.plan()
    assert {"prove small", "keep_proof small", "sft small mix-long 1"} <= set(plan)
    assert [job for job in plan if job.startswith("sft")] == ["sft small mix-long 1", "sft small share-0.2 1"]


def test_another_probe_proves_again_and_trains_nothing(work):
    with work.script("mixdistill/proof/probes.py").open("a") as file:
        file.write("\n\nCHANGED = 1\n")
    teachers = ["encode teachers long", "encode teachers short"]
    assert work.plan() == sorted([*teachers, *proven("small", "medium", "adapted")])


@pytest.mark.parametrize("name", ["mixdistill/answers/check.py", "mixdistill/answers/extraction.py"])
def test_the_answer_check_generates_and_trains_nothing(work, name):
    with work.script(name).open("a") as file:
        file.write("\n\nCHANGED = 1\n")
    marks = [
        *cells("small", *SMALL, stages=["mark"]),
        *cells("medium", "long", "short", stages=["mark"]),
        *cells("adapted", "long", "short", stages=["mark"]),
    ]
    assert work.plan() == sorted([*marks, *gathered("small", "medium", "adapted"), *OF_SMALL])


def test_a_judge_answers_and_trains_nothing(work):
    def change(raw):
        raw["judge"] = {"model": {"world": "big"}, "parameters": 300, "prompt": "{gold} {answer}", "mode": "audit"}
        audit = {"kind": "judge-audit", "title": "Audit", "students": ["small"], "mixtures": ["long"]}
        raw["tables"]["audit"] = audit

    work.change(change)
    gathering = [*gathered("small", "medium", "adapted"), *OF_SMALL]
    assert work.plan() == sorted(["encode judge judge", *gathering, "judge_table audit"])


def test_a_plotting_script_redraws_its_figures(work):
    with work.script("size_figure.py").open("a") as file:
        file.write("\n\nCHANGED = 1\n")
    assert work.plan() == ["size_figure figure2"]


def test_the_look_of_figures_touches_no_table(work):
    with work.script("mixdistill/plotting.py").open("a") as file:
        file.write("\n\nCHANGED = 1\n")
    assert work.plan() == ["size_figure figure2", "sweep_figure figure6", "variants_figure figure4"]


def test_a_title_redraws_what_shows_it(work):
    work.change(lambda raw: raw["figures"]["figure6"].update(title="Another title"))
    assert work.plan() == ["sweep_figure figure6"]


def test_a_deleted_answers_file_is_made_again_with_what_follows(work):
    (work.folder / "results/example/answers/medium/long/1.jsonl").unlink()
    assert work.plan() == sorted([*cells("medium", "long"), *gathered("medium"), *OF_MEDIUM])


def test_a_teachers_sampling_is_followed_to_the_end(work):
    work.change(lambda raw: raw["teachers"]["long"].update(samples=3))
    plan = work.plan()
    assert "generate long 0" in plan
    assert "generate short 0" not in plan
    assert not [job for job in plan if job.startswith(("make_", "load_"))]


def test_a_teachers_answer_policy_filters_it_anew_and_asks_nobody(work):
    def change(raw):
        raw["teaching"]["answer"] = "last-number"
        raw["teachers"]["short"]["answer"] = "boxed"

    work.change(change)
    plan = work.plan()
    assert {"reject long", "mix long", "mix short", "sft small long 1"} <= set(plan)
    assert [job for job in plan if job.startswith("reject")] == ["reject large", "reject long"]
    assert not [job for job in plan if job.startswith(("make_", "load_", "generate", "bring"))]


def test_a_student_alone_needs_nothing_of_others(finished, tmp_path):
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--configfile",
        str(finished / "mine.yaml"),
        "--directory",
        str(tmp_path),
    ]
    command += ["-s", str(finished / "Snakefile"), "--dry-run", "results/example/scores/medium.parquet"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "rule sft" in shown.stdout
    assert "models/small/" not in shown.stdout


def test_a_redrawn_figure_makes_the_page_and_no_rows_again(work):
    script = work.script("size_figure.py")
    script.write_text(script.read_text() + "\nEDITED = 1\n")
    assert work.whole_plan() == ["report_page", "size_figure figure2"]


def test_answers_of_one_student_make_its_rows_and_the_page_again(work):
    (work.folder / "results/example/answers/medium/long/1.jsonl").unlink()
    report = [job for job in work.whole_plan() if job.startswith("report_")]
    assert report == ["report_page", "report_rows medium"]


def test_what_the_page_is_built_from_makes_the_page_again(work):
    page = work.folder / "workflow" / "report" / "page" / "app.js"
    page.write_text(page.read_text() + "// more\n")
    assert work.whole_plan() == ["report_page"]

"""The bill of a planned experiment, of a finished one, and of changes of either."""

import copy
import os
import shutil
from math import inf
from pathlib import Path

import pytest
import yaml
from mixdistill.config.schema import Experiment
from mixdistill.costs.bill import Bill, change
from mixdistill.costs.bounds import Bounds
from mixdistill.costs.devices import GPUS
from mixdistill.costs.jobs import planned
from mixdistill.costs.page import summary, tables
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.tabular import pipes, webpage
from planning import REPO, elsewhere, jobs

SIZES = {"small": 5e8, "medium": 7e9, "adapted": 7e10}


@pytest.fixture(scope="session")
def done(finished):
    """The content of the finished example's file, and its jobs."""
    raw = yaml.safe_load((finished / "mine.yaml").read_text())
    with elsewhere():
        os.chdir(finished)
        return raw, planned(raw, finished / "Snakefile")


@pytest.fixture
def work(finished, done, tmp_path, monkeypatch):
    """A copy of the finished example, with the content of its file, which may be changed."""
    shutil.copytree(finished, tmp_path / "work", symlinks=True)
    monkeypatch.chdir(tmp_path / "work")
    return copy.deepcopy(done[0])


@pytest.fixture(scope="session")
def large(completions_file):
    """The example with students and teachers of real sizes, whose jobs need GPUs."""
    raw = yaml.safe_load(completions_file.read_text())
    for name, size in SIZES.items():
        raw["students"][name]["parameters"] = size
    raw["teachers"]["long"] |= {"title": "QwQ", "parameters": 3.2e10, "sampling": {"max_tokens": 12000}}
    raw["teachers"]["short"]["sampling"] = {"max_tokens": 12000}
    raw["answering"]["sampling"] = {"max_tokens": 16000}
    raw["sft"] |= {"max_length": 16384, "batch_size": 8}
    raw["sft"]["args"]["per_device_train_batch_size"] = 1
    return raw


def bill_of(raw, made):
    return Bill(Experiment.model_validate(raw), made, GPUS["H100"])


@pytest.fixture(scope="session")
def unstarted(tmp_path_factory, large, completions_file):
    """The bill of that experiment before anything has run, in a directory of its own."""
    with elsewhere():
        os.chdir(tmp_path_factory.mktemp("unstarted"))
        return bill_of(large, planned(large, REPO / "Snakefile"))


def test_the_jobs_are_those_that_snakemake_plans(unstarted, large, tmp_path):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(large))
    expected = [job for job in jobs(tmp_path, tmp_path / "mine.yaml") if job.output]
    assert sorted(job.key for job in unstarted.jobs) == sorted(
        " ".join([job.rule.name, *(f"{name}={value}" for name, value in dict(job.wildcards).items())])
        for job in expected
    )
    gpus = {job.outputs[0]: job.gpus for job in unstarted.jobs}
    assert gpus == {str(job.output[0]): int(job.resources.get("gpu", 0)) for job in expected}
    assert all(job.pending for job in unstarted.jobs)


def test_sums_by_stage_are_the_whole(unstarted):
    every, stages = unstarted.all(), unstarted.stages()
    assert sum(line.jobs for line in stages) == every.jobs == len(unstarted.jobs)
    assert sum(line.gpu_hours.likely for line in stages) == pytest.approx(every.gpu_hours.likely)
    assert every.gpu_hours.low < every.gpu_hours.likely < every.gpu_hours.high


def test_larger_students_cost_more_and_long_chains_of_thought_too(unstarted):
    taken = dict(zip((job.key for job in unstarted.jobs), map(unstarted.gpu_hours, range(1000)), strict=False))

    def of(student, mixture, rule="answer"):
        return taken[f"{rule} student={student} mixture={mixture} seed=1"].likely

    assert of("small", "long") < of("medium", "long") < of("adapted", "long")
    for rule in ("answer", "sft"):
        assert of("medium", "short", rule) < of("medium", "long", rule)


def test_wall_time_falls_with_gpus_down_to_the_critical_path(unstarted):
    assert unstarted.walls[1] is None  # the 70B student needs more
    times = [wall.likely for wall in unstarted.walls.values() if wall]
    assert times == sorted(times, reverse=True)
    path = unstarted.walls[inf]
    assert times[0] >= path.likely
    hours = unstarted.all().gpu_hours.likely
    assert all(wall.likely >= hours * 3600 / gpus for gpus, wall in unstarted.walls.items() if wall)


def test_a_faster_gpu_costs_less(unstarted):
    a100, h100, h200 = (unstarted.on(GPUS[name]).all().gpu_hours.likely for name in ("A100", "H100", "H200"))
    assert a100 > h100 > h200


def test_a_finished_experiment_has_nothing_to_go_and_a_new_student_its_own_jobs(work, done, finished):
    before = bill_of(*done)
    assert before.pending == []
    assert before.all().done == len(before.jobs)
    work["students"]["newcomer"] = {"model": {"world": "tiny"}, "parameters": 100, "family": "Qwen2"}
    work["tables"]["table1"]["students"].append("newcomer")
    after = bill_of(work, planned(work, finished / "Snakefile"))
    changed = change(after, before.kept())
    assert (
        changed.added == len(after.pending) == 3 + 3 * 2 + 1 + 1 + 1 + 2
    )  # encoded, proven, the proof kept; two mixtures; table1 is made again, and the report
    assert changed.gone == changed.done == 0
    assert changed.reused == 1 - changed.added / len(after.jobs)
    line = next(line for line in after.adding("student") if line.name == "newcomer")
    assert line.jobs == 12
    assert line.gpu_hours.likely == 0  # a tiny model needs no GPU
    assert line.hours.likely > 0


def test_what_has_run_since_is_told(done):
    bill = bill_of(*done)
    before = bill.kept()
    for key in list(before)[:3]:
        before[key]["pending"] = True
    before["gone student=x"] = {**before[next(iter(before))], "pending": True}
    changed = change(bill, before)
    assert (changed.added, changed.done, changed.gone) == (0, 3, 1)
    assert changed.hours_before.likely > 0


def test_measured_times_and_counts_replace_assumptions(work, done):
    made = done[1]
    trainings = [at for at, job in enumerate(made) if job.rule == "sft" and job.wildcards["student"] == "small"]
    other = next(at for at, job in enumerate(made) if job.rule == "sft" and job.wildcards["student"] == "medium")
    first = bill_of(work, made)
    assumed = first.before(trainings[0]).likely
    for at in trainings:
        Path(made[at].benchmark).write_text(f"s\th:m:s\n{50 * assumed}\t0:00:00\n")
    names = made[trainings[1]].wildcards
    folder = Path("results/example/models") / names["student"] / names["mixture"] / names["seed"]
    write_json(folder / "training.json", {"rows": 4, "tokens": 40})
    second = bill_of(work, made)
    mine = trainings[0]
    assert sum(second.spent[at] for at in trainings) == pytest.approx(50 * assumed * len(trainings))
    assert second.seconds[mine].likely > 20 * assumed
    assert first.seconds[mine].likely < second.seconds[other].likely < second.seconds[mine].likely
    assert second.load.length(made[trainings[1]]) == Bounds(10, 10, 10)


def test_pages_say_it_all_and_escape_what_they_show(unstarted, large):
    raw = {**large, "note": "<script>alert(1)</script> | *x*"}
    bill = Bill(Experiment.model_validate(raw), unstarted.jobs, GPUS["H100"])
    table = tables(bill, change(bill, unstarted.kept()))
    page, text = webpage(table), "\n".join(pipes(one) for one in (table, *table.more))
    assert "<script" not in page
    assert not any(word in page for word in ("src=", "href=", "url(", "@import"))
    for name in (*SIZES, "long", "short", "H200", "By stage", "sft", "our choice"):
        assert name in page
        assert name in text
    lines = dict(summary(bill, None))
    assert lines["jobs"].startswith(f"{len(bill.jobs)}: {len(bill.jobs)} to run")
    assert "GPU-h" in lines["to go"]
    assert "adapted" in lines["largest job"]


def test_what_snakemake_cannot_plan_is_one_line(finished, work):
    work["teachers"]["large"]["completions"]["path"] = "nowhere.jsonl"
    with pytest.raises(UserError, match="Snakemake cannot plan this experiment: .*nowhere.jsonl"):
        planned(work, finished / "Snakefile")

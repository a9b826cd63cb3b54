"""The stages of an experiment on Slurm: what each asks for, and that all make what they make without it."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from cluster import PROFILE, somewhere
from planning import REPO
from safetensors.torch import load_file
from waiting import until
from whole import cut_down, digests

pytestmark = pytest.mark.slurm

SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile")]
SITE = """
default-resources:
  slurm_partition: "'main'"
  mem_mb: 1500 * attempt
  runtime: 20 * attempt
set-resources:
  generate: &gpu {gpu: 1, cpus_per_gpu: 1, slurm_extra: "'--signal=TERM@300'"}
  sft: *gpu
  answer: *gpu
  judge: *gpu
"""
"""What a site with GPUs would say; here they are pretended, and PyTorch is told so."""

ON_THE_CPU = {"DS_ACCELERATOR": "cpu", "OMP_NUM_THREADS": "1"}


def one_student():
    raw = cut_down()
    raw["tables"] = {name: raw["tables"][name] for name in ("table1", "judge")}
    raw["students"]["qwen-tiny"]["seeds"] = [1]
    return raw


def folder_of(path):
    path.mkdir()
    (path / "small.yaml").write_text(yaml.safe_dump(one_student()))
    (path / "site.yaml").write_text(SITE)
    return path


@pytest.fixture(scope="module")
def on_slurm(tmp_path_factory, slurm):
    """A run on Slurm: its folder, the dry run before it, and what Slurm knows of its jobs after it."""
    folder = folder_of(tmp_path_factory.mktemp("stages") / "run")
    command = [*SNAKEMAKE, *PROFILE, "--profile", "site.yaml", "--configfile", "small.yaml"]
    given = {"cwd": folder, "env": {**slurm.environment, **ON_THE_CPU}, "capture_output": True, "text": True}
    plan = subprocess.run([*command, "-n"], **given, check=True).stdout
    done = subprocess.run(command, **given)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    jobs = slurm.said("scontrol", "--oneliner", "show", "job").splitlines()
    return folder, plan, [dict(re.findall(r"(\S+?)=(\S+)", job)) for job in jobs if str(folder) in job]


def test_a_run_on_slurm_makes_what_a_run_without_it_makes(on_slurm, tmp_path):
    folder = folder_of(tmp_path / "local")
    command = [*SNAKEMAKE, "--cores", "2", "--configfile", "small.yaml"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MIXDISTILL_WARM": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    assert len(digests(folder)) > 40
    found, expected = digests(on_slurm[0]), digests(folder)
    training = [name for name in expected if name.endswith(("training.json", "README.md"))]
    assert {name for name in expected if found.get(name) != expected[name]} <= set(training)
    assert set(found) == set(expected)


GROUPED = re.compile(r"rule_(proof|mixing|marking)_")
"""What Slurm is told of groups of the profile."""


def test_slurm_sees_the_requests_that_the_dry_run_shows(on_slurm):
    _, plan, jobs = on_slurm
    assert f"{len(jobs)} jobs are sent, of up to 1 GPUs each" in plan
    rows = [re.split(r" {2,}", line) for line in plan[plan.index("What the scheduler") :].splitlines()[2:-1]]
    planned = []
    for count, makes, *asked in rows:
        rule = "a group" if makes[0].isdigit() else makes
        planned += [(rule, *asked[:3], asked[-1])] * int(count)
    seen = []
    for job in jobs:
        asked = dict(item.split("=") for item in job["TRES"].split(","))
        what = job["Comment"]
        rule = "a group" if GROUPED.match(what) else re.match(r"rule_(.*?)(_wildcards_.*)?$", what)[1]
        gpus = job.get("TresPerJob", "gres:gpu:0").rpartition(":")[2]
        seen.append((rule, gpus, asked["node"], asked["cpu"], job["Partition"]))
    assert sorted(seen) == sorted(planned)
    assert {one[0] for one in seen if one[1] != "0"} == {"generate", "sft", "answer", "judge"}


def test_logs_stand_by_rule_and_jobs_have_the_memory_of_the_site(on_slurm):
    submitted = on_slurm[0] / ".snakemake" / "slurm_logs"
    assert {path.name for path in submitted.iterdir()} >= {"rule_generate", "rule_sft", "rule_answer", "rule_judge"}
    assert all(int(job["MinMemoryNode"].rstrip("M")) >= 1500 for job in on_slurm[2])


@pytest.fixture(scope="module")
def two_nodes():
    """A Slurm of two nodes with two GPUs each."""
    with somewhere(nodes=2, gpus=2) as cluster:
        yield cluster


def on(cluster, folder, *more):
    """Start Snakemake in the folder of the run above, on another Slurm."""
    command = [*SNAKEMAKE, *PROFILE, *more, "--retries", "0", "--configfile", "small.yaml"]
    environment = {**cluster.environment, **ON_THE_CPU}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def job_of(cluster, rule):
    """What Slurm says of the one job of a rule."""
    jobs = cluster.said("scontrol", "--oneliner", "show", "job").splitlines()
    [job] = [job for job in jobs if f"Comment=rule_{rule}_" in job]
    return job


def test_answering_on_two_gpus_waits_for_a_node_that_has_both(on_slurm, two_nodes):
    """Without ``--nodes=1`` Slurm gives it one of each of two half-free nodes, and its step fails to start."""
    folder, _, _ = on_slurm
    answers = "results/small/answers/qwen-tiny/short/1.jsonl"
    held = [
        two_nodes.said(
            "sbatch", "--parsable", f"--nodelist={node}", "--gpus=1", "--mem=100", "--wrap=sleep 600"
        ).strip()
        for node in two_nodes.names
    ]
    head = on(two_nodes, folder, answers, "--forcerun", "answer", "--set-resources", "answer:gpu=2")
    until(lambda: ["PENDING", "Resources"] in two_nodes.jobs("%T|%r"))
    two_nodes.said("scancel", held[0])
    assert two_nodes.wait_for(head) == 0
    job = job_of(two_nodes, "answer")
    assert "NumNodes=1" in job
    assert "NodeList=node1" in job
    two_nodes.said("scancel", held[1])


def test_training_on_two_nodes_is_one_job(on_slurm, two_nodes):
    folder, _, _ = on_slurm
    one = folder / "results/small/models/qwen-tiny/long/1"
    alone = load_file(one / "model.safetensors")
    nodes = ["gpu=4", "nodes=2", "mpi=srun", "tasks=2", "tasks_per_gpu=0", "mem_mb=8000"]
    head = on(
        two_nodes,
        folder,
        str(one.relative_to(folder)),
        "--forcerun",
        "sft",
        "--set-resources",
        *(f"sft:{value}" for value in nodes),
    )
    assert two_nodes.wait_for(head, 400) == 0
    job = job_of(two_nodes, "sft")
    assert "NumNodes=2" in job
    assert "TresPerJob=gres:gpu:4" in job
    assert json.loads((one / "training.json").read_text())["machine"]["processes"] == 4
    together = load_file(one / "model.safetensors")
    assert set(together) == set(alone)
    for name, weight in alone.items():
        assert float((together[name] - weight).abs().max()) < 1e-3

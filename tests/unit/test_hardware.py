"""What jobs run on: GPUs by a profile's words or a machine's own, or none; and what is planned accordingly."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml
from examples import example
from mixdistill import hardware
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.hardware import TOLD, Hardware, as_told, by_profile, gigabytes, here, of_this_machine, told
from mixdistill.plan import Plan
from mixdistill.resources import needs
from mixdistill.rulebook import Rulebook
from planning import REPO

SIZES = {
    "a100": 40,
    "a100_80gb": 80,
    "nvidia_a100-sxm4-80gb": 80,
    "NVIDIA A100 80GB PCIe": 80,
    "h100": 80,
    "NVIDIA H100 80GB HBM3": 80,
    "h200": 141,
    "l40s": 48,
    "rtx_a6000": 48,
    "NVIDIA GeForce RTX 4090": 24,
    "rtx4090": 24,
    "A10G": 24,
    "Model: \t\t NVIDIA RTX A5000": 24,
    "h100_1g.10gb": 10,
    "nvidia_a100_80gb_pcie_mig_3g.40gb": 40,
    "nvidia_gh200_480gb": 96,
}


@pytest.mark.parametrize("name", SIZES)
def test_memory_follows_from_the_name_of_a_gpu(name):
    assert gigabytes(name) == SIZES[name]


def test_a_gpu_of_an_unknown_name_is_asked_for_its_memory():
    for name in ("tesla", "gpu", "z9000"):
        with pytest.raises(UserError, match=f"^sft: gpu_model: {name}: its memory is not known here; say it beside"):
            by_profile({"gpu_model": f"'{name}'"}, "sft")
        assert by_profile({"gpu_model": f"'{name}'", "gpu_gb": 32}, "sft") == 32
    with pytest.raises(UserError, match="^sft: gpu_gb: much: must be"):
        by_profile({"gpu_gb": "much"}, "sft")


def here_is(rules):
    """The hardware that a profile describes."""
    return here(settings(rules))


def settings(rules, default=None, nodes=200):
    return SimpleNamespace(overwrite_resources=rules, default_resources=default, nodes=nodes)


@pytest.fixture
def untold(monkeypatch):
    monkeypatch.setenv(TOLD, "")
    return monkeypatch


def test_a_profile_may_say_it_by_rule_or_for_all(untold):
    found = here(settings({"sft": {"gpu_model": "'h200'"}, "answer": {"cpus_per_gpu": 8}}, {"gpu_gb": 48}))
    assert [found.gpu_bytes(rule) / 1e9 for rule in ("sft", "answer", "generate")] == [141, 48, 48]
    assert not found.without_gpu


def test_the_jobs_of_a_run_are_told_what_it_found(untold):
    assert as_told() is None
    found = Hardware(24, {"sft": 80.0}, without_gpu=True, memory=16e9, cores=4)
    told(found)
    assert as_told() == found
    assert here(settings({"sft": {"gpu_model": "'h200'"}})) == found


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """This machine with these GPUs, as NVIDIA's driver would list them."""

    def made(*models):
        driver = tmp_path / "gpus"
        for number, model in enumerate(models):
            (driver / str(number)).mkdir(parents=True)
            (driver / str(number) / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 44\n")
        monkeypatch.setattr(hardware, "DRIVER", driver)
        monkeypatch.setattr(hardware, "DEVICES", (tmp_path / "kfd",))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return of_this_machine()

    return made


def test_a_machines_own_gpus_are_found(machine):
    assert machine("NVIDIA GeForce RTX 4090", "NVIDIA A100 80GB PCIe") == Hardware(24)


def test_a_machine_without_any_is_known(machine, monkeypatch):
    found = machine()
    assert found.without_gpu
    assert found.cores >= 1
    assert 1e8 < found.memory < 1e14
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert not of_this_machine().without_gpu


def test_gpus_that_are_hidden_are_none(machine, monkeypatch):
    machine("NVIDIA H100 80GB HBM3")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert of_this_machine().without_gpu


def test_a_container_has_the_memory_it_is_given(monkeypatch):
    monkeypatch.setattr(hardware.Path, "read_text", lambda path: "4000000000\n")
    assert hardware.memory() == 4e9


@pytest.mark.parametrize(
    ("gb", "gpus"), [(24, [2, 4, 2, 2]), (48, [1, 2, 1, 1]), (80, [1, 2, 1, 1]), (141, [1, 1, 1, 1])]
)
def test_smaller_gpus_are_more_gpus(gb, gpus):
    jobs = (("generate", 14e9, 0), ("generate", 32e9, 0), ("sft", 1.5e9, 16384), ("lora", 7e9, 16384))
    assert [needs(*job, gpu_bytes=gb * 1e9)["gpu"] for job in jobs] == gpus


def test_a_pass_that_fits_no_gpu_is_one_line():
    with pytest.raises(UserError, match=r"^one pass of 131,072 tokens takes 24 GB beside .* the GPU has 24 GB: lower"):
        needs("sft", 1.5e9, 8 * 16384, 24e9)


def sized(**sizes):
    """The example with students of these sizes, and teachers of as many as one of them."""
    raw = example()
    for name, student in raw["students"].items():
        student["parameters"] = sizes.get(name, 100)
    raw["teachers"]["short"]["parameters"] = sizes.get("teacher", 100)
    return raw


@pytest.fixture
def book(here, monkeypatch):
    (here / "README.md").touch()
    return lambda found, **sizes: Rulebook(Plan(experiment(sized(**sizes), "mine.yaml")), found)


CPU = Hardware(without_gpu=True, memory=24e9, cores=6)
SMALL, LARGER = SimpleNamespace(student="small", mixture="long"), SimpleNamespace(student="medium", mixture="long")


def test_without_a_gpu_jobs_ask_for_none_and_larger_models_use_all_cores(book):
    made = book(CPU, medium=1.35e8, teacher=1.7e9)
    assert not list(made.too_large())
    assert [made.resource(rule, "gpu")(LARGER, 1) for rule in ("sft", "answer")] == [0, 0]
    assert [made.threads(rule)(LARGER) for rule in ("sft", "answer")] == [6, 6]
    assert [made.threads(rule)(SMALL) for rule in ("sft", "answer")] == [1, 1]
    assert made.resource("generate", "gpu")(SimpleNamespace(teacher="short"), 1) == 0
    assert made.threads("generate")(SimpleNamespace(teacher="short")) == 6


def test_where_there_are_gpus_jobs_ask_for_them_and_for_one_core(book):
    made = book(Hardware(), medium=1.35e8)
    assert made.resource("sft", "gpu")(LARGER, 1) == 1
    assert made.threads("sft")(LARGER) == 1


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        (
            {"medium": 7e9},
            "students.medium: 7 billion parameters, which take 140 GB on a CPU, and this machine has 24 GB",
        ),
        ({"medium": 1.5e9}, "students.medium: 1.5 billion parameters, which take 30 GB"),
        ({"adapted": 1.5e9, "teacher": 7e9}, "teachers.short: 7 billion parameters, which take 31 GB"),
    ],
)
def test_what_a_machine_without_a_gpu_cannot_run_is_said_and_planned_for_gpus(book, sizes, line):
    made = book(CPU, **sizes)
    [said] = made.too_large()
    assert said.startswith(line)
    assert "--profile slurm" in said
    assert made.resource("sft", "gpu")(LARGER, 1) >= ("medium" in sizes)


def test_slurm_is_asked_by_gres_where_the_profile_wants_it(untold, book):
    found = here_is({"sft": {"gpu_gres": "'h100'"}, "answer": {"cpus_per_gpu": 8}})
    made = book(found, medium=4e11)
    assert [made.resource("sft", name)(LARGER, 1) for name in ("gpu", "nodes")] == [128, 16]
    assert made.gres("sft")(LARGER) == "gpu:h100:8"
    assert made.gres("sft")(SMALL) is None
    assert made.gres("answer")(LARGER) is None


@pytest.fixture
def planned(here):
    """What Snakemake prints for the example with students of these sizes, on a machine with 24 GB and no GPU."""
    (here / "README.md").touch()
    command = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--configfile", "mine.yaml"]

    def run(*more, **sizes):
        (here / "mine.yaml").write_text(yaml.safe_dump(sized(**sizes)))
        done = subprocess.run([*command, "--cores", "6", *more], capture_output=True, text=True, cwd=here)
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_model_that_is_too_large_is_said_when_planning_and_starts_nothing(planned, untold, here):
    told(CPU)
    code, said = planned("-n", medium=7e9)
    assert code == 0
    assert "students.medium: 7 billion parameters" in said
    code, said = planned(medium=7e9)
    assert code != 0
    assert "nothing was run" in said
    assert "Traceback" not in said
    assert not (here / "results").exists()


@pytest.mark.parametrize("said", ["1", "[]", "x", '{"nope": 1}', '{"gigabytes": "a"}', '{"by_rule": {"sft": "x"}}'])
def test_a_shell_that_tells_jobs_something_else_is_one_line(untold, said):
    untold.setenv(TOLD, said)
    with pytest.raises(UserError, match="^MIXDISTILL_HARDWARE=.*: unset it$"):
        as_told()

"""What a user gets wrong on Snakemake's command line: one line each, no trace, no place in our code."""

import subprocess
import sys

import yaml
from examples import changed
from planning import REPO


def said(folder, *arguments):
    """What a plan says that fails, but for the line that names the profile."""
    command = [sys.executable, "-m", "snakemake", "-s", REPO / "Snakefile", "-n", *arguments]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    return [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("Using workflow specific")]


def test_what_snakemake_would_end_in_a_trace_for_is_said_before_it_reads_a_config_file(tmp_path):
    (tmp_path / "torn.yaml").write_text("name: x\nseeds: [1\n")
    given = (
        "--configfile",
        "torn.yaml",
        "gone.yaml",
        "plan",
        "results/x/tables/t.md",
        "--config",
        "sft.args.packing=true",
    )
    lines = said(tmp_path, *given)
    assert [line.split(": ")[1] for line in lines] == [
        "torn.yaml:3:1",
        "gone.yaml",
        "plan",
        "results/x/tables/t.md",
        "--config sft.args.packing=true",
    ]
    assert all(line.startswith("error: ") for line in lines)


def test_faults_of_an_experiment_are_lines_without_a_place_in_our_code(tmp_path):
    raw = changed("students.small.parameters", "135M")
    del raw["teachers"]["large"], raw["comparisons"]["all"]
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw))
    assert said(
        tmp_path, "--configfile", "mine.yaml", "--config", "seeds=3", "sft={args: {packing: true, optim: sgd}}"
    ) == [
        "the experiment file has faults; nothing was run",
        "--config: seeds: must be a list (got 3): write seeds: [3]",
        f"{tmp_path}/mine.yaml: students.small.parameters: must be a number (got '135M'): write 1.35e+8",
    ]


def test_code_in_an_experiment_is_not_run(tmp_path):
    (tmp_path / "evil.yaml").write_text("x: &a {\"\\x5f_use_yte__\": 1, \"?open('PWNED', 'w') and 'y'\": 1}\n<<: *a\n")
    (line,) = said(tmp_path, "--configfile", "evil.yaml")
    assert line.startswith("error: evil.yaml: __use_yte__: would make a program of this file, and no experiment runs")
    assert not (tmp_path / "PWNED").exists()


def test_a_snakefile_that_the_profile_does_not_find_is_said(tmp_path):
    """Without our reader, Snakemake would run what a template says."""
    command = [sys.executable, "-m", "snakemake", "-ns", REPO / "Snakefile"]
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: '{tmp_path}/Snakefile': no Snakefile of mixdistill, whose profile this is: give it as --snakefile PATH"
    )

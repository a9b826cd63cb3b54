"""What sbatch is sent for the paper's plan, in the words of Snakemake's own executor for Slurm."""

import re
from collections import Counter

import pytest
from planning import REPO, jobs

PARAMS = dict.fromkeys(("run_uuid", "slurm_logfile", "comment_str", "account", "partition", "workdir"), "")
ASKED = re.compile(r"--(nodes|gpus|ntasks|ntasks-per-gpu|mem)[= ]([\w:]+)")


@pytest.fixture(scope="module", name="sent")
def commands(tmp_path_factory):
    """Rule and options of every job that may ask for a GPU."""
    from snakemake_executor_plugin_slurm.submit_string import get_submit_command
    from snakemake_executor_plugin_slurm.utils import set_gres_string

    planned = jobs(tmp_path_factory.mktemp("work"), REPO / "config" / "paper.yaml")
    asking = [job for job in planned if "gpu" in job.rule.resources]
    return [
        (job.rule.name, dict(ASKED.findall(get_submit_command(job, PARAMS) + set_gres_string(job)))) for job in asking
    ]


def test_a_job_on_gpus_that_is_not_divided_over_nodes_gets_them_on_one(sent):
    """Without ``--nodes=1`` Slurm may give a job half of two nodes, and its step cannot start there."""
    for rule, options in sent:
        assert int(options["nodes"]) == max(1, -(-int(options.get("gpus", 0)) // 8)), (rule, options)
        if options["nodes"] == "1":
            assert "ntasks" not in options or "gpus" not in options
        else:
            assert options["ntasks"] == options["nodes"]
        assert "ntasks-per-gpu" not in options


def test_every_request_of_the_paper(sent):
    """By rule and GPUs: how many jobs, and the most GB of memory that one of them asks for."""
    found = Counter((rule, int(options.get("gpus", 0))) for rule, options in sent)
    memory = {key: 0 for key in found}
    for rule, options in sent:
        key = rule, int(options.get("gpus", 0))
        memory[key] = max(memory[key], int(options["mem"]) // 1000)
    assert {key: (found[key], memory[key]) for key in found} == {
        ("generate", 1): (5, 124),
        ("generate", 2): (20, 147),
        ("generate", 4): (8, 306),
        ("sft", 1): (86, 75),
        ("sft", 2): (8, 147),
        ("sft", 4): (32, 298),
        ("answer", 1): (119, 75),
        ("answer", 2): (9, 147),
        ("answer", 4): (9, 298),
        ("judge", 2): (16, 147),
        ("rank_shift", 1): (1, 28),
    }

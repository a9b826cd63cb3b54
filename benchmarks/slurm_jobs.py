"""What a job costs on Slurm: 200 that do nothing, sent one by one, in groups, and run without Slurm, in one run.

On a Slurm of this machine's own (tests/cluster.py), with the project's profile and hook. CPU time is the whole
machine's, daemons included, so that nothing else should run; its idle load over the same time is taken off.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests"))

from cluster import PROFILE, Cluster, somewhere  # noqa: E402  tests/cluster.py
from waiting import write  # noqa: E402  tests/waiting.py

SNAKEFILE = """
include: "common.smk"

rule all:
    input: expand("made/{number}.txt", number=range(JOBS))

rule make:
    output: made="made/{number}.txt"
    resources: mem_mb=500, runtime=10
    shell: "touch {output}"
"""


class Used(NamedTuple):
    """What a run took, in seconds."""

    wall: float
    cpu: float


def busy() -> float:
    """CPU time that this machine has spent since its start, in seconds."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system = fields[:3]
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def timed(folder: Path, jobs: int, more: list[str], cluster: Cluster) -> Used:
    """Run the jobs in a new folder."""
    folder.mkdir()
    write(folder)
    (folder / "Snakefile").write_text(f"JOBS = {jobs}\n{SNAKEFILE}")
    began, spent = time.monotonic(), busy()
    command = [sys.executable, "-m", "snakemake", *more]
    subprocess.run(command, cwd=folder, env=cluster.environment, check=True, stdout=subprocess.DEVNULL)
    return Used(time.monotonic() - began, busy() - spent)


def main() -> None:
    """Print wall and CPU time per job, and ratios to plain submission."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", type=int, nargs="?", default=200)
    parser.add_argument("size", type=int, nargs="?", default=20, help="jobs of a group")
    options = parser.parse_args()
    jobs, size = options.jobs, options.size
    with tempfile.TemporaryDirectory(prefix="slurm-jobs-") as name, somewhere(cpus=8) as cluster:
        idle, waited = busy(), 10
        time.sleep(waited)
        load = (busy() - idle) / waited
        grouped = ["--groups", "make=made", "--group-components", f"made={size}"]
        ways = {
            "one by one": [*PROFILE, "--latency-wait", "5"],
            f"groups of {size}": [*PROFILE, "--latency-wait", "5", *grouped],
            "without Slurm": ["--cores", "8"],
        }
        used = {way: timed(Path(name, way.replace(" ", "_")), jobs, more, cluster) for way, more in ways.items()}
    first = used["one by one"]
    print(f"{jobs} jobs that do nothing, {os.cpu_count()} cores, load of the idle machine {load:.2f}")
    for way, one in used.items():
        cpu = one.cpu - load * one.wall
        ratio = cpu / (first.cpu - load * first.wall)
        print(f"{way:14} {one.wall:6.1f} s, {cpu:6.1f} s CPU: {cpu / jobs:5.2f} s CPU a job, {ratio:.2f} of one by one")


if __name__ == "__main__":
    main()

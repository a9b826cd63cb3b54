"""A run of a small experiment on Slurm whose one stage is hurt, and what is left of it afterwards."""

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import yaml
from cluster import PROFILE, Cluster
from injuries import INJURIES, Patient, small_disk
from planning import REPO
from whole import digests, hardly_anything

sys.path.insert(0, str(REPO / "workflow" / "scripts"))
from mixdistill.journal import whole  # noqa: E402
from mixdistill.lease import LEASES, living  # noqa: E402
from mixdistill.training.checkpoints import FINAL, MARKER, number  # noqa: E402

RESULTS = Path("results/faults")
SAVED_EVERY, BATCH = 20, 10
"""Steps between checkpoints, and rows of a batch."""
PATIENCE = 600
"""Seconds that a command may take: Slurm needs two minutes to miss a dead node's job, and then all the rest is made."""


class Stage(NamedTuple):
    """A stage that is hurt."""

    rule: str
    makes: tuple[str, ...]
    """Its files and those up to the next stage."""
    last: str
    """The last of them to be made."""
    counts: str
    """Where it stands how much a job does."""


ONE = "qwen-tiny/long/1"

STAGES = {
    "generation": Stage(
        "generate",
        ("completions/long", "kept/long*", "mixtures/long*"),
        "mixtures/long.jsonl",
        "completions/long/0.counts.json",
    ),
    "SFT": Stage("sft", ("models",), f"models/{ONE}", f"models/{ONE}/training.json"),
    "answering": Stage("answer", ("answers", "marks"), f"marks/{ONE}.jsonl", f"answers/{ONE}.counts.json"),
    "judging": Stage("judge", ("verdicts",), "verdicts/qwen-tiny.jsonl", "verdicts/qwen-tiny.counts.json"),
    "scoring": Stage("score", ("scores", "tables"), "all", "scores/qwen-tiny.counts.json"),
}
"""In the order in which they are made."""

REST = ("reject", "mix", "sft", "answer", "mark", "judge", "score", "judge_table")
"""Rules that follow; those behind the stage share one of Slurm's jobs, since nothing is to happen to them."""


class Outcome(NamedTuple):
    """What came of one run."""

    amount: int
    """Rows or steps that were done when the job was hurt."""
    commands: int
    """How often the command was given."""
    redone: float
    """Steps of training, or rows, or seconds of scoring, that were done twice."""
    differing: list[str]
    seconds: float


def command(stage: str, to_the_end: bool) -> list[str]:
    """What is typed, the same each time."""
    rest = REST[REST.index(STAGES[stage].rule) + 1 :] if STAGES[stage].rule in REST else REST
    groups = ["--groups", *(f"{rule}=rest" for rule in rest), "--group-components", "rest=9"]
    last = STAGES[stage].last
    target = ["all"] if to_the_end or last == "all" else [str(RESULTS / last)]
    snakemake = [sys.executable, "-m", "snakemake", *target, "-s", str(REPO / "Snakefile"), *PROFILE]
    return [*snakemake, *groups, "--latency-wait", "5", "--configfile", "faults.yaml"]


def undisturbed(folder: Path) -> None:
    """Run the experiment on this machine alone."""
    (folder / "faults.yaml").write_text(yaml.safe_dump(hardly_anything("faults", BATCH, SAVED_EVERY)))
    line = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--cores", "2"]
    with (folder / "run.log").open("w") as log:
        subprocess.run([*line, "--configfile", "faults.yaml"], cwd=folder, stdout=log, stderr=log, check=True)


def files(folder: Path, stages: list[str]) -> list[Path]:
    """Files and folders that some stages make."""
    return [path for stage in stages for pattern in STAGES[stage].makes for path in (folder / RESULTS).glob(pattern)]


def prepared(folder: Path, reference: Path, stage: str) -> None:
    """The experiment's files, without those of a stage and of what follows."""
    shutil.copytree(reference, folder, symlinks=True)
    later = list(STAGES)[list(STAGES).index(stage) :]
    left = [folder / RESULTS / kind / STAGES[one].rule for one in later for kind in ("scratch", "logs")]
    for path in [*files(folder, later), *filter(Path.exists, left)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def at_work(folder: Path, stage: str) -> tuple[int, str] | None:
    """The process and Slurm's number of the stage's job, if it works."""
    logs = folder / RESULTS / "logs" / STAGES[stage].rule
    for holder in living(folder / LEASES):
        if holder["job"] and any(logs.rglob("*.log")):
            return holder["pid"], holder["job"]
    return None


def units(scratch: Path) -> list[dict | None]:
    """Units in the journals of a folder; None for a torn one."""
    return [whole(line) for path in scratch.rglob("*.jsonl") for line in path.read_bytes().splitlines(keepends=True)]


def trained(folder: Path) -> list[int]:
    """Steps of training that the last SFT job shows."""
    logs = (folder / RESULTS / "logs" / STAGES["SFT"].rule).rglob("*.log")
    log = "".join(path.read_text(errors="replace") for path in logs).replace("\r", "\n")
    return [int(step) for step in re.findall(r"^(?!Loading|Writing).*?\b(\d+)/\d+ \[", log, re.MULTILINE)]


def done(folder: Path, stage: str) -> tuple[int, int]:
    """What a job has done: what is kept of it, and what it has shown of it, in rows or steps."""
    rule = STAGES[stage].rule
    scratch = folder / RESULTS / "scratch" / rule
    if stage != "SFT":
        kept = sum(len(unit["rows"]) for unit in units(scratch) if unit)
        return kept, kept
    steps = trained(folder)
    whole_ones = [number(path.parent) for path in scratch.rglob(f"checkpoint-*/{MARKER}")]
    shown = max(steps, default=0)
    return shown if list(scratch.rglob(FINAL)) else max(whole_ones, default=0), shown


def units_twice(folder: Path) -> list[str]:
    """Units that stand twice in a journal."""
    counted = Counter(unit["batch"] if unit else "torn" for unit in units(folder / RESULTS / "scratch"))
    return [key for key, count in counted.items() if count > 1 or key == "torn"]


class Job(NamedTuple):
    """A stage's job at work."""

    folder: Path
    stage: str
    process: int
    number: str

    def works(self) -> bool:
        """Tell whether it still is."""
        return at_work(self.folder, self.stage) == (self.process, self.number)

    def wait(self, amount: float) -> bool:
        """Wait until it has done so much, or, below zero, for so many seconds; returns whether it still works."""
        time.sleep(max(0, -amount))
        while self.works() and done(self.folder, self.stage)[1] < amount:
            time.sleep(0.02)
        return self.works()


def hurt(folder: Path, cluster: Cluster, stage: str, injury: str, amount: float, command: list[str]) -> Outcome | None:
    """Run, hurt when so much of the stage's work is done, and repeat the command until it succeeds.

    Returns:
        What came of it; None if the job was over too early.
    """
    began = time.monotonic()
    log = (folder.parent / f"{folder.name}.log").open("a")
    given = {"cwd": folder, "stdout": log, "stderr": log, "env": {**cluster.environment, "OMP_NUM_THREADS": "1"}}
    head = subprocess.Popen(command, **given)
    while (working := at_work(folder, stage)) is None:
        if head.poll() is not None:
            raise RuntimeError(f"no job of {stage} began; see {log.name}")
        time.sleep(0.05)
    if not Job(folder, stage, *working).wait(amount):
        head.kill()
        cluster.said("scancel", "--user=root")
        return None
    _, shown = done(folder, stage)
    INJURIES[injury](Patient(folder, cluster, head, *working, folder / RESULTS / "scratch" / STAGES[stage].rule))
    deadline = time.monotonic() + 20
    while injury != "SIGKILL of the head" and Path(f"/proc/{working[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    kept, _ = done(folder, stage)
    redone = -amount if stage == "scoring" else max(0, shown - kept)
    commands = 1
    while cluster.wait_for(head, PATIENCE) != 0:
        commands += 1
        if commands > 5:
            raise RuntimeError(f"the command fails again and again; see {log.name}")
        head = subprocess.Popen(command, **given)
    if injury == "SIGKILL of the head":  # whose job went on; was another one sent?
        sent = len(re.findall(rf"^rule {STAGES[stage].rule}:", Path(log.name).read_text(), re.MULTILINE))
        if sent == 1:
            redone = 0
        elif stage == "SFT":
            redone = len(trained(folder))
    return Outcome(shown, commands, redone, units_twice(folder), time.monotonic() - began)


def cell(reference: Path, work: Path, cluster: Cluster, stage: str, injury: str, to_the_end: bool) -> Outcome:
    """One run of a cell, hurt at a random moment."""
    skipped = [] if to_the_end else list(STAGES)[list(STAGES).index(stage) + 1 :]
    beyond = [str(path.relative_to(reference / RESULTS)) for path in files(reference, skipped)]
    wanted = {name: digest for name, digest in digests(reference).items() if not name.startswith(tuple(beyond))}
    while True:
        folder = work / f"{stage}-{injury}-{time.monotonic_ns()}".replace(" ", "_")
        prepared(folder, reference, stage)
        if injury == "disk full":
            small_disk(folder)
        try:
            outcome = hurt(folder, cluster, stage, injury, moment(reference, stage), command(stage, to_the_end))
            if outcome is None:
                continue
            found = digests(folder)
            differing = [name for name in sorted(wanted | found) if wanted.get(name) != found.get(name)]
            outcome = outcome._replace(differing=outcome.differing + differing)
        finally:
            if injury == "disk full":
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
        if not outcome.differing:
            shutil.rmtree(folder)
        return outcome


def moment(reference: Path, stage: str) -> float:
    """An amount of work that a job is to have done, three times out of four, or else seconds, below zero."""
    tables = (reference / RESULTS / "benchmarks" / STAGES[stage].rule).rglob("*.tsv")
    took = float(max(tables, key=lambda path: "long" in path.parts).read_text().splitlines()[1].split()[0])
    if stage == "scoring":
        return -random.uniform(0.1, took)
    return random.uniform(0, 0.95) * total(reference, stage) if random.random() < 0.75 else -random.uniform(0, took)


def total(reference: Path, stage: str) -> int:
    """Rows or steps that a stage's job does."""
    counts = json.loads((reference / RESULTS / STAGES[stage].counts).read_text())
    return int(counts["steps" if stage == "SFT" else "total"])

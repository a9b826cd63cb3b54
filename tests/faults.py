"""The fault matrix: each stage on a real Slurm is hurt in each way at random moments, and the same command continues.

    python tests/faults.py [--times 3] [--workers 2] [--only generation:scancel ...] [--page docs/faults.md]

An experiment is run once, undisturbed and without Slurm. For each cell of {stage} x {fault} its files are copied without
those of the stage and of all that follows; `snakemake --profile slurm` makes them again, is hurt while the stage's job
runs, and is repeated until it succeeds. Then every file must be the undisturbed run's to the byte, every journal must
hold each unit once, and the work that was done twice is compared with one checkpoint interval or one batch of rows.
"""

import argparse
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
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


class Stage(NamedTuple):
    """A stage that is hurt."""

    rule: str
    makes: tuple[str, ...]
    """Its files and those up to the next stage."""


STAGES = {
    "generation": Stage("generate", ("completions/long", "kept/long*", "mixtures/long*")),
    "SFT": Stage("sft", ("models",)),
    "answering": Stage("answer", ("answers", "marks")),
    "judging": Stage("judge", ("verdicts",)),
    "scoring": Stage("score", ("scores", "tables")),
}
"""In the order in which they are made."""

REST = ("reject", "mix", "sft", "answer", "mark", "judge", "score", "judge_table")
"""Rules that follow; those behind the stage share one of Slurm's jobs, since nothing is to happen to them."""


class Outcome(NamedTuple):
    """What came of one run."""

    moment: float
    """Seconds from the start of the job to the injury."""
    commands: int
    """How often the command was given."""
    redone: float
    """Steps of training, or rows, or seconds of scoring, that were done twice."""
    differing: list[str]
    seconds: float


def command(stage: str) -> list[str]:
    """What is typed, the same each time."""
    rest = REST[REST.index(STAGES[stage].rule) + 1 :] if STAGES[stage].rule in REST else REST
    groups = ["--groups", *(f"{rule}=rest" for rule in rest), "--group-components", "rest=9"]
    snakemake = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), *PROFILE]
    return [*snakemake, *groups, "--latency-wait", "5", "--configfile", "faults.yaml"]


def undisturbed(folder: Path) -> None:
    """Run the experiment on this machine alone."""
    (folder / "faults.yaml").write_text(yaml.safe_dump(hardly_anything("faults", BATCH, SAVED_EVERY)))
    line = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--cores", "2"]
    with (folder / "run.log").open("w") as log:
        subprocess.run([*line, "--configfile", "faults.yaml"], cwd=folder, stdout=log, stderr=log, check=True)


def prepared(folder: Path, reference: Path, stage: str) -> None:
    """The experiment's files, without those of a stage and of what follows."""
    shutil.copytree(reference, folder, symlinks=True)
    names = list(STAGES)
    for later in names[names.index(stage) :]:
        rule = STAGES[later].rule
        for pattern in (*STAGES[later].makes, f"scratch/{rule}", f"logs/{rule}"):
            for path in (folder / RESULTS).glob(pattern):
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


def done_twice(folder: Path, stage: str, moment: float) -> float:
    """What a job had done that is not kept, just after the injury."""
    rule = STAGES[stage].rule
    scratch = folder / RESULTS / "scratch" / rule
    log = "".join(path.read_text(errors="replace") for path in (folder / RESULTS / "logs" / rule).rglob("*.log"))
    bars = [line for line in re.split(r"[\r\n]", log) if not line.startswith(("Loading", "Writing"))]
    shown = [int(done) for line in bars for done in re.findall(r"\b(\d+)/\d+ \[", line)]
    if stage == "scoring":
        return moment
    if stage == "SFT":
        kept = [number(path.parent) for path in scratch.rglob(f"checkpoint-*/{MARKER}")]
        return max(0, max(shown, default=0) - max(kept, default=0)) if not list(scratch.rglob(FINAL)) else 0
    return max(0, max(shown, default=0) - sum(len(unit["rows"]) for unit in units(scratch) if unit))


def units_twice(folder: Path) -> list[str]:
    """Units that stand twice in a journal."""
    counted = Counter(unit["batch"] if unit else "torn" for unit in units(folder / RESULTS / "scratch"))
    return [key for key, count in counted.items() if count > 1 or key == "torn"]


def hurt(folder: Path, cluster: Cluster, stage: str, injury: str, moment: float) -> Outcome | None:
    """Run, hurt at a moment of the stage's job, and repeat the command until it succeeds; None if the job was over."""
    began = time.monotonic()
    log = (folder.parent / f"{folder.name}.log").open("a")
    given = {"cwd": folder, "stdout": log, "stderr": log, "env": {**cluster.environment, "OMP_NUM_THREADS": "1"}}
    head = subprocess.Popen(command(stage), **given)
    while (working := at_work(folder, stage)) is None:
        if head.poll() is not None:
            raise RuntimeError(f"no job of {stage} began; see {log.name}")
        time.sleep(0.05)
    time.sleep(moment)
    if at_work(folder, stage) != working:
        head.kill()
        cluster.said("scancel", "--user=root")
        return None
    scratch = folder / RESULTS / "scratch" / STAGES[stage].rule
    INJURIES[injury](Patient(folder, cluster, head, *working, scratch))
    deadline = time.monotonic() + 20
    while injury != "SIGKILL of the head" and Path(f"/proc/{working[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    redone = 0.0 if injury == "SIGKILL of the head" else done_twice(folder, stage, moment)
    commands = 1
    while cluster.wait_for(head) != 0:
        commands += 1
        if commands > 5:
            raise RuntimeError(f"the command fails again and again; see {log.name}")
        head = subprocess.Popen(command(stage), **given)
    return Outcome(moment, commands, redone, units_twice(folder), time.monotonic() - began)


def cell(reference: Path, work: Path, cluster: Cluster, stage: str, injury: str, longest: float) -> Outcome:
    """One run of a cell, at a random moment at which its job is at work."""
    wanted = digests(reference)
    for attempt in itertools.count():
        folder = work / f"{stage}-{injury}-{time.monotonic_ns()}".replace(" ", "_")
        prepared(folder, reference, stage)
        if injury == "disk full":
            small_disk(folder)
        try:
            outcome = hurt(folder, cluster, stage, injury, random.uniform(0.5, longest / (1 + attempt / 4)))
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
    raise AssertionError


def seconds(reference: Path, stage: str) -> float:
    """How long the stage's job took undisturbed."""
    tables = (reference / RESULTS / "benchmarks" / STAGES[stage].rule).rglob("*.tsv")
    table = max(tables, key=lambda path: "long" in path.parts)
    return float(table.read_text().splitlines()[1].split()[0])


def page(outcomes: list[dict]) -> str:
    """The document: what was done, and a table of the cells."""
    units = {"SFT": f"steps, of {SAVED_EVERY} between checkpoints", "scoring": "seconds, of one job"}
    lines = [
        "# Faults",
        "",
        "Written by `python tests/faults.py --page docs/faults.md`. Each cell: runs of a cut-down miniature on a Slurm of "
        "the machine's own, whose job of that stage was hurt at a random moment; the same command was then repeated until "
        "it succeeded. A run counts as *same* if every file equals an undisturbed run's to the byte and no unit stands "
        "twice in a journal. In brackets: the most that was shown as done and not kept, so that it was done twice; the "
        "batch of rows in hand shows nothing yet and is begun anew too. "
        + "; ".join(
            f"{stage}: {units.get(stage, f'rows shown as done and not kept, of {BATCH} in a batch')}"
            for stage in STAGES
        )
        + ".",
        "",
        "| | " + " | ".join(STAGES) + " |",
        "|---|" + "---|" * len(STAGES),
    ]
    for injury in INJURIES:
        row = []
        for stage in STAGES:
            runs = [one for one in outcomes if one["cell"] == f"{stage}:{injury}"]
            same = sum(not one["differing"] for one in runs)
            row.append(f"{same} of {len(runs)} same ({max((one['redone'] for one in runs), default=0):.3g})")
        lines.append(f"| {injury} | " + " | ".join(row) + " |")
    spent = sum(one["seconds"] for one in outcomes)
    twice = sum(one["commands"] > 1 for one in outcomes)
    lines += [
        "",
        f"{len(outcomes)} runs, {spent / 60:.0f} minutes in all; in {twice} of them the command was given again.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the cells that are not done, print what came of each, and write the document."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--times", type=int, default=3, help="runs of each cell")
    given.add_argument("--workers", type=int, default=2, help="runs at a time, each on a Slurm of its own")
    given.add_argument("--only", nargs="*", help="cells, as stage:injury")
    given.add_argument("--page", type=Path, help="the document to write")
    given.add_argument("--folder", type=Path, help="where to work; what is done there is not done again")
    asked = given.parse_args()
    work = (asked.folder or Path(tempfile.mkdtemp(prefix="faults-"))).resolve()
    reference, noted = work / "undisturbed", work / "outcomes.jsonl"
    if not list((reference / RESULTS / "tables").glob("*.md")):
        shutil.rmtree(reference, ignore_errors=True)
        reference.mkdir(parents=True)
        undisturbed(reference)
    done = Counter(one["cell"] for one in stored(noted))
    names = asked.only or [f"{stage}:{injury}" for injury in INJURIES for stage in STAGES]
    todo = [name for turn in range(asked.times) for name in names if turn >= done[name]]
    clusters: Queue[Cluster] = Queue()
    for worker in range(asked.workers):
        clusters.put(Cluster(work / f"slurm{worker}"))

    def one(name: str) -> bool:
        stage, _, injury = name.partition(":")
        cluster = clusters.get()
        try:
            cluster.up()
            outcome = cell(reference, work, cluster, stage, injury, seconds(reference, stage))
        except Exception as error:
            print(f"{name}: {error!r}", flush=True)
            return False
        finally:
            clusters.put(cluster)
        with noted.open("a") as file:
            file.write(json.dumps({"cell": name, **outcome._asdict()}) + "\n")
        same = f"differs: {outcome.differing}" if outcome.differing else "the same"
        print(
            f"{name}: hurt after {outcome.moment:.1f} s; commands {outcome.commands}, done twice {outcome.redone:.3g}, "
            f"{outcome.seconds:.0f} s, {same}",
            flush=True,
        )
        return not outcome.differing

    try:
        with ThreadPoolExecutor(asked.workers) as pool:
            well = list(pool.map(one, todo))
    finally:
        while not clusters.empty():
            clusters.get().down()
    if asked.page:
        asked.page.write_text(page(stored(noted)))
    return 0 if all(well) else 1


def stored(noted: Path) -> list[dict]:
    """Outcomes of before."""
    return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


if __name__ == "__main__":
    sys.exit(main())

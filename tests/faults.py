"""The fault matrix: each stage on a real Slurm is hurt in each way at random moments, and the same command continues.

    python tests/faults.py [--times 3] [--workers 2] [--only generation:scancel ...] [--to-the-end] [--page docs/faults.md]

An experiment is run once, undisturbed and without Slurm. For each cell of {stage} x {fault} its files are copied without
those of the stage and of all that follows; `snakemake --profile slurm` makes those of the stage again, or all of them,
is hurt while the stage's job runs, and is repeated until it succeeds. Then every file must be the undisturbed run's to
the byte, every journal must hold each unit once, and what was done twice is compared with one checkpoint interval or
one batch of rows. Of four moments three lie in the work itself, at a random share of it, and one in the time before.
"""

import argparse
import json
import shutil
import sys
import tempfile
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import Queue

from cluster import Cluster, somewhere
from injuries import INJURIES
from trials import BATCH, RESULTS, SAVED_EVERY, STAGES, cell, undisturbed

WIDTH = 120
"""Of the document's lines."""


def page(outcomes: list[dict], to_the_end: bool) -> str:
    """The document: what was done, and a table of the cells."""
    end = "all was made" if to_the_end else "the files of the stage were made"
    made = (
        "Written by `python tests/faults.py --page docs/faults.md`. Each cell: runs of a cut-down miniature on a Slurm of "
        "the machine's own, whose job of that stage was hurt at a random moment; the same command was then repeated until "
        f"{end}. A run counts as *same* if every file equals an undisturbed run's to the byte and no unit stands twice in a "
        "journal."
    )
    brackets = (
        "In brackets, the most that was done twice. Generation, answering, judging: rows that had been kept, of "
        f"{BATCH} in a batch; a batch in hand is not kept yet and is begun anew too. SFT: steps since the last checkpoint, "
        f"which are {SAVED_EVERY} apart. Scoring, which keeps nothing: seconds of its work until it was hurt."
    )
    lines = [
        "# Faults",
        "",
        textwrap.fill(made, WIDTH),
        "",
        textwrap.fill(brackets, WIDTH),
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
    amid = sum(one["amount"] > 0 for one in outcomes)
    summary = (
        f"{len(outcomes)} runs, {spent / 60:.0f} minutes in all; in {twice} of them the command was given again. {amid} were "
        "hurt when rows or steps had been made, the others before the first or in scoring, which has none."
    )
    lines += ["", textwrap.fill(summary, WIDTH)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the cells that are not done, print what came of each, and write the document."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--times", type=int, default=3, help="runs of each cell")
    given.add_argument("--workers", type=int, default=2, help="runs at a time, each on a Slurm of its own")
    given.add_argument("--only", nargs="*", help="cells, as stage:injury")
    given.add_argument("--to-the-end", action="store_true", help="make all that follows a stage too")
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

    def one(name: str) -> bool:
        stage, _, injury = name.partition(":")
        cluster = clusters.get()
        try:
            cluster.up()
            outcome = cell(reference, work, cluster, stage, injury, asked.to_the_end)
        except Exception as error:
            print(f"{name}: {error!r}", flush=True)
            return False
        finally:
            clusters.put(cluster)
        with noted.open("a") as file:
            file.write(json.dumps({"cell": name, **outcome._asdict()}) + "\n")
        same = f"differs: {outcome.differing}" if outcome.differing else "the same"
        print(
            f"{name}: hurt when {outcome.amount} were done; commands {outcome.commands}, done twice {outcome.redone:.3g}, "
            f"{outcome.seconds:.0f} s, {same}",
            flush=True,
        )
        return not outcome.differing

    with ExitStack() as running, ThreadPoolExecutor(asked.workers) as pool:
        for _ in range(asked.workers):
            clusters.put(running.enter_context(somewhere()))
        well = list(pool.map(one, todo))
    if asked.page:
        asked.page.write_text(page(stored(noted), asked.to_the_end))
    return 0 if all(well) else 1


def stored(noted: Path) -> list[dict]:
    """Outcomes of before."""
    return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []


if __name__ == "__main__":
    sys.exit(main())

"""Where a run stands: what is done per stage, what runs and how fast, what failed, how the students do so far."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mixdistill.config.faults import experiment
from mixdistill.config.files import parsed
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.lease import LEASES, Holder, living, who
from mixdistill.plan import Plan
from mixdistill.progress import Ended, at, failed
from mixdistill.rejection import shortfalls
from mixdistill.rulebook import Rulebook
from mixdistill.screening import leaks
from mixdistill.terminal import visible

REPO = Path(__file__).resolve().parents[2]


def expected(plan: Plan, results: Path) -> Iterator[tuple[str, Path]]:
    """Yield stage and file of everything that the tables and figures of an experiment need."""
    used = plan.experiment
    cells = plan.cells()
    teachers = plan.taught()
    students = dict.fromkeys(cell.student for cell in cells)
    sets = dict.fromkeys([used.teaching.problems, *(entry.problems for entry in used.benchmarks.values())])
    yield from (("problems", results / f"problems/{name}.jsonl") for name in sets)
    if teachers:
        yield "training", results / "training/problems.jsonl"
    for teacher in teachers:
        shards = range(used.teachers[teacher].shards)
        yield from (("completions", results / f"completions/{teacher}/{shard}.jsonl") for shard in shards)
    yield from (("kept", results / f"kept/{teacher}.jsonl") for teacher in teachers)
    yield from (("imported", results / f"imported/{mixture}.jsonl") for mixture in plan.imported())
    yield from (("mixtures", results / f"mixtures/{mixture}.jsonl") for mixture in plan.mixed())
    yield from (("models", results / "models" / cell.student / cell.mixture / str(cell.seed)) for cell in plan.runs())
    for stage in ("answers", "marks"):
        for student, mixture, seed in cells:
            yield stage, results / stage / student / mixture / f"{seed}.jsonl"
    yield from (("verdicts", results / f"verdicts/{student}.jsonl") for student in students if used.judge)
    yield from (("scores", results / f"scores/{student}.parquet") for student in students)
    for entry in used.tables.values():
        if entry.kind == "graders":
            yield from (("grades", results / f"grades/{student}.parquet") for student in entry.students)
    yield from (("tables", results / f"tables/{table}.md") for table in used.tables)
    yield from (("figures", results / f"figures/{figure}.png") for figure in used.figures)


STAGES = {
    "load_problems": "problems",
    "admit": "training",
    "generate": "completions",
    "bring": "completions",
    "reject": "kept",
    "mix": "mixtures",
    "bring_mixture": "imported",
    "admit_mixture": "mixtures",
    "sft": "models",
    "answer": "answers",
    "bring_answers": "answers",
    "mark": "marks",
    "judge": "verdicts",
    "score": "scores",
    "regrade": "grades",
}
"""Rule to the stage that its files belong to; tables and figures have rules of their kinds."""


def progress(plan: Plan, results: Path, at_work: list[Holder], lost: list[Ended]) -> list[str]:
    """One line per stage: done, wanted, a bar, running and failed."""
    wanted, done = Counter[str](), Counter[str]()
    for stage, path in expected(plan, results):
        wanted[stage] += 1
        done[stage] += path.exists()
    logs = results / "logs"
    open_logs = [Path(holder["log"]) for holder in at_work if Path(holder.get("log", "")).is_relative_to(logs)]
    now = Counter(stage_of(log, logs) for log in open_logs)
    failures = Counter(stage_of(one.log, logs) for one in lost)
    width, lines = 30, []
    for stage, count in wanted.items():
        more = [f"{number} {word}" for number, word in ((now[stage], "running"), (failures[stage], "failed")) if number]
        bar = "#" * (width * done[stage] // count)
        lines.append(f"{stage:12} {done[stage]:5} of {count:5}  {bar:<{width}}  {', '.join(more)}".rstrip())
    return lines


def stage_of(log: Path, logs: Path) -> str:
    """The stage that a job belongs to, by its log."""
    rule = log.relative_to(logs).parts[0]
    kind = {"table": "tables", "figure": "figures"}.get(rule.rpartition("_")[2], rule)
    return STAGES.get(rule, kind)


def running(at_work: list[Holder]) -> list[str]:
    """What is being made just now, where, since when, and how far it is."""
    lines = []
    for holder in at_work:
        where = f"Slurm's job {holder['job']} on {holder['host']}" if holder["job"] else who(holder)
        log = Path((holder.get("log") if holder["owner"] == os.getuid() else None) or "/")
        lines.append(f"{holder.get('makes')}: {at(log)} ({where}, since {holder['since']})")
    return lines


def older_check(plan: Plan, results: Path) -> list[str]:
    """Teachers whose completions were filtered by another answer check than today's."""
    check, older = code_of("mixdistill/answers/check.py"), []
    for teacher in plan.experiment.teachers:
        counts = results / f"kept/{teacher}.counts.json"
        if counts.exists() and json.loads(counts.read_text())["answer_check"] != check:
            older.append(teacher)
    return older


def older_screening(plan: Plan, results: Path) -> list[str]:
    """How what is taught differs from what today's screenings would leave of it."""
    if plan.experiment.teaching.leakage.policy != "remove":
        return []
    book, lines = Rulebook(plan), []
    for mixture in (None, *plan.imported()):
        overlap = results / (f"imported/{mixture}.overlap.json" if mixture else "problems/overlap.json")
        counts = results / (f"mixtures/{mixture}.counts.json" if mixture else "training/problems.counts.json")
        if overlap.exists() and counts.exists():
            leaking = {pair["training"] for _, pair in leaks(json.loads(overlap.read_text()))}
            removed = set(json.loads(counts.read_text())["removed"])
            differing = {"leak and were taught": leaking - removed, "were removed and do not leak": removed - leaking}
            said = ", ".join(f"{len(problems)} {reason}" for reason, problems in differing.items() if problems)
            whose, rule = (mixture, "admit_mixture") if mixture else ("training problems", "admit")
            again = f"delete {book.kept(book.screening(mixture))}, then snakemake -R {rule}"
            lines += [f"{whose}: {said} (decide again: {again})"] if said else []
    return lines


def averages(plan: Plan, results: Path) -> list[str]:
    """Average accuracy per student and mixture, in percent, of the students that are scored."""
    import pandas as pd

    lines = []
    for student in plan.experiment.students:
        path = results / f"scores/{student}.parquet"
        if path.exists():
            rows = pd.read_parquet(path, columns=["mixture", "benchmark", "correct"])
            per_benchmark = rows.groupby(["mixture", "benchmark"], observed=True)["correct"].mean() * 100
            means = per_benchmark.groupby("mixture", observed=True).mean().round(1)
            lines.append(f"{student:20} " + "  ".join(f"{name} {value}" for name, value in means.items()))
    return lines


def section(title: str, lines: list[str]) -> None:
    """Print a section, if there is anything in it."""
    if lines:
        print(f"\n{visible(title)}", *map(visible, lines), sep="\n  ")


def main(config: Path = REPO / "config" / "miniature.yaml") -> None:
    """Print how far an experiment's results are; run from the directory that holds ``results``."""
    plan = Plan(experiment(parsed(config), str(config), [config]))
    results = Path("results") / plan.experiment.name
    at_work = living(LEASES)
    lost = list(failed(results / "logs", at_work))
    section(f"{results} ({config})", progress(plan, results, at_work, lost))
    section("Running", running(at_work))
    section("Failed, with the last words of the log", [f"{log}: {' | '.join(words)}" for log, words in lost])
    teachers = plan.experiment.teachers
    short = [line for name in teachers for line in shortfalls(results / f"kept/{name}.counts.json")]
    section("Teachers of whose completions few are kept, or that have none for some problems", short)
    section("Kept by an older answer check (decide again: snakemake -R reject)", older_check(plan, results))
    section("Taught by an older screening", older_screening(plan, results))
    section("In the file, but in no table or figure", list(plan.unused()))
    section("Averages over the benchmarks, in percent", averages(plan, results))
    sys.stdout.flush()


if __name__ == "__main__":
    run(main)

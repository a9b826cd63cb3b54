"""Where a run stands: what is done per stage, what failed last, how the students do so far."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.config.faults import experiment
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.plan import Plan

REPO = Path(__file__).resolve().parents[2]


def expected(plan: Plan, results: Path) -> Iterator[tuple[str, Path]]:
    """Yield stage and file of everything that the tables and figures of an experiment need."""
    used = plan.experiment
    cells = plan.cells()
    teachers = plan.taught()
    students = dict.fromkeys(cell.student for cell in cells)
    sets = dict.fromkeys([used.teaching.problems, *(entry.problems for entry in used.benchmarks.values())])
    yield from (("problems", results / f"problems/{name}.jsonl") for name in sets)
    yield "training", results / "training/problems.jsonl"
    for teacher in teachers:
        shards = range(used.teachers[teacher].shards)
        yield from (("completions", results / f"completions/{teacher}/{shard}.jsonl") for shard in shards)
    yield from (("kept", results / f"kept/{teacher}.jsonl") for teacher in teachers)
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


def progress(plan: Plan, results: Path) -> list[str]:
    """One line per stage: done, wanted, and a bar."""
    wanted, done = Counter[str](), Counter[str]()
    for stage, path in expected(plan, results):
        wanted[stage] += 1
        done[stage] += path.exists()
    width = 30
    return [
        f"{stage:12} {done[stage]:5} of {count:5}  {'#' * (width * done[stage] // count):<{width}}"
        for stage, count in wanted.items()
    ]


def failures(results: Path) -> list[str]:
    """The last error line of each log that ends in one."""
    found = []
    for log in sorted((results / "logs").rglob("*.log")):
        lines = log.read_text(errors="replace").strip().splitlines()
        if lines and re.match(r"error: |\w*(Error|Exception|Interrupt)\b", lines[-1]):
            found.append(f"{log}: {lines[-1][:200]}")
    return found


def older_check(plan: Plan, results: Path) -> list[str]:
    """Teachers whose completions were filtered by another answer check than today's."""
    check, older = code_of("mixdistill/answers/check.py"), []
    for teacher in plan.experiment.teachers:
        counts = results / f"kept/{teacher}.counts.json"
        if counts.exists() and json.loads(counts.read_text())["answer_check"] != check:
            older.append(teacher)
    return older


def older_screening(plan: Plan, results: Path) -> list[str]:
    """How the training problems differ from those that today's screening would leave."""
    overlap, counts = results / "problems/overlap.json", results / "training/problems.counts.json"
    if plan.experiment.teaching.leakage.policy != "remove" or not overlap.exists() or not counts.exists():
        return []
    pairs = [pair for found in json.loads(overlap.read_text())["pairs"].values() for pair in found]
    leaking = {pair["training"] for pair in pairs if pair["verdict"] == "leak"}
    removed = set(json.loads(counts.read_text())["removed"])
    differing = {"leak and were taught": leaking - removed, "were removed and do not leak": removed - leaking}
    return [f"{len(problems)} {reason}" for reason, problems in differing.items() if problems]


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


def parsed(path: Path) -> Any:
    """The content of a YAML file."""
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())}") from error


def section(title: str, lines: list[str]) -> None:
    """Print a section, if there is anything in it."""
    if lines:
        print(f"\n{title}", *lines, sep="\n  ")


def main(config: Path = REPO / "config" / "miniature.yaml") -> None:
    """Print how far an experiment's results are; run from the directory that holds ``results``."""
    plan = Plan(experiment(parsed(config) or {}, str(config), [config]))
    results = Path("results") / plan.experiment.name
    section(f"{results} ({config})", progress(plan, results))
    section("Failed, last line of the log", failures(results))
    section("Kept by an older answer check (decide again: snakemake -R reject)", older_check(plan, results))
    again = f"delete {results}/training/*.overlap.json, then snakemake -R admit"
    section(f"Training problems of an older screening (decide again: {again})", older_screening(plan, results))
    section("In the file, but in no table or figure", list(plan.unused()))
    section("Averages over the benchmarks, in percent", averages(plan, results))
    sys.stdout.flush()


if __name__ == "__main__":
    run(main)

"""Time and memory of planning: this workflow against a bare Snakefile with the same jobs and files, in one run.

The bare Snakefile has one rule per rule of the plan, with the same outputs, logs and benchmark files; inputs are
looked up in a table; there is no config, no param, no script. Both are planned by `snakemake -n --quiet` in an empty
folder, a process each, in turn; the fastest counts. CPU time of the whole process: planning waits for nothing, and on
a busy machine the clock measures its neighbours. Larger plans are paper.yaml with more students in its tables.
"""

import argparse
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import yaml

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "tests"), str(REPO / "workflow" / "scripts")]

from planning import jobs  # noqa: E402  tests/planning.py

os.environ.setdefault("MIXDISTILL_LIMITS", "10")  # the larger of these plans are meant

MORE = (0, 154, 326, 671)
"""Students more than the paper's: about 5,000, 10,000 and 20,000 jobs; 3420 make 100,000."""


class Used(NamedTuple):
    """What a process took: CPU time and its largest memory."""

    seconds: float
    mebibytes: float


def grown(experiment: dict[str, Any], extra: int) -> dict[str, Any]:
    """The experiment with so many students more: copies of one, in all that shows all ten."""
    made = copy.deepcopy(experiment)
    names = [f"more-{number}" for number in range(extra)]
    for name in names:
        made["students"][name] = copy.deepcopy(made["students"]["qwen-0.5b"])
    for section in ("tables", "figures"):
        for entry in made[section].values():
            if len(entry.get("students", [])) == 10:
                entry["students"] = [*entry["students"], *names]
    return made


def bare(folder: Path, configfile: Path) -> int:
    """Write a Snakefile with the jobs of an experiment's plan and nothing else; returns how many there are."""
    from mixdistill.rulebook.patterns import any_of

    plan = jobs(folder / "empty", configfile)
    rules = {job.rule.name: job.rule for job in plan}
    inputs: dict[str, dict[str, list[str]]] = {name: {} for name in rules}
    values: dict[str, dict[str, set[str]]] = {name: {} for name in rules}
    for job in plan:
        wildcards = dict(job.wildcards.items())
        inputs[job.rule.name]["|".join(wildcards.values())] = list(map(str, job.input))
        for key, value in wildcards.items():
            values[job.rule.name].setdefault(key, set()).add(value)
    (folder / "inputs.json").write_text(json.dumps(inputs))
    lines = ["import json", f"INPUTS = json.load(open({str(folder / 'inputs.json')!r}))"]
    for name, rule in sorted(rules.items(), key=lambda item: item[0] != "all"):
        lines += [f"rule {name}:", f"    input: lambda wildcards: INPUTS[{name!r}]['|'.join(wildcards)]"]
        if rule.output:
            files = (f"directory({str(file)!r})" if file.is_directory else repr(str(file)) for file in rule.output)
            lines += [f"    output: {', '.join(files)}"]
        lines += [f"    log: {str(rule.log[0])!r}"] if rule.log else []
        lines += [f"    benchmark: {str(rule.benchmark)!r}"] if rule.benchmark else []
        if values[name]:
            choices = ((key, any_of(found)) for key, found in values[name].items())
            lines += [f"    wildcard_constraints: {', '.join(f'{key}={regex!r}' for key, regex in choices)}"]
        lines += ['    shell: "true"'] if rule.output else []
    (folder / "Snakefile").write_text("\n".join(lines) + "\n")
    return len(plan)


def apart(*arguments: Any) -> int:
    """``bare`` in a process of its own: what is forked from a large process seems large."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(bare, *arguments).result()


def planned(snakefile: Path, folder: Path, expected: int, configfile: Path | None = None) -> Used:
    """Plan once, in a process of its own."""
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "rules", "-s", snakefile, "-d", folder]
    command += ["--configfile", configfile] if configfile else []
    with tempfile.TemporaryFile() as shown:
        process = subprocess.Popen(list(map(str, command)), stdout=shown, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        shown.seek(0)
        total = re.search(rb"^total +(\d+)", shown.read(), re.MULTILINE)
    if status or total is None or int(total[1]) != expected:
        sys.exit(f"error: {snakefile} did not plan {expected} jobs")
    return Used(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=3)
    parser.add_argument("more", type=int, nargs="*", default=MORE, help="students more than the paper's, of each plan")
    options = parser.parse_args()
    paper = yaml.safe_load((REPO / "config" / "paper.yaml").read_text())
    print("| jobs | ours s | bare s | ratio | ours ms per job | bare ms per job | ours MiB | bare MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configfile, empty = folder / "experiment.yaml", folder / "empty"
        empty.mkdir()
        for extra in options.more or MORE:
            configfile.write_text(yaml.safe_dump(grown(paper, extra)))
            count = apart(folder, configfile)
            pairs = [
                (planned(REPO / "Snakefile", empty, count, configfile), planned(folder / "Snakefile", empty, count))
                for _ in range(options.repetitions)
            ]
            ours, other = (Used(*map(min, zip(*side, strict=True))) for side in zip(*pairs, strict=True))
            print(
                f"| {count} | {ours.seconds:.1f} | {other.seconds:.1f} | {ours.seconds / other.seconds:.2f} "
                f"| {1000 * ours.seconds / count:.2f} | {1000 * other.seconds / count:.2f} "
                f"| {ours.mebibytes:.0f} | {other.mebibytes:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

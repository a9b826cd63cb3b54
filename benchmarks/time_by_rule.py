"""Where the time of a run went: Snakemake's benchmark files and the jobs' own CPU times, summed by rule.

Snakemake's ``cpu_time`` is sampled and misses the ends of short jobs; each job writes its exact CPU time into its
log's last line, and the part of it that was training or generation.
"""

import argparse
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

COLUMNS = ("jobs", "wall", "cpu", "work", "memory")


def measured(results: Path) -> dict[str, dict[str, float]]:
    """Per rule: jobs, wall seconds, CPU seconds, CPU seconds of training and generation, largest memory in MiB."""
    rules: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0.0))
    for table in sorted((results / "benchmarks").rglob("*.tsv")):
        place = table.relative_to(results / "benchmarks")
        rule = rules[place.parts[0]]
        with table.open() as file:
            rule["wall"] += sum(float(row["s"]) for row in csv.DictReader(file, delimiter="\t"))
        log = (results / "logs" / place).with_suffix(".log").read_text(errors="replace")
        used = re.search(r"^used: ([\d.]+) s CPU, (\d+) MiB$", log, re.MULTILINE)
        if used is None:
            sys.exit(
                f"error: {results / 'logs' / place.with_suffix('.log')}: no line 'used: ...'; did the job end well?"
            )
        rule["jobs"] += 1
        rule["cpu"] += float(used[1])
        rule["memory"] = max(rule["memory"], float(used[2]))
        rule["work"] += sum(map(float, re.findall(r"^work: .* ([\d.]+) s CPU$", log, re.MULTILINE)))
    return dict(rules)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="results/<name>")
    options = parser.parse_args()
    rules = measured(options.results)
    if not rules:
        sys.exit(f"error: no benchmark files under {options.results / 'benchmarks'}; run the experiment first")
    print("| rule | jobs | wall s | CPU s | of it training and generation | memory MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rule in sorted(rules.items(), key=lambda item: -item[1]["cpu"]):
        print(
            f"| {name} | {rule['jobs']:.0f} | {rule['wall']:.0f} | {rule['cpu']:.1f} | {rule['work']:.1f} "
            f"| {rule['memory']:.0f} |"
        )
    total = {column: sum(rule[column] for rule in rules.values()) for column in COLUMNS}
    share = total["work"] / total["cpu"]
    print(
        f"| **all** | {total['jobs']:.0f} | {total['wall']:.0f} | {total['cpu']:.1f} | {total['work']:.1f} "
        f"({share:.0%}) | |"
    )


if __name__ == "__main__":
    main()

"""The gate on real problem sets: how many pairs each method finds, and which training problems leak.

Usage: python benchmarks/leakage.py > measured.md

Prints the tables of docs/leakage.md: MATH's and GSM8K's training problems against every test set, with the thresholds
that hold if an experiment sets none. Time and memory go to standard error.
"""

import argparse
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from load_problems import loaded  # noqa: E402
from mixdistill.config.leakage import Leakage  # noqa: E402
from mixdistill.data.fields import Fields  # noqa: E402
from mixdistill.data.files import rows  # noqa: E402
from mixdistill.jsonl import Row  # noqa: E402
from mixdistill.leakage import screened, summary  # noqa: E402

PROBLEMS = ROOT.parent / "shared" / "data" / "problems"
TRAINING = {"math_train": "MATH train", "gsm8k_train": "GSM8K train"}
TESTS = {
    "math_test": "MATH test",
    "math500": "MATH-500",
    "gsm8k_test": "GSM8K test",
    "olympiadbench": "OlympiadBench",
    "amc23": "AMC 2023",
    "aime24": "AIME 2024",
}
DEFAULTS = Leakage().model_dump()


def problems(name: str) -> list[Row]:
    """A problem set as the rule ``load_problems`` leaves it."""
    path = next(PROBLEMS.glob(f"{name}.jsonl*"))
    return list(loaded(rows(path, {}), name, Fields({}), "plain"))


def screenings() -> dict[tuple[str, str], tuple[int, list[Row]]]:
    """Number of test problems, and the pairs that are alike, of each training and test set."""
    tests = {name: problems(name) for name in TESTS}
    made = {}
    for name in TRAINING:
        for test, pairs in screened(problems(name), tests, DEFAULTS).items():
            made[name, test] = len(tests[test]), pairs
    return made


def counted(made: dict[tuple[str, str], tuple[int, list[Row]]]) -> str:
    """The table of counts."""
    lines = [
        "| training | test | problems | exact | fuzzy | n-gram | leaks | similar | test problems with a leak |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (training, test), (count, pairs) in made.items():
        numbers = " | ".join(f"{number:,}" for number in summary(pairs, count).values())
        lines.append(f"| {TRAINING[training]} | {TESTS[test]} | {numbers} |")
    return "\n".join(lines)


def listed(made: dict[tuple[str, str], tuple[int, list[Row]]]) -> str:
    """The table of leaks; those in MATH-500 are in MATH test too."""
    lines = ["| training problem | test problem | found by | ratio | n-grams |", "| --- | --- | --- | ---: | ---: |"]
    for (_, test), (_, pairs) in made.items():
        for pair in pairs:
            if pair["verdict"] == "leak" and test != "math500":
                methods = ", ".join(pair["methods"])
                numbers = f"{pair['ratio']:.3f} | {pair['ngram_share']:.2f}"
                lines.append(f"| {pair['training']} | {pair['test']} | {methods} | {numbers} |")
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    if not PROBLEMS.is_dir():
        sys.exit(f"error: {PROBLEMS}: no such folder; the real problem sets are not part of this project")
    made = screenings()
    print(counted(made), listed(made), sep="\n\n")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_utime + used.ru_stime:.0f} s CPU, {used.ru_maxrss // 1024} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Compare training problems with every benchmark."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write_json
from mixdistill.leakage import Taught, same_answers


def screened(taught: Taught, training: list[Row], tests: list[Row], leakage: dict[str, Any]) -> list[Row]:
    """The pairs of a training and a test problem that are alike, with the verdict on each."""
    found = list(taught.alike([row["problem"] for row in tests], leakage["ratio"], leakage["ngram_share"]))
    equal = same_answers([(tests[pair.test]["answer"], training[pair.training]["answer"]) for pair in found])
    rows = []
    for pair, same in zip(found, equal, strict=True):
        sibling = same is False and leakage["same_answer"] and "exact" not in pair.methods
        rows.append(
            {
                "training": training[pair.training]["id"],
                "test": tests[pair.test]["id"],
                "methods": pair.methods,
                "ratio": round(pair.ratio, 4),
                "ngram_share": round(pair.share, 4),
                "same_answer": same,
                "verdict": "similar" if sibling else "leak",
            }
        )
    return rows


def summary(pairs: list[Row], problems: int) -> dict[str, int]:
    """Numbers of a benchmark: pairs by method and verdict, and the test problems that a leak touches."""
    methods = Counter(method for pair in pairs for method in pair["methods"])
    verdicts = Counter(pair["verdict"] for pair in pairs)
    return {
        "problems": problems,
        **{method: methods[method] for method in ("exact", "fuzzy", "ngram")},
        **{verdict: verdicts[verdict] for verdict in ("leak", "similar")},
        "problems with a leak": len({pair["test"] for pair in pairs if pair["verdict"] == "leak"}),
    }


def main(training: Path, tests: list[Path], overlap: Path, benchmarks: list[str], leakage: dict[str, Any]) -> None:
    """Write the pairs per benchmark, ``tests`` being their files in order; with policy ``forbid`` none may leak."""
    taught = list(counting.read(training, "id"))
    prepared = Taught((row["problem"] for row in taught), leakage["ngram"])
    sets = {path: list(counting.read(path, "id")) for path in tests}
    found = {path: screened(prepared, taught, rows, leakage) for path, rows in sets.items()}
    pairs = {name: found[path] for name, path in zip(benchmarks, tests, strict=True)}
    leaks = [(name, pair) for name, rows in pairs.items() for pair in rows if pair["verdict"] == "leak"]
    leaking = len({pair["training"] for _, pair in leaks})
    for name, pair in leaks:
        print(f"leak: {pair['training']} in {name} ({pair['test']}): {', '.join(pair['methods'])}")
    write_json(
        overlap,
        {
            "policy": leakage["policy"],
            "training sha256": hashlib.sha256(training.read_bytes()).hexdigest(),
            "training problems": len(taught),
            "training problems that leak": leaking,
            "benchmarks": {
                name: summary(pairs[name], len(sets[path])) for name, path in zip(benchmarks, tests, strict=True)
            },
            "pairs": pairs,
        },
    )
    print(f"{leaking} of {len(taught)} training problems leak into a benchmark")
    if leaks and leakage["policy"] == "forbid":
        name, pair = leaks[0]
        raise UserError(
            f"{training}: {leaking} training problems leak into a benchmark, such as {pair['training']} in {name} "
            f"({pair['test']}); set teaching.leakage.policy to remove (they are not taught) or report (they are)"
        )


if __name__ == "__main__":
    run(main)

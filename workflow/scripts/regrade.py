"""Grade answers in the ways of others: the released string rule, and math-verify on the whole completion."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill import parquet
from mixdistill.answers.released import counterpart
from mixdistill.answers.workers import Result, Task, Workers
from mixdistill.entry import run
from mixdistill.jsonl import Row

Known = dict[bytes, Result]
"""Digest of a completion and its reference to what math-verify says."""


def by_math_verify(pairs: list[tuple[str, str]], workers: Workers, known: Known) -> Iterator[bool]:
    """Yield math-verify's verdicts on completions and references; one that hits a limit is not accepted."""
    keys = [sha256(f"{gold}\0{completion}".encode(errors="surrogatepass")).digest() for completion, gold in pairs]
    new = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in known}
    results = workers.results(Task("math-verify", completion, gold) for completion, gold in new.values())
    known.update(zip(new, results, strict=True))
    yield from (known[key].right is True for key in keys)


def graded(
    answers: list[Row],
    golds: dict[tuple[str, str], tuple[str, str]],
    policies: dict[str, str],
    workers: Workers,
    known: Known,
) -> Iterator[Row]:
    """Yield the grades of some answers; ``golds`` are normalised and as their source has them.

    The released rule compares with the latter. A problem without gold is solved by nobody.
    """
    given = [golds[row["benchmark"], row["id"]] for row in answers]
    pairs = [(row["completion"], gold) for row, (gold, _) in zip(answers, given, strict=True)]
    for row, (gold, source), verified in zip(answers, given, by_math_verify(pairs, workers, known), strict=True):
        released, _ = counterpart(policies[row["benchmark"]])(row["completion"], source)
        yield {
            **{key: row[key] for key in ("benchmark", "id", "sample")},
            "released": bool(gold) and released,
            "math_verify": bool(gold) and verified,
        }


COLUMNS = {
    "mixture": "name",
    "seed": "count",
    "benchmark": "name",
    "id": "text",
    "sample": "count",
    "released": "truth",
    "math_verify": "truth",
}


def main(
    problems: list[Path],
    answers: list[Path],
    grades: Path,
    counts: Path,
    cells: list[list[Any]],
    policies: dict[str, str],
) -> None:
    """Write one row per answer; ``problems`` are in the order of ``policies``, ``answers`` in that of ``cells``."""
    golds = {
        (benchmark, row["id"]): (row["answer"], str(row.get("source_answer", row["answer"])))
        for benchmark, path in zip(policies, problems, strict=True)
        for row in counting.read(path, "id")
    }
    known: Known = {}
    with Workers() as workers:
        made = [
            {"mixture": mixture, "seed": seed, **row}
            for (_, mixture, seed), path in zip(cells, answers, strict=True)
            for row in graded(list(counting.read(path, *counting.ANSWER)), golds, policies, workers, known)
        ]
    parquet.write(grades, made, COLUMNS)
    agreement = {(True, True): "right for both", (False, False): "wrong for both"}
    agreement |= {(True, False): "right for the released rule only", (False, True): "right for math-verify only"}
    parts = Counter(agreement[row["released"], row["math_verify"]] for row in made)
    limits = Counter(result.rule for result in known.values() if result.right is None)
    counting.save(counts, len(made), dict(parts), distinct=len(known), limits=dict(limits))


if __name__ == "__main__":
    run(main)

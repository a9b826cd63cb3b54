"""Extract the final answer of each completion and compare it with the reference answer."""

from collections import Counter
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.check import marked
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read, write


def mark(row: Row, gold: str, policy: str) -> Row:
    """An answer with its final answer, the rule that decided and the outcome; the text stays in the answers file."""
    verdict = marked(row["completion"], row["finish_reason"], gold, policy)
    return {
        "benchmark": row["benchmark"],
        "id": row["id"],
        "sample": row["sample"],
        "gold": gold,
        "answer": verdict.answer,
        "rule": verdict.rule,
        "outcome": verdict.outcome,
        "tokens": row["tokens"],
        "finish_reason": row["finish_reason"],
    }


def main(problems: list[Path], answers: Path, marks: Path, counts: Path, policies: dict[str, str]) -> None:
    """Read answers, write marks; ``problems`` are the benchmarks' files, in the order of ``policies``."""
    golds = {
        (benchmark, row["id"]): row["answer"]
        for benchmark, path in zip(policies, problems, strict=True)
        for row in read(path)
    }
    made = []
    for row in read(answers):
        key = row["benchmark"], row["id"]
        if key not in golds:
            raise UserError(f"{answers}: {row['id']!r} is not a problem of {row['benchmark']}; was its set changed?")
        made.append(mark(row, golds[key], policies[row["benchmark"]]))
    write(marks, made)
    counting.save(counts, len(made), dict(Counter(row["outcome"] for row in made)))


if __name__ == "__main__":
    run(main)

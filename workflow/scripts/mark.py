"""Extract the final answer of each completion and compare it with the reference answer."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.asked import asked as asked_by
from mixdistill.answers.check import Verdict, Written, marked
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write


def mark(row: Row, verdict: Verdict, gold: str) -> Row:
    """An answer with its final answer, the rule that decided and the outcome; the text stays in the answers file."""
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
    asked = {
        (benchmark, row["id"]): row
        for benchmark, path in zip(policies, problems, strict=True)
        for row in counting.read(path, "id")
    }
    outcomes: Counter[str] = Counter()

    def written(row: Row) -> Written:
        problem = asked.get((row["benchmark"], row["id"]))
        if problem is None:
            raise UserError(f"{answers}: {row['id']!r} is not a problem of {row['benchmark']}; was its set changed?")
        gold, policy = problem["answer"], policies[row["benchmark"]]
        source = str(problem.get("source_answer", gold))
        sought = asked_by(problem["problem"])
        return Written(row["completion"], row["finish_reason"], gold, policy, source, sought)

    def made() -> Iterator[Row]:
        for row, verdict in marked(counting.read(answers, *counting.ANSWER), written):
            outcomes[verdict.outcome] += 1
            yield mark(row, verdict, asked[row["benchmark"], row["id"]]["answer"])

    total = write(marks, made())
    counting.save(counts, total, dict(outcomes))


if __name__ == "__main__":
    run(main)

"""Rejection sampling: keep the completions whose final answer is the reference answer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.check import marked
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read, write


def judged(completions: Iterable[Row], golds: dict[str, str], reasons: Counter[str]) -> Iterator[Row]:
    """Yield the completions with the right final answer, in the order given; count all by outcome."""
    for row in completions:
        if row["id"] not in golds:
            raise UserError(f"completion of {row['id']!r}: no such training problem; was teaching.problems changed?")
        verdict = marked(row["completion"], row["finish_reason"], golds[row["id"]], "boxed")
        reasons[verdict.outcome] += 1
        if verdict.outcome == "right":
            yield {**row, "rule": verdict.rule}


def main(problems: Path, completions: list[Path], kept: Path, counts: Path) -> None:
    """Read a teacher's completions, write the right ones; count the rest by reason."""
    golds = {row["id"]: row["answer"] for row in read(problems)}
    reasons: Counter[str] = Counter()
    solved: set[str] = set()

    def passing() -> Iterator[Row]:
        for path in completions:
            for row in judged(read(path), golds, reasons):
                solved.add(row["id"])
                yield row

    write(kept, passing())
    check = code_of("mixdistill/answers/check.py")
    counting.save(counts, reasons.total(), dict(reasons), problems=len(golds), solved=len(solved), answer_check=check)


if __name__ == "__main__":
    run(main)

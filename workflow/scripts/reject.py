"""Rejection sampling: keep the completions whose final answer is the reference answer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.asked import asked as asked_by
from mixdistill.answers.check import Written, marked
from mixdistill.answers.extraction import loops
from mixdistill.answers.thoughts import unclosed_thoughts
from mixdistill.digest import code_of
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.rejection import REASONS, shortfalls
from mixdistill.terminal import visible

CUT = {
    *("length", "model_length", "max_length", "max_tokens", "max_new_tokens"),
    *("content_filter", "incomplete", "abort", "error"),
}
"""Finish reasons of completions that did not end by themselves, in small letters: of OpenAI's protocol, of Mistral,
Anthropic, Google and vLLM."""
ENDED = {"stop", "unknown", "eos", "eos_token", "end_turn", "stop_sequence", "completed"}
"""Those of completions that did, or of which nobody knows; any other is named."""


def unfinished(row: Row) -> str | None:
    """Return why a completion is not whole, and so not to be taught whatever stands in it; None if it is."""
    cut, thinking = row["finish_reason"].lower() in CUT, unclosed_thoughts(row["completion"]) is not None
    if (cut or thinking) and loops(row["completion"]):
        return "loop"
    if cut:
        return "cut"
    return "thoughts not closed" if thinking else None


def accepted(completions: Iterable[Row], problems: dict[str, Row], policy: str, reasons: Counter[str]) -> Iterator[Row]:
    """Yield the whole completions with the right final answer, in the order given; count all by outcome."""

    def whole() -> Iterator[Row]:
        for row in completions:
            if row["id"] not in problems:
                raise UserError(
                    f"completion of {row['id']!r}: no such training problem; was teaching.problems changed?"
                )
            reason = unfinished(row)
            if reason is None:
                yield row
            else:
                reasons[reason] += 1

    def written(row: Row) -> Written:
        problem = problems[row["id"]]
        sought = asked_by(problem["problem"])
        return Written(row["completion"], row["finish_reason"], problem["answer"], policy, asked=sought)

    for row, verdict in marked(whole(), written):
        reasons[verdict.outcome] += 1
        if verdict.outcome == "right":
            yield {**row, "rule": verdict.rule}


def main(problems: Path, completions: list[Path], kept: Path, counts: Path, answer: str) -> None:
    """Read a teacher's completions, write the right ones; count the rest by reason.

    Args:
        problems: the training problems.
        completions: the teacher's shards.
        kept: the right completions.
        counts: what became of all of them.
        answer: the policy that says what counts as the final answer.
    """
    asked = {row["id"]: row for row in counting.read(problems, "id")}
    reasons: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    covered: set[str] = set()
    solved: set[str] = set()

    def given() -> Iterator[Row]:
        for path in completions:
            for row in counting.read(path, "id", "sample"):
                covered.add(row["id"])
                strange[row["finish_reason"]] += row["finish_reason"].lower() not in CUT | ENDED
                yield row

    def passing() -> Iterator[Row]:
        for row in accepted(given(), asked, answer, reasons):
            solved.add(row["id"])
            yield row

    rows = write(kept, passing())
    unknown = reasons.keys() - {"right", *REASONS}
    assert not unknown, f"{counts}: outcomes without a word for them: {unknown}"
    counting.save(
        counts,
        reasons.total(),
        dict(reasons),
        rows,
        problems=len(asked),
        covered=len(covered),
        solved=len(solved),
        answer=answer,
        answer_check=code_of("mixdistill/answers/check.py"),
    )
    lines = shortfalls(counts)
    if not rows:
        raise UserError("; ".join(lines) or f"{counts}: no completions to keep")
    lines += [f"finish reason {reason!r}, taken for whole: {count}" for reason, count in (+strange).items()]
    print(*map(visible, lines), sep="\n", end="\n" * bool(lines))


if __name__ == "__main__":
    run(main)

"""Second opinion on answers that the rule rejected, and questions whose answer is known: the judge is judged too."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from mixdistill import counts as counting
from mixdistill.answers import controls
from mixdistill.engines import Completion, Request
from mixdistill.entry import run
from mixdistill.generation import Generator, Part
from mixdistill.jsonl import Row, write
from mixdistill.seeds import seed_of
from mixdistill.weights import Weights, located

LONGEST = 1_000
"""Characters of an answer that the judge sees: none of the benchmarks' golds has 200."""

EXPECTED = {
    "rejected": None,
    "accepted": True,
    "rewritten": True,
    "altered": False,
    "empty": False,
    "adversarial": False,
}
"""Kinds of questions, and the verdict that a right judge would give; that of rejected answers is what is asked."""

REPLY = re.compile(r"[\s*_`\"'“”‘’]*(true|false)[\s*_`\"'“”‘’.]*", re.IGNORECASE | re.ASCII)


OPENING = "<\u226e\ufe64\uff1c\\[\ufe47\uff3b"
"""Characters that control tokens begin with, and those that a tokenizer may fold to them."""

TOKEN = re.compile(
    r"<[^<>\s]*>|<[|!/]|\[\|[^|\]\s]*\|\]|\]~!?b[\]\[]|\[e~\[|\[/?([A-Z]{2,}_[A-Z_0-9]+|[A-Z]*INST|[gs]?MASK|THINK|SEP|CLS|PAD|BOS|EOS|UNK)\]"
)
"""What a control token looks like: ``<|im_end|>``, ``</s>``, ``[INST]``, ``[gMASK]``. No problem of the paper's sets
has such a thing, while areas such as ``[ABCD]`` and ``x<y`` are common."""

CUT = " [...]"
"""Ends an answer that is longer than what the judge sees."""


class Question(NamedTuple):
    """Is this answer to this problem right?"""

    benchmark: str
    id: str
    gold: str
    answer: str


def harmless(text: str, own: Iterable[str] = ()) -> str:
    """A text on one line, in which a tokenizer finds no control token, so that it cannot end the user's turn.

    Those of ChatML, Llama, Gemma, Mistral, DeepSeek, Phi, GLM and Command R begin with ``<`` or ``[``, and none has a
    blank there. Brackets that a tokenizer may fold to these count too; what cannot be printed is left out. ``own`` are
    the control tokens of this judge, whatever they look like.
    """
    line = re.sub(rf"([{OPENING}])(?=\S)", r"\1 ", " ".join(printable(text).split()))
    line = re.sub(r"\](?=~)", "] ", line)
    for token in own:
        line = line.replace(token, f"{token[:1]} {token[1:]}")
    return line


def printable(text: str) -> str:
    """A text with blanks for what cannot be printed, but for blanks of other kinds and line breaks."""
    return "".join(char if unicodedata.category(char)[0] != "C" or char in "\t\n\r" else " " for char in text)


def fenced(problem: str, own: Iterable[str] = ()) -> str:
    """A problem as it is, for it is what the judge judges by, unless something in it looks like a control token.

    Then it is made harmless line by line. What a tokenizer might fold or leave out is folded and left out to look.
    """
    text = problem if problem.isascii() and problem.isprintable() else printable(problem)
    seen = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char)[0] != "M")
    if TOKEN.search(seen) or any(token in text for token in own):
        return "\n".join(harmless(line, own) for line in text.split("\n"))
    return text


def control_tokens(weights: Weights) -> list[str]:
    """The control tokens of a judge's own tokenizer, the longest first."""
    tokenizer = weights.load_tokenizer()
    every = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    return sorted((token for token in every if len(token) > 1), key=lambda token: (-len(token), token))


def filled(prompt: str, problem: str, gold: str, answer: str, own: Iterable[str] = ()) -> str:
    """The prompt with its places filled, all at once: no text that is put in is looked at for places again."""
    shown = harmless(answer, own)
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - len(CUT)] + CUT
    texts = {"problem": fenced(problem, own), "gold": harmless(gold, own), "answer": shown}
    return re.sub(r"\{(problem|gold|answer)\}", lambda place: texts[place[1]], prompt)


def decided(reply: str) -> str:
    """The verdict in a reply: ``true``, ``false``, or ``undecided`` for all that is not just one of these words.

    The released code looks for "True" anywhere, which "It is not True" has as well.
    """
    found = REPLY.fullmatch(reply)
    return found[1].lower() if found else "undecided"


def questions(marks: Iterable[Row], *outcomes: str) -> list[Question]:
    """Distinct questions about answers with these outcomes, in the order of the marks."""
    asked = (row for row in marks if row["outcome"] in outcomes and row["answer"] is not None)
    return list(dict.fromkeys(Question(row["benchmark"], row["id"], row["gold"], row["answer"]) for row in asked))


def planted(kind: str, golds: list[Question], problems: dict[tuple[str, str], str], student: str) -> Iterator[Question]:
    """Yield controls of a kind, for the golds in an order that depends on nothing but names."""
    for gold in sorted(golds, key=lambda gold: seed_of("control", student, kind, gold.benchmark, gold.id)):
        rng = Random(seed_of("answer of a control", student, kind, gold.benchmark, gold.id))
        match kind:
            case "rewritten":
                answer = controls.rewritten(gold.gold, rng)
            case "altered":
                answer = controls.altered(gold.gold, rng)
            case "empty":
                answer = controls.empty(rng)
            case _:
                answer = controls.adversarial(gold.gold, problems[gold.benchmark, gold.id], rng)
        if answer is not None:
            yield gold._replace(answer=answer)


def audited(
    marks: list[Row], problems: dict[tuple[str, str], str], student: str, accepted: int, planting: int
) -> dict[str, list[Question]]:
    """What is asked beside the rejected answers: a sample of accepted ones, and controls."""
    right = sorted(questions(marks, "right"), key=lambda question: seed_of("accepted", student, *question))
    golds = {(row["benchmark"], row["id"]): row["gold"] for row in marks if row["gold"]}
    blank = [Question(benchmark, identity, gold, "") for (benchmark, identity), gold in golds.items()]
    kinds = ("rewritten", "altered", "empty", "adversarial")
    return {
        "accepted": right[:accepted],
        **{kind: list(islice(planted(kind, blank, problems, student), planting)) for kind in kinds},
    }


def asking(
    kind: str,
    questions: list[Question],
    problems: dict[tuple[str, str], str],
    judge: dict[str, Any],
    own: Iterable[str] = (),
) -> tuple[Part, list[str]]:
    """Requests about questions of one kind, and the prompt of each question; what reads the same is asked once."""
    prompts = [filled(judge["prompt"], problems[one.benchmark, one.id], one.gold, one.answer, own) for one in questions]
    requests = [Request(prompt, seed_of("judge", prompt)) for prompt in dict.fromkeys(prompts)]
    return Part(kind, requests, judge["sampling"]), prompts


def judged(part: Part, made: Iterable[Completion], questions: list[Question], prompts: list[str]) -> Iterator[Row]:
    """Yield the verdicts on questions of one kind."""
    replies = {request.prompt: one.text for request, one in zip(part.requests, made, strict=True)}
    for question, prompt in zip(questions, prompts, strict=True):
        yield {
            **question._asdict(),
            "kind": part.name,
            "expected": EXPECTED[part.name],
            "verdict": decided(replies[prompt]),
            "reply": replies[prompt],
            "shortened": len(harmless(question.answer)) > LONGEST,
        }


def main(
    problems: list[Path],
    marks: list[Path],
    model: list[Path],
    verdicts: Path,
    counts: Path,
    benchmarks: list[str],
    student: str,
    judge: dict[str, Any] | None,
    engine: dict[str, Any],
    journal: Path,
    gpus: int = 0,
    concurrency: int = 1,
) -> None:
    """Write the verdicts on a student's answers.

    ``problems`` are the files of ``benchmarks``, in their order; ``model`` is empty without a judge, and for
    one behind an endpoint.
    """
    marked = [row for path in marks for row in counting.read(path, *counting.ANSWER)]
    rejected = questions(marked, "wrong", "timed out")
    if judge is None:
        write(verdicts, [])
        counting.save(counts, len(rejected), {"asked": 0, "not asked": len(rejected)}, 0, judge=None)
        return
    texts = {
        (benchmark, row["id"]): row["problem"]
        for benchmark, path in zip(benchmarks, problems, strict=True)
        for row in counting.read(path, "id")
    }
    beside = audited(marked, texts, student, judge["accepted"], judge["controls"])
    everything = {"rejected": rejected, **beside}
    weights = located(model[0], []) if model else None
    generator = Generator(weights, engine, journal, gpus, concurrency)
    own = control_tokens(weights) if weights else []
    asked = {kind: asking(kind, about, texts, judge, own) for kind, about in everything.items()}
    made = generator.completions([part for part, _ in asked.values()])
    rows = [
        row
        for (part, prompts), completions in zip(asked.values(), made, strict=True)
        for row in judged(part, completions, everything[part.name], prompts)
    ]
    write(verdicts, rows)
    kinds = {kind: dict(Counter(row["verdict"] for row in rows if row["kind"] == kind)) for kind in EXPECTED}
    total = sum(map(len, everything.values()))
    found = Counter(row["verdict"] for row in rows)
    counting.save(counts, total, dict(found), kinds=kinds, judge=generator.fingerprint)


if __name__ == "__main__":
    run(main, warm=True)

"""How far the judge can be trusted, on answers whose truth is known, and what it changed in the scores."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import counts as counting
from mixdistill.arms import Arm, arms
from mixdistill.captions import basis, footnotes, heading, mixture_title
from mixdistill.entry import run
from mixdistill.statistics import Estimate, difference, estimate, overall, pooled, wilson
from mixdistill.tabular import Cell, Row, Table, behind, write

KINDS = {
    "rejected": "Rejected by the rules",
    "accepted": "Accepted by the rules",
    "rewritten": "Reference, written otherwise",
    "altered": "Reference, altered",
    "empty": "Empty",
    "adversarial": "Talks to the judge",
}
"""Kinds of questions, and what they are called."""
TRUTHS = {
    "truly right": ("Right: sensitivity", "true", ("accepted", "rewritten")),
    "truly wrong": ("Wrong: specificity", "false", ("altered", "empty", "adversarial")),
}
"""Rows of the confusion matrix: what they are called, the right verdict, and the kinds that make them."""
EXPECTED = {kind: verdict for _, verdict, kinds in TRUTHS.values() for kind in kinds}
AGAINST = {"rejected": "true", "accepted": "false"}
"""The verdict that contradicts the rules."""

Verdicts = dict[str, Counter[str]]
"""Kind of question to how often each verdict was given."""


class Change(NamedTuple):
    """Average accuracy of a student on a mixture, by rules alone and with the judge."""

    rules: Estimate
    judged: Estimate
    difference: Estimate


def tallied(files: Iterable[Path]) -> Verdicts:
    """Count verdicts on distinct questions: one that several students gave rise to is one question."""
    distinct = {}
    for path in files:
        for row in counting.read(path, *counting.VERDICT):
            distinct[row["kind"], row["benchmark"], row["id"], row["gold"], row["answer"]] = row["verdict"]
    found: Verdicts = {kind: Counter() for kind in KINDS}
    for (kind, *_), verdict in distinct.items():
        found[kind][verdict] += 1
    for truth, (_, _, kinds) in TRUTHS.items():
        found[truth] = sum((found[kind] for kind in kinds), Counter[str]())
    return found


def quantities(kind: str, found: Counter[str]) -> dict[str, Estimate | None]:
    """What is said of a kind: the share of verdicts as expected and of those against the rules; None of no question."""
    wanted = {
        "as expected": TRUTHS[kind][1] if kind in TRUTHS else EXPECTED.get(kind),
        "against the rules": AGAINST.get(kind),
    }
    asked = found.total()
    return {
        quantity: wilson(100 * found[verdict] / asked, asked) if asked else None
        for quantity, verdict in wanted.items()
        if verdict
    }


def row(name: str, kind: str, verdicts: Verdicts) -> Row:
    """One printed line of the audit."""
    found = verdicts[kind]
    said = quantities(kind, found)
    shares: list[Cell] = [said.get(quantity) or "" for quantity in ("as expected", "against the rules")]
    if kind == "rejected":
        shares[0] = "unknown"
    return Row(
        [name, *(str(found[verdict]) for verdict in ("true", "false", "undecided")), str(found.total()), *shares]
    )


def audit(verdicts: Verdicts, judge: str, look: dict[str, Any]) -> Table:
    """Verdicts by kind of question, and the confusion matrix."""
    return Table(
        title=heading(look["entry"]),
        header=["Answers", "True", "False", "Undecided", "Asked", "As expected, %", "Against the rules, %"],
        groups=[
            ("Kinds of answers", [row(name, kind, verdicts) for kind, name in KINDS.items()]),
            ("Confusion matrix", [row(name, truth, verdicts) for truth, (name, _, _) in TRUTHS.items()]),
        ],
        notes=[
            f"Judge: {judge}. Distinct questions of all students shown; brackets: 95% intervals by Wilson over these. "
            "A judge that is not shown the problem reads some of them as the same.",
            "Undecided: a reply that is neither True nor False; it is not as expected, and not against the rules.",
            "Nobody knows how many of the rejected answers are right, so this table has no error rate for them: what "
            "the judge calls True there may be the rules' mistake or its own.",
            "Right: accepted answers and references written otherwise. Accepted answers are taken to be right: one "
            "that the rules accepted wrongly counts against a judge that sees it.",
            "Wrong: altered references, empty answers and answers that talk to the judge. They are made up, in shares "
            "of our choice: on students' own mistakes the judge may be better or worse.",
        ],
        warning=look["note"],
    )


def changes(scores: list[Path], look: dict[str, Any]) -> tuple[dict[tuple[str, str], Change], list[Arm]]:
    """Average accuracies of every student and mixture of the table, and the arms they are of."""
    entry = look["entry"]
    wanted = [(student, mixture) for student in entry["students"] for mixture in entry["mixtures"]]
    judged, rules = (arms(scores, look, wanted, column) for column in ("correct", "accepted"))
    ours, theirs = ({pair: overall(arm) for pair, arm in found.items()} for found in (judged, rules))
    changed = {pair: difference(ours[pair], theirs[pair]) for pair in wanted}
    noises = [pooled(by.values()) for by in (theirs, ours, changed)]
    made = {
        pair: Change(
            estimate(theirs[pair], noises[0]), estimate(ours[pair], noises[1]), estimate(changed[pair], noises[2])
        )
        for pair in wanted
    }
    return made, list(judged.values())


def effect(changed: dict[tuple[str, str], Change], shown: list[Arm], scores: list[Path], look: dict[str, Any]) -> Table:
    """What the judge changed in the scores."""
    entry, titles = look["entry"], look["titles"]
    return Table(
        title=f"{entry['title']}: what it changed",
        header=["Training set", "Rules alone", "Rules and judge", "Difference"],
        groups=[
            (
                titles["students"][student],
                [
                    Row(
                        [mixture_title(look, mixture), *changed[student, mixture]],
                        rows={
                            2: behind(look, student, mixture),
                            3: behind(look, student, mixture, different="judge"),
                        },
                    )
                    for mixture in entry["mixtures"]
                ],
            )
            for student in entry["students"]
        ],
        notes=[
            f"Average accuracy in % over {', '.join(titles['benchmarks'].values())}; difference in percentage points.",
            "The judge's True makes a rejected answer right; its False takes nothing away, as in the paper.",
            f"Brackets: {basis(shown)}.",
            *footnotes(scores, look),
        ],
        warning=look["note"],
    )


def records(
    verdicts: dict[str, Verdicts], changed: dict[tuple[str, str], Change], note: str
) -> Iterator[dict[str, Any]]:
    """Yield the CSV rows: verdicts of all students (student empty) and of each, then accuracies."""
    for student, by_kind in verdicts.items():
        for kind, found in by_kind.items():
            counted = {"asked": found.total(), **{name: found[name] for name in ("true", "false", "undecided")}}
            for quantity, said in quantities(kind, found).items():
                yield record(student, quantity, said, note, kind=kind, **counted)
    for (student, mixture), change in changed.items():
        for quantity, said in zip(("rules alone", "rules and judge", "difference"), change, strict=True):
            yield record(student, quantity, said, note, mixture=mixture)


def record(student: str, quantity: str, said: Estimate | None, note: str, **more: Any) -> dict[str, Any]:
    """One CSV row; fields that do not apply are empty."""
    apart = dict.fromkeys(("mixture", "kind", "asked", "true", "false", "undecided"), "")
    numbers = said._asdict() if said else dict.fromkeys(Estimate._fields, "")
    return {"student": student, **apart, **more, "quantity": quantity, **numbers, "note": note}


def main(
    scores: list[Path],
    verdicts: list[Path],
    csv: Path,
    md: Path,
    html: Path,
    tex: Path,
    look: dict[str, Any],
    judge: str,
) -> None:
    """Write the table in four formats."""
    found = {"": tallied(verdicts), **{path.stem: tallied([path]) for path in verdicts}}
    changed, shown = changes(scores, look)
    table = audit(found[""], judge, look)._replace(more=(effect(changed, shown, scores, look),))
    write(table, list(records(found, changed, look["note"])), csv, md, html, tex)


if __name__ == "__main__":
    run(main)

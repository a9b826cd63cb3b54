"""Bring a problem set into one form, with normalised reference answers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mixdistill import counts as counting
from mixdistill.answers.gold import reference, seeming, stated
from mixdistill.data.fields import Columns, Fields
from mixdistill.data.files import Entry, rows
from mixdistill.data.matching import fingerprint, squeezed
from mixdistill.data.values import some
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, write
from mixdistill.terminal import visible

KEPT = ("id", "problem", "answer", "source_answer", "level", "subject")


def loaded(raw: Iterable[Entry], name: str, fields: Fields, gold: str) -> Iterator[Row]:
    """Yield problems under our field names; where the source has no id, the row's number is its id.

    ``source_answer`` is the reference as the source has it, where normalising has changed it.

    Raises:
        UserError: a field or a reference is missing or of a wrong type, a problem is empty, or an id occurs twice; or,
            in the end, no reference can be used, or most of them are not where they are looked for.
    """
    seen: set[str] = set()
    places, first = Counter[str | None](), dict[str | None, str]()
    usable = sentences = 0
    for number, entry in enumerate(raw):
        identity = fields.identity(entry) or f"{name}/{number}"
        if identity in seen:
            raise UserError(f"{entry.place}: id {identity!r} occurs twice; ids must be unique")
        seen.add(identity)
        problem: Row = {"id": identity, "problem": fields.asked(entry).text}
        given = fields.gold(entry)
        problem["answer"], source = reference(given, gold), stated(given, gold)
        if source != problem["answer"]:
            problem["source_answer"] = source
        problem |= {label: value for label in ("level", "subject") if (value := fields.label(entry, label)) is not None}
        yield {key: problem[key] for key in KEPT if key in problem}
        place = seeming(given)
        places[place] += 1
        if place not in first:
            first[place] = f"{ending(given)} ({entry.place})"
        usable += bool(problem["answer"])
        sentences += len(PROSE.findall(given)) >= LEAST_WORDS
    if seen:
        refuse_unusable(places, first, usable, sentences, name, gold)


PROSE = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{2,}")
LEAST_WORDS = 12
"""Of a text that is a solution or a sentence, and no answer: of all answers of the five benchmarks one has as many."""
PLACES = {"plain": "stand alone in their field", "boxed": "stand in a \\boxed{}", "hashes": "stand behind ####"}
"""Where reference answers may stand in their field."""


def refuse_unusable(
    places: Counter[str | None], firsts: Mapping[str | None, str], usable: int, sentences: int, name: str, gold: str
) -> None:
    """Raise UserError if no reference answer can be used, or if plain ones are whole solutions.

    Args:
        places: how many references there are by where the answer in them seems to stand.
        firsts: the first of each, for a message.
        usable: how many of them can be used.
        sentences: how many of them are whole sentences.
        name: the problem set.
        gold: where answers are looked for.
    """
    total = places.total()
    ((place, number),) = places.most_common(1)
    first = firsts[place]
    if place in PLACES and place != gold and (not usable or (gold == "plain" and 2 * number > total)):
        raise UserError(
            f"problem set {name}: {number} of its {total} reference answers {PLACES[place]}, such as {first}; "
            f"write gold: {place}, or name another field: fields: {{answer: ...}}"
        )
    if gold == "plain" and 2 * sentences > total:
        raise UserError(
            f"problem set {name}: {sentences} of its {total} reference answers are whole sentences, such as {first}; "
            "name the field that has the answers alone: fields: {answer: ...}"
        )
    if not usable:
        raise UserError(
            f"problem set {name}: none of its {total} reference answers can be used, such as {first}; "
            "name the field that has them: fields: {answer: ...}"
        )


def ending(text: str) -> str:
    """Return the end of a text, for a message."""
    line = squeezed(text)
    return repr(line if len(line) <= 50 else "…" + line[-49:])


SHOWN = 10
"""Ids, or groups of them, in a log."""


def main(
    source: Path,
    problems: Path,
    counts: Path,
    name: str,
    part: dict[str, str],
    fields: dict[str, Columns],
    gold: str,
    limit: int | None = None,
) -> None:
    """Read a problem set (a file, folder or hub set), write id, problem, answer, and level and subject if given."""
    if gold not in PLACES:
        raise UserError(f"--gold {gold}: must be {', '.join(PLACES)}")
    reader = Fields(fields, part.get("system", "refuse"))
    texts: dict[bytes, list[str]] = {}
    empty: list[str] = []

    def counted() -> Iterator[Row]:
        for row in loaded(rows(source, part, limit, reader.wanted), name, reader, gold):
            texts.setdefault(fingerprint(row["problem"]), []).append(row["id"])
            if not row["answer"]:
                empty.append(row["id"])
            yield row
        if not texts:
            raise UserError(f"{source}: no rows, and problem set {name} needs some")

    total = write(problems, counted())
    equal = [ids for ids in texts.values() if len(ids) > 1]
    for ids in equal[:SHOWN]:
        print(visible(f"equal problems: {some(ids, SHOWN)}"))
    parts = {"with reference answer": total - len(empty), "with empty reference answer": len(empty)}
    if empty:
        print(visible(f"no usable reference answer, so that every answer counts as wrong: {some(empty, SHOWN)}"))
    counting.save(counts, total, parts, empty=empty, equal=equal)


if __name__ == "__main__":
    run(main)

"""Take a student's answers from logs of lm-evaluation-harness (``--log_samples``) instead of asking it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.config.nearest import shown
from mixdistill.data.matching import squeezed
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.inside import refuse_outside
from mixdistill.jsonl import Row, read, write


def log_of(task: str, place: Path) -> Path:
    """The log of a task: a file of the harness's name for it, ``place`` itself or the only one in this folder.

    The harness makes a folder per model in its ``--output_path``; a place with one such folder is as good as that.

    Raises:
        UserError: there is none, or there are several.
    """
    named = re.compile(rf"samples_{re.escape(task)}(?:_\d{{4}}-\d\d-\d\dT[\d.-]+)?\.jsonl")
    listed = [place]
    if place.is_dir():
        listed = sorted(place.glob("samples_*")) or sorted(place.glob("*/samples_*"))
    found = [path for path in listed if named.fullmatch(path.name)]
    if len(found) != 1:
        there = ", ".join(str(path.relative_to(place)) if path != place else path.name for path in found or listed)
        raise UserError(f"{place}: needs one samples_{task}_<time>.jsonl, has {there or 'no samples_*.jsonl'}")
    if place.is_dir():
        refuse_outside(found[0], place, fetched=False, name=str(place))
    return found[0]


KINDS = {type(None): "null", dict: "an object", list: "a list", bool: "true or false", str: "text"}
"""What stands in JSON, by its type here; all else is a number."""


def sampled(row: Row, where: str) -> tuple[int, dict[str, Any], list[str]]:
    """Return doc_id, document and responses of one line of a log.

    Raises:
        UserError: it is no generation, or a response or the document is not what it must be.
    """
    fault = None
    match row:
        case {"doc_id": int(identity), "doc": dict(document), "resps": [list(responses)]} if responses:
            fault = next((one for one in responses if not isinstance(one, str)), "")
            if fault == "":
                return identity, document, responses
            reason = f"resps holds {kind(fault)} where a response's text belongs"
        case {"doc_id": _, "doc": document, "resps": _} if not isinstance(document, dict):
            reason = f"doc is {kind(document)} where the document's fields belong"
        case {"doc_id": int(), "doc": _, "resps": [] | [[]] | None}:
            reason = "resps holds no response"
        case {"doc_id": identity, "doc": _, "resps": [list()]}:
            reason = f"doc_id is {kind(identity)} where a number belongs"
        case {"doc_id": _, "doc": _, "resps": [one, *_] | one} if not isinstance(one, list):
            reason = f"resps holds {kind(one)} where a list of responses belongs"
        case _:
            reason = f"no doc_id, doc and resps of a generate_until task (it has {', '.join(row)})"
    raise UserError(f"{where}: {reason}")


def kind(value: Any) -> str:
    """What a value is in JSON, and the value where it is short."""
    name = KINDS.get(type(value), "a number")
    return name if value is None else f"{name} ({shown(value)})"


def documents(log: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield each document of a log with its responses, once: the log repeats both in a line for every filter.

    Lines of 0.4.3 to 0.4.6 do not say which filter they are of: then every document has as many lines as the others.

    Raises:
        UserError: a line is no generation, or a document occurs twice.
    """
    lines: set[tuple[int, str]] = set()
    unnamed: Counter[int] = Counter()
    answered: dict[int, tuple[dict[str, Any], list[str]]] = {}
    for number, row in enumerate(read(log), 1):
        identity, document, responses = sampled(row, f"{log}:{number}")
        new = identity not in answered
        same = answered.setdefault(identity, (document, responses)) == (document, responses)
        line = (identity, str(row.get("filter")))
        if line in lines or not same:
            raise UserError(f"{log}:{number}: doc_id {identity} occurs twice; give the log of one run")
        if "filter" in row:
            lines.add(line)
        else:
            unnamed[identity] += 1
        if new:
            yield document, responses
    if len({*unnamed.values()}) > 1:
        (most, often), (least, seldom) = unnamed.most_common()[0], unnamed.most_common()[-1]
        raise UserError(
            f"{log}: doc_id {most} has {often} lines and doc_id {least} has {seldom}, where each has one for every "
            "filter; give the log of one run, and all of it"
        )


def matched(logs: list[Path], problems: list[Row], benchmark: str) -> dict[str, list[str]]:
    """Problem's id to responses; a document belongs to the problem whose text, up to white space, is in its fields.

    Raises:
        UserError: a document has no problem or shares it with another, or a problem has no document.
    """
    ids = {squeezed(problem["problem"]): problem["id"] for problem in problems}
    if len(ids) < len(problems):
        raise UserError(f"{benchmark}: two of its problems have the same text, so logs cannot be matched by it")
    found: dict[str, list[str]] = {}
    for log in logs:
        for number, (document, responses) in enumerate(documents(log), 1):
            own = {ids.get(squeezed(value)) for value in document.values() if isinstance(value, str)} - {None}
            if len(own) != 1:
                raise UserError(
                    f"{log}: document {number} is {'several problems' if own else 'no problem'} of {benchmark} "
                    f"(fields {', '.join(document)}); log and problem set must be of the same benchmark and limit"
                )
            problem = own.pop()
            if problem in found:
                raise UserError(f"{log}: document {number} is {problem!r} of {benchmark} once more")
            found[str(problem)] = responses
    missing = [problem["id"] for problem in problems if problem["id"] not in found]
    if missing:
        raise UserError(
            f"{logs[0]}: no document for {len(missing)} of {len(problems)} problems of {benchmark}, "
            f"such as {missing[0]!r}; was the run limited?"
        )
    return found


def main(problems: list[Path], logs: list[Path], answers: Path, counts: Path, tasks: dict[str, list[str]]) -> None:
    """Write a student's answers to all benchmarks; ``problems`` are their files, in the order of ``tasks``.

    A log tells neither tokens nor why a completion ended.
    """
    rows: list[Row] = []
    for (benchmark, names), path in zip(tasks.items(), problems, strict=True):
        wanted = list(counting.read(path, "id"))
        found = matched([log_of(task, logs[0]) for task in names], wanted, benchmark)
        samples = Counter(map(len, found.values()))
        if len(samples) > 1:
            raise UserError(
                f"{logs[0]}: {benchmark} has problems with {min(samples)} and with {max(samples)} responses"
            )
        rows += [
            {
                "benchmark": benchmark,
                "id": problem["id"],
                "sample": sample,
                "completion": completion,
                "tokens": None,
                "finish_reason": "unknown",
            }
            for problem in wanted
            for sample, completion in enumerate(found[problem["id"]])
        ]
    write(answers, rows)
    counting.save(
        counts, len(rows), {"brought": len(rows)}, problems=len({(row["benchmark"], row["id"]) for row in rows})
    )


if __name__ == "__main__":
    run(main)

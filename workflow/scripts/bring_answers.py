"""Take a student's answers from logs of lm-evaluation-harness (``--log_samples``) instead of asking it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.data.matching import squeezed
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read, write


def log_of(task: str, place: Path) -> Path:
    """The log of a task: a file of the harness's name for it, ``place`` itself or the only one in this folder.

    Raises:
        UserError: there is none, or there are several.
    """
    named = re.compile(rf"samples_{re.escape(task)}(?:_\d{{4}}-\d\d-\d\dT[\d.-]+)?\.jsonl")
    listed = sorted(place.iterdir()) if place.is_dir() else [place]
    found = [path for path in listed if named.fullmatch(path.name)]
    if len(found) != 1:
        there = ", ".join(path.name for path in found or listed if path.name.startswith("samples_"))
        raise UserError(f"{place}: needs one samples_{task}_<time>.jsonl, has {there or 'no samples_*.jsonl'}")
    return found[0]


def documents(log: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield each document of a log with its responses, once: the log repeats both in a line for every filter.

    Raises:
        UserError: a line is no generation, or a document occurs twice.
    """
    lines: set[tuple[int, str]] = set()
    answered: dict[int, list[str]] = {}
    for number, row in enumerate(read(log), 1):
        match row:
            case {"doc_id": int(identity), "doc": dict(document), "resps": [[str(), *_] as responses]}:
                line, new = (identity, str(row.get("filter"))), identity not in answered
            case _:
                raise UserError(
                    f"{log}:{number}: no doc_id, doc and resps of a generate_until task (it has {', '.join(row)})"
                )
        if line in lines or answered.setdefault(identity, responses) != responses:
            raise UserError(f"{log}:{number}: doc_id {identity} occurs twice; give the log of one run")
        lines.add(line)
        if new:
            yield document, responses


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

"""Write the three files that the released judging script leaves per task, so that its readers read ours.

Known from that script and from files that it wrote: their names, fields, order of fields, and what is counted. Our
reading: ``exact_match`` is the rule of the benchmark's ``answer`` policy (with ``released`` it is theirs); where nobody
judged a rejected answer, ``llm_check_result`` is null, which they have for replies that say neither True nor False.
Like theirs, the files are about the first sample of each problem, and show golds as their source has them.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.jsonl import Row, has_surrogate, replacing
from mixdistill.terminal import visible

RESULTS = {"true": 1, "false": 0, "undecided": None}
"""A verdict to ``llm_check_result``."""


def instances(marks: list[Row], problems: Mapping[str, Row], verdicts: Mapping[tuple[Any, ...], Row]) -> Iterator[Row]:
    """Yield one entry per problem, as in ``llm_answer_check_result_{task}.json``."""
    for index, row in enumerate(marks):
        problem, right = problems[row["id"]], int(row["outcome"] == "right")
        judged = verdicts.get((row["benchmark"], row["id"], row["gold"], row["answer"]))
        result, reason = None, "Not asked"
        if right or row["answer"] is None:
            result, reason = right, "No need to check"
        elif judged:
            result, reason = RESULTS[judged["verdict"]], f"LLM check result: {judged['reply'].strip()}"
        yield {
            "index": index,
            "problem": problem["problem"],
            "answer": problem.get("source_answer", problem["answer"]),
            "resp_answer": row["answer"],
            "exact_match": right,
            "llm_check_result": result,
            "llm_check_result_reason": reason,
        }


def problematic(entries: list[Row]) -> list[Row]:
    """What the rule rejected though it has an answer, as in ``problematic_instances_{task}.json``."""
    order = ("index", "problem", "resp_answer", "answer", "exact_match", "llm_check_result", "llm_check_result_reason")
    return [
        {name: entry[name] for name in order}
        for entry in entries
        if not entry["exact_match"] and entry["resp_answer"] is not None
    ]


def summary(entries: list[Row]) -> dict[str, float]:
    """Counts and accuracies, as in ``summary_results_{task}.json``."""
    return {
        "none_resp_answer_count": sum(entry["resp_answer"] is None for entry in entries),
        "exact_match_accuracy": sum(entry["exact_match"] for entry in entries) / len(entries),
        "llm_check_result_accuracy": sum(entry["llm_check_result"] or 0 for entry in entries) / len(entries),
        "none_llm_check_result_count": sum(entry["llm_check_result"] is None for entry in entries),
    }


def dump(path: Path, value: Any) -> None:
    """Write JSON as the released script does; a lone surrogate, which is not UTF-8, is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=4)
    with replacing(path) as file:
        file.write(json.dumps(value, indent=4) if has_surrogate(text) else text)


def main(problems: list[Path], marks: Path, verdicts: Path, released: Path, tasks: dict[str, list[str]]) -> None:
    """Write the files of one student, mixture and seed; ``problems`` are in the order of ``tasks``.

    A benchmark with one task in the harness has that task's name in its files' names, another its own name.
    """
    first = [row for row in counting.read(marks, *counting.ANSWER) if row["sample"] == 0]
    judged = {
        (row["benchmark"], row["id"], row["gold"], row["answer"]): row
        for row in counting.read(verdicts, *counting.VERDICT)
        if row["kind"] == "rejected"
    }
    for (benchmark, names), path in zip(tasks.items(), problems, strict=True):
        known = {row["id"]: row for row in counting.read(path, "id")}
        entries = list(instances([row for row in first if row["benchmark"] == benchmark], known, judged))
        task = names[0] if len(names) == 1 else benchmark
        dump(released / f"llm_answer_check_result_{task}.json", entries)
        dump(released / f"problematic_instances_{task}.json", problematic(entries))
        dump(released / f"summary_results_{task}.json", summary(entries))
        print(
            visible(f"{task}: {len(entries)} problems, {sum(entry['exact_match'] for entry in entries)} right by rule")
        )


if __name__ == "__main__":
    run(main)

"""One Parquet table per student: a row per mixture, seed, benchmark, problem and sample."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.jsonl import Row, read


def scored(cells: list[list[Any]], marks: list[Path], verdicts: Mapping[tuple[Any, ...], bool]) -> Iterator[Row]:
    """Yield a student's rows: right is what the rule accepted or the judge did."""
    for (student, mixture, seed), path in zip(cells, marks, strict=True):
        for row in read(path):
            accepted = row["outcome"] == "right"
            judged = verdicts.get((row["benchmark"], row["id"], row["gold"], row["answer"]))
            yield {
                "student": student,
                "mixture": mixture,
                "seed": seed,
                **row,
                "accepted": accepted,
                "judged": judged,
                "correct": accepted or bool(judged),
            }


def main(marks: list[Path], verdicts: Path, scores: Path, counts: Path, cells: list[list[Any]]) -> None:
    """Join marks and verdicts; ``cells`` are student, mixture and seed of each marks file, in order."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    judged = {(row["benchmark"], row["id"], row["gold"], row["answer"]): row["verdict"] for row in read(verdicts)}
    rows = list(scored(cells, marks, judged))
    text, number, truth = pa.dictionary(pa.int32(), pa.string()), pa.int64(), pa.bool_()
    schema = pa.schema(
        [
            ("student", text),
            ("mixture", text),
            ("seed", number),
            ("benchmark", text),
            ("id", pa.string()),
            ("sample", number),
            ("gold", pa.string()),
            ("answer", pa.string()),
            ("rule", text),
            ("outcome", text),
            ("tokens", number),
            ("finish_reason", text),
            ("accepted", truth),
            ("judged", truth),
            ("correct", truth),
        ]
    )
    scores.parent.mkdir(parents=True, exist_ok=True)
    partial = scores.with_name(scores.name + ".partial")
    write_table(pa.Table.from_pylist(rows, schema=schema), partial)
    partial.replace(scores)
    right = Counter("right" if row["correct"] else "not right" for row in rows)
    counting.save(counts, len(rows), dict(right), outcomes=dict(Counter(row["outcome"] for row in rows)))


if __name__ == "__main__":
    run(main)

"""A student's answers as side files of the report: an index of each arm, and its completions in files of a megabyte."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.sidefiles import packed, side_file
from mixdistill.terminal import visible

if TYPE_CHECKING:
    import pandas as pd

CODED = {
    "benchmark": "benchmark",
    "outcome": "outcome",
    "rule": "rule",
    "verdict": "verdict",
    "finish": "finish_reason",
}
"""Names in the index to columns of few values, which are written as numbers."""
PLAIN = {"id": "id", "sample": "sample", "gold": "gold", "answer": "answer", "correct": "correct", "tokens": "tokens"}
"""Names in the index to columns that are written as they are."""


def index(frame: "pd.DataFrame", files: list[int]) -> dict[str, Any]:
    """The columns of an arm's answers; ``files`` says where the completion of each is."""
    levels, columns = {}, {}
    for name, column in CODED.items():
        values = frame[column].astype(object).where(frame[column].notna(), None).tolist()
        levels[name] = list(dict.fromkeys(values))
        numbers = {value: number for number, value in enumerate(levels[name])}
        columns[name] = [numbers[value] for value in values]
    for name, column in PLAIN.items():
        columns[name] = frame[column].astype(object).where(frame[column].notna(), None).tolist()
    return {"levels": levels, **columns, "file": files}


def main(scores: Path, answers: list[Path], rows: Path, texts: Path, cells: list[list[Any]]) -> None:
    """Write the files of a student; ``cells`` are student, mixture and seed of each file of answers, in order."""
    import pandas as pd

    frame = pd.read_parquet(scores)
    keys = ["benchmark", "id", "sample"]
    for (student, mixture, seed), path in zip(cells, answers, strict=True):
        arm = f"{student}/{mixture}/{seed}"
        own = frame[(frame["mixture"] == mixture) & (frame["seed"] == seed)]
        listed: list[tuple[str, str, int]] = []

        def completions(path: Path = path, listed: list[tuple[str, str, int]] = listed) -> Iterator[list[Any]]:
            """Yield what a file of completions holds, and note the order."""
            for row in counting.read(path, *counting.ANSWER):
                listed.append((row["benchmark"], row["id"], row["sample"]))
                yield [*listed[-1], row["completion"]]

        files = packed(texts / mixture / str(seed), f"texts/{arm}", completions())
        aligned = (
            own.astype({name: object for name in keys})
            .set_index(keys)
            .reindex(pd.MultiIndex.from_tuples(listed, names=keys))
        )
        if len(own) != len(listed) or aligned["outcome"].isna().any():
            raise UserError(f"{path}: its answers are not those of {scores}; make the scores again")
        side_file(rows / mixture / f"{seed}.js", f"rows/{arm}", index(aligned.reset_index(), files))
        print(visible(f"{arm}: {len(listed)} answers"))


if __name__ == "__main__":
    run(main)

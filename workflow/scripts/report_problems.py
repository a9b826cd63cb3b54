"""Problems and training rows as side files of the report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.sidefiles import packed, side_file

SHOWN = ("id", "problem", "answer", "level", "subject")


def main(problems: list[Path], mixtures: list[Path], tested: Path, taught: Path, benchmarks: list[str]) -> None:
    """Write a file per benchmark, and an index with files of texts per mixture; problems are in their order."""
    for name, path in zip(benchmarks, problems, strict=True):
        rows = [{key: row[key] for key in SHOWN if key in row} for row in counting.read(path, "id")]
        side_file(tested / f"{name}.js", f"problems/{name}", rows)
    taught.mkdir(parents=True, exist_ok=True)
    for path in mixtures:
        index: dict[str, list[Any]] = {"id": [], "teacher": [], "characters": []}

        def texts(path: Path = path, index: dict[str, list[Any]] = index) -> Iterator[list[Any]]:
            """Yield number, prompt and completion, and note the rest."""
            for number, row in enumerate(counting.read(path)):
                index["id"].append(row.get("id", number))
                index["teacher"].append(row.get("teacher"))
                index["characters"].append(len(row["completion"]))
                yield [number, row["prompt"], row["completion"]]

        files = packed(taught / path.stem, f"training/{path.stem}", texts())
        side_file(taught / f"{path.stem}.js", f"training/{path.stem}", {**index, "file": files})


if __name__ == "__main__":
    run(main)

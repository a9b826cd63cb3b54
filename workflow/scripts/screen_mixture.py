"""Compare a training set that exists already with every benchmark."""

from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.leakage import screen
from mixdistill.screening import leaks

NEEDED = ("row", "id", "problem", "answer")


def main(
    imported: Path, tests: list[Path], overlap: Path, mixture: str, benchmarks: list[str], leakage: dict[str, Any]
) -> None:
    """Write the pairs per benchmark, ``tests`` being their files in order; with policy ``forbid`` none may leak."""
    rows = [{key: row[key] for key in NEEDED} for row in counting.read(imported)]
    made = screen(imported, rows, dict(zip(benchmarks, tests, strict=True)), leakage)
    found = {pair["training"] for _, pair in leaks(made)}
    leaking = [row for row in rows if row["id"] in found]
    write_json(overlap, {**made, "rows": len(rows), "rows that leak": len(leaking)})
    print(f"{len(leaking)} of {len(rows)} rows of {mixture} leak into a benchmark")
    if leaking and leakage["policy"] == "forbid":
        row, first = leaking[0]["row"], leaking[0]["id"]
        name, test = next((name, pair["test"]) for name, pair in leaks(made) if pair["training"] == first)
        raise UserError(
            f"mixtures.{mixture}: {len(leaking)} of its {len(rows)} rows leak into a benchmark, such as row {row} in "
            f"{name} ({test}); set teaching.leakage.policy to remove (they are not taught) or report (they are)"
        )


if __name__ == "__main__":
    run(main)

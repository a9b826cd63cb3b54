"""Compare training problems with every benchmark."""

from pathlib import Path
from typing import Any

from mixdistill import counts as counting
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.leakage import screen
from mixdistill.screening import leaks


def main(training: Path, tests: list[Path], overlap: Path, benchmarks: list[str], leakage: dict[str, Any]) -> None:
    """Write the pairs per benchmark, ``tests`` being their files in order; with policy ``forbid`` none may leak."""
    taught = list(counting.read(training, "id"))
    made = screen(training, taught, dict(zip(benchmarks, tests, strict=True)), leakage)
    write_json(overlap, made)
    leaking = made["training problems that leak"]
    print(f"{leaking} of {len(taught)} training problems leak into a benchmark")
    if leaking and leakage["policy"] == "forbid":
        name, pair = next(leaks(made))
        raise UserError(
            f"{training}: {leaking} training problems leak into a benchmark, such as {pair['training']} in {name} "
            f"({pair['test']}); set teaching.leakage.policy to remove (they are not taught) or report (they are)"
        )


if __name__ == "__main__":
    run(main)

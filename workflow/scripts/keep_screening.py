"""Keep the screening that decides what is taught."""

import json
from pathlib import Path

from mixdistill.entry import run
from mixdistill.jsonl import write_json
from mixdistill.screening import leaks


def main(overlap: Path, gate: list[Path], kept: Path) -> None:
    """Copy the digest of the screened rows, and which of them leak, by the methods that found them.

    ``gate`` are the screenings of all training sets: nothing is taught before each of them has passed.
    """
    screening = json.loads(overlap.read_text())
    methods: dict[str, set[str]] = {}
    for _, pair in leaks(screening):
        methods.setdefault(pair["training"], set()).update(pair["methods"])
    found = {training: sorted(names) for training, names in methods.items()}
    write_json(kept, {"training sha256": screening["training sha256"], "leaks": found})
    print(f"{kept}: {len(found)} training problems leak")


if __name__ == "__main__":
    run(main)

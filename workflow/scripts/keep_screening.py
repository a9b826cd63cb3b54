"""Keep the screening that decides which training problems are taught."""

import json
from pathlib import Path

from mixdistill.entry import run
from mixdistill.jsonl import write_json


def main(overlap: Path, kept: Path) -> None:
    """Copy the digest of the training problems, and which of them leak, by the methods that found them."""
    screening = json.loads(overlap.read_text())
    leaks: dict[str, set[str]] = {}
    for pairs in screening["pairs"].values():
        for pair in pairs:
            if pair["verdict"] == "leak":
                leaks.setdefault(pair["training"], set()).update(pair["methods"])
    found = {training: sorted(methods) for training, methods in leaks.items()}
    write_json(kept, {"training sha256": screening["training sha256"], "leaks": found})
    print(f"{kept}: {len(found)} training problems leak")


if __name__ == "__main__":
    run(main)

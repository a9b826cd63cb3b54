"""Keep the proof that lets a student be trained."""

import shutil
from pathlib import Path

from mixdistill.entry import run
from mixdistill.jsonl import beside


def main(proof: Path, kept: Path) -> None:
    """Copy a proof."""
    partial = beside(kept)
    shutil.copyfile(proof, partial)
    partial.replace(kept)


if __name__ == "__main__":
    run(main)

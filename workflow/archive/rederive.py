"""Make the tables of an archive again from its scores, offline, and compare them with those in it.

Usage, in the folder of an unpacked archive: python rederive.py

Needs what envs/analysis.yaml pins. What is made lies in ``rederived/``; the exit code is 1 if a file was damaged or a
table is not the same to the byte.
"""

import hashlib
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any


def damaged(folder: Path) -> list[str]:
    """Names of files that are missing or have another digest than SHA256SUMS says."""
    found = []
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(name)
    return found


def placed(value: Any, annotation: Any, folder: Path) -> Any:
    """What a script is given: paths within the folder, everything else as it is."""
    if annotation is Path:
        return folder / value
    return [folder / one for one in value] if annotation == list[Path] else value


def made(folder: Path, recipe: dict[str, Any]) -> list[str]:
    """Make a table again; returns the names of its files that differ."""
    main = importlib.import_module(recipe["script"]).main
    kinds = {name: one.annotation for name, one in inspect.signature(main).parameters.items()}
    again = {name: folder / "rederived" / path for name, path in recipe["outputs"].items()}
    for path in again.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    given = {name: placed(value, kinds[name], folder) for name, value in recipe["given"].items()}
    main(**given, **again)
    return [
        path for name, path in recipe["outputs"].items() if again[name].read_bytes() != (folder / path).read_bytes()
    ]


def main(folder: Path) -> int:
    """Check and make everything; returns the exit code."""
    sys.path.insert(0, str(folder / "workflow" / "scripts"))
    wrong = damaged(folder)
    for name in wrong:
        print(f"damaged or missing: {name}")
    if wrong:
        return 1
    for name, recipe in json.loads((folder / "recipes.json").read_text(encoding="utf-8")).items():
        differing = made(folder, recipe)
        wrong += differing
        print(f"{name}: {'differs in ' + ', '.join(differing) if differing else 'the same to the byte'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))

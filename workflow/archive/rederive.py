"""Make the tables of an archive again from its scores, offline, and compare them with those in it.

Usage, in the folder of an unpacked archive: python rederive.py

Needs what envs/analysis.yaml pins. What is made lies in ``rederived/``; the exit code is 1 if a file was damaged or a
table is not the same to the byte. ``recipes.json`` is data: it runs scripts of tables that lie here and no others, and
no file outside this folder is read or written for it.
"""

import sys

sys.path.pop(0)  # else a json.py that somebody has put beside this file would be Python's

import hashlib
import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any


def damaged(folder: Path) -> list[str]:
    """What is wrong with the files: missing, with another digest than SHA256SUMS says, or code that is not in it."""
    sums = dict(
        line.split("  ", 1)[::-1] for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").split("\n")[:-1]
    )
    found = []
    for name, digest in sums.items():
        path = inside(folder, name)
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(f"damaged or missing: {name}")
    known = {folder / name for name in (*sums, "SHA256SUMS")}
    for path in sorted((folder / "workflow").rglob("*")):
        if (path.is_symlink() or not path.is_dir()) and path not in known:
            found.append(f"not of this archive: {path.relative_to(folder)}")
    return found


def inside(folder: Path, name: str) -> Path:
    """Return a path in the folder; any other ends the program."""
    path = folder / name
    if not path.resolve().is_relative_to(folder):
        sys.exit(f"{name!r} lies outside of {folder}: somebody has changed this archive")
    return path


def placed(value: Any, annotation: Any, folder: Path) -> Any:
    """What a script is given: paths within the folder, everything else as it is."""
    if annotation is Path:
        return inside(folder, value)
    return [inside(folder, one) for one in value] if annotation == list[Path] else value


def made(folder: Path, recipe: dict[str, Any]) -> list[str]:
    """Make a table again; returns the names of its files that differ."""
    script = recipe["script"]
    if not (re.fullmatch(r"\w+_table", script) and (folder / "workflow" / "scripts" / f"{script}.py").is_file()):
        sys.exit(f"{script!r} is no script of a table: somebody has changed this archive")
    main = importlib.import_module(script).main
    kinds = {name: one.annotation for name, one in inspect.signature(main).parameters.items()}
    again = {name: inside(folder / "rederived", path) for name, path in recipe["outputs"].items()}
    for path in again.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    given = {name: placed(value, kinds[name], folder) for name, value in recipe["given"].items()}
    main(**given, **again)
    return [
        path
        for name, path in recipe["outputs"].items()
        if again[name].read_bytes() != inside(folder, path).read_bytes()
    ]


def main(folder: Path) -> int:
    """Check and make everything; returns the exit code."""
    sys.dont_write_bytecode = True  # so that all bytecode here is somebody else's
    sys.path.append(str(folder / "workflow" / "scripts"))
    wrong = damaged(folder)
    for line in wrong:
        print(ascii(line)[1:-1])
    if wrong:
        return 1
    for name, recipe in json.loads((folder / "recipes.json").read_text(encoding="utf-8")).items():
        differing = made(folder, recipe)
        wrong += differing
        print(f"{name}: {'differs in ' + ', '.join(differing) if differing else 'the same to the byte'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))

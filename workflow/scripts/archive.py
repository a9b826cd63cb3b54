"""Everything a published number rests on in one file, from which its tables can be made again offline."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill.digest import SCRIPTS
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import beside
from mixdistill.portable import portable
from mixdistill.provenance import machine

REPO = SCRIPTS.parents[1]
README = """Scores, tables and figures of the experiment {name}, made by mixdistill.

To make the tables again from the scores, without a network, and compare them with the ones here:

    pip install <the pins of envs/analysis.yaml>
    python rederive.py

rederive.py runs the code that lies beside it in this archive, as you: read it first, or run it where it can do no
harm, unless you trust whoever gave you the archive.

experiment.yaml is the experiment file, versions.txt what the archive was made with, SHA256SUMS has the digests of all
files.
Citation: CITATION.cff.
"""


def code() -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the scripts that tables are made by, and of what they need."""
    for path in sorted((*SCRIPTS.glob("*_table.py"), *(SCRIPTS / "mixdistill").rglob("*.py"))):
        yield str(path.relative_to(REPO)), path.read_bytes()
    for name in ("envs/analysis.yaml", "CITATION.cff", "LICENSE"):
        yield name, (REPO / name).read_bytes()
    yield "rederive.py", (REPO / "workflow" / "archive" / "rederive.py").read_bytes()


def within(value: Any) -> Any:
    """Return a value in which places below the working directory are relative to it."""
    if isinstance(value, dict):
        return {name: within(each) for name, each in value.items()}
    if isinstance(value, list):
        return [within(each) for each in value]
    return value.removeprefix(f"{Path.cwd()}/") if isinstance(value, str) else value


def member(path: Path) -> str:
    """Return what a file is called in the archive.

    Raises:
        UserError: it lies outside the working directory, and would be unpacked outside of the reader's folder.
    """
    name: str = within(str(path))
    if Path(name).is_absolute() or ".." in Path(name).parts or not name.isprintable():
        raise UserError(f"{path}: lies outside the working directory, or has no plain name; archive results alone")
    return name


def main(
    inputs: list[Path],
    tables: list[Path],
    figures: list[Path],
    archive: Path,
    recipes: dict[str, Any],
    about: dict[str, Any],
) -> None:
    """Write the archive; the same results give the same bytes. Counts beside inputs are taken with them."""
    counts = [path.with_suffix(".counts.json") for path in inputs]
    files = sorted({*inputs, *tables, *figures, *(path for path in counts if path.exists())})
    texts = {
        **dict(code()),
        "README.txt": README.format(name=about["name"]).encode(),
        "experiment.yaml": portable(about["config"]).encode(),
        "recipes.json": json.dumps(within(recipes), indent=1).encode(),
        "versions.txt": "".join(f"{name} {version}\n" for name, version in machine()).encode(),
    }
    sums = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    partial = beside(archive)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in files:
            name, content = member(path), path.read_bytes()
            sums[name] = hashlib.sha256(content).hexdigest()
            put(bundle, name, content)
        listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
        for name, text in {**texts, "SHA256SUMS": listed.encode()}.items():
            put(bundle, name, text)
    partial.replace(archive)
    print(f"{archive}: {len(sums) + 1} files, {archive.stat().st_size / 1e6:.1f} MB")


def put(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file without date and owner."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    bundle.writestr(entry, content)


if __name__ == "__main__":
    run(main)

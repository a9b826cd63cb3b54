"""Fetch a repository of the hub at its pinned commit into the Hugging Face cache."""

import hashlib
import json
from pathlib import Path

from mixdistill.downloads import Damaged, escaped, hush, missing, patiently, refusal
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json

PAUSES = (1, 5, 25, 125)
"""Seconds between attempts, after errors that may pass."""


def fetched(kind: str, repository: str, revision: str, files: dict[str, int]) -> None:
    """Bring the files into the cache; those that are there already are not asked for again.

    Raises:
        Damaged: a file is not what the hub says it is; it has been taken out of the cache.
    """
    from huggingface_hub import snapshot_download

    folder = Path(
        snapshot_download(
            repository,
            repo_type=kind,
            revision=revision,
            allow_patterns=escaped(files),
            local_files_only=not missing(kind, repository, revision, files),
        )
    )
    for name, size in files.items():
        if not sound(folder / name, size):
            remove(folder / name)
            raise Damaged(f"{name} arrived with other content than the hub announced")


def remove(file: Path) -> None:
    """Remove a file of the cache, with all that it is a link to."""
    behind = file.parent / file.readlink() if file.is_symlink() else None
    file.unlink(missing_ok=True)
    if behind:
        remove(behind)


def sound(file: Path, size: int) -> bool:
    """Tell whether a file of the cache has its size and, if it is a large one, its SHA-256.

    The cache keeps content under the name that the hub gave it, which for large files is their SHA-256.
    """
    if not file.is_file() or file.stat().st_size != size:
        return False
    name = file.readlink().name if file.is_symlink() else ""
    if len(name) != hashlib.sha256().digest_size * 2:
        return True
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == name


def main(checked: Path, manifest: Path, kind: str, repository: str, revision: str) -> None:
    """Write the manifest of a fetched repository: its files and their sizes in bytes.

    A download that was killed goes on with the files that are missing; errors of the network are given some time.
    """
    hush()
    files: dict[str, int] = json.loads(checked.read_text())["files"]
    try:
        patiently(lambda: fetched(kind, repository, revision, files), PAUSES)
    except Exception as error:  # the library raises a zoo of exceptions, which refusal knows
        raise UserError(f"{repository}@{revision}: {refusal(error, kind, repository, revision)}") from error
    write_json(manifest, {"kind": kind, "repository": repository, "revision": revision, "files": files})


if __name__ == "__main__":
    run(main, online=True)

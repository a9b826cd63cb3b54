"""Repositories of the Hugging Face hub, as fetched by ``fetch.py``: a manifest stands for a snapshot in the cache."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.errors import UserError
from mixdistill.inside import leads_away

LARGEST_MANIFEST = 2**24
"""Bytes: a repository of 100,000 files has a manifest of some 10 MB."""

REPOSITORY = re.compile(r"(?!\.)[\w.-]+/(?!\.)[\w.-]+", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")


class Manifest(NamedTuple):
    """What was fetched."""

    kind: str
    """``model`` or ``dataset``."""
    repository: str
    """Owner and name."""
    revision: str
    """Commit."""
    files: dict[str, int]
    """Name to size in bytes."""

    @property
    def name(self) -> str:
        """Repository and commit."""
        return f"{self.repository}@{self.revision}"


def manifest(path: Path) -> Manifest | None:
    """The manifest in a file; None for anything but a manifest, such as a folder or a file of rows."""
    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > LARGEST_MANIFEST:
        return None
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, OSError, RecursionError):
        return None  # rows, or nothing that can be read: whoever opens it as such says so
    return Manifest(**content) if isinstance(content, dict) and is_manifest(content) else None


def is_manifest(content: dict[str, Any]) -> bool:
    """Return whether an object is what ``fetch.py`` writes: what a stranger writes must not lead about in the cache."""
    match content:
        case {
            "kind": "model" | "dataset",
            "repository": str(repository),
            "revision": str(revision),
            "files": dict(files),
        }:
            named = REPOSITORY.fullmatch(repository) and COMMIT.fullmatch(revision) and len(content) == 4
            return bool(named) and all(
                isinstance(name, str) and isinstance(size, int) and not leads_away(name) for name, size in files.items()
            )
    return False


def snapshot(fetched: Manifest) -> Path:
    """The folder of a fetched repository in the cache.

    Raises:
        UserError: a file is missing there, or has another size.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    kinds = " ".join(sorted({f"--include '*{Path(name).suffix}'" for name in fetched.files}))
    again = (
        f"fetch it again: hf download {fetched.repository} --repo-type {fetched.kind} --revision {fetched.revision} "
        f"{kinds}"
    )
    try:
        place = snapshot_download(
            fetched.repository,
            repo_type=fetched.kind,
            revision=fetched.revision,
            allow_patterns=[],
            local_files_only=True,
        )
    except LocalEntryNotFoundError as error:
        raise UserError(f"{fetched.name}: no longer in the Hugging Face cache; {again}") from error
    for name, size in fetched.files.items():
        file = Path(place) / name
        if not file.is_file() or file.stat().st_size != size:
            raise UserError(f"{file}: missing or not of its {size} bytes; remove what is there, and {again}")
    return Path(place)

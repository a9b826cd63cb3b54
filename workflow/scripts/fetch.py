"""Fetch a repository of the hub at its pinned commit into the Hugging Face cache."""

from pathlib import Path

from mixdistill.entry import run
from mixdistill.jsonl import write_json

WANTED = (
    "*.safetensors",
    "*.json",
    "*.jsonl",
    "*.jsonl.gz",
    "*.parquet",
    "*.jinja",
    "*.md",
    "*.txt",
    "tokenizer.model",
)
"""No pickles, no code."""


def main(manifest: Path, kind: str, repository: str, revision: str) -> None:
    """Write the manifest of a fetched repository: its files and their sizes in bytes."""
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(repository, repo_type=kind, revision=revision, allow_patterns=list(WANTED)))
    files = {str(file.relative_to(folder)): file.stat().st_size for file in sorted(folder.rglob("*")) if file.is_file()}
    write_json(manifest, {"kind": kind, "repository": repository, "revision": revision, "files": files})


if __name__ == "__main__":
    run(main)

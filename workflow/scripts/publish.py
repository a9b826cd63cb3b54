"""Publish a trained student on the Hugging Face hub, with its scores on the card; part of no other target."""

from pathlib import Path
from typing import Any

from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.terminal import visible


def scored(scores: Path, mixture: str, seed: int) -> str:
    """The section of a card that has the share of right answers by benchmark, and the mean of these shares."""
    import pandas as pd

    table = pd.read_parquet(scores)
    rows = table[(table["mixture"] == mixture) & (table["seed"] == seed)]
    shares = rows.groupby("benchmark", sort=True)["correct"].agg(["mean", "size"])
    lines = [f"| {name} | {100 * mean:.1f} | {size} |" for name, mean, size in shares.itertuples()]
    heading = ["## Scores", "", "| benchmark | right answers, % | answers |", "| --- | ---: | ---: |"]
    return "\n".join([*heading, *lines, f"| **mean** | {100 * shares['mean'].mean():.1f} | |", ""])


def main(
    model: Path, scores: Path, published: Path, repository: str | None, private: bool, mixture: str, seed: int
) -> None:
    """Upload the model's folder as one commit, and note which one.

    Raises:
        UserError: the experiment names no owner, there is no token, or the hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    if repository is None:
        raise UserError("publish.owner: missing; name the user or organisation on the hub that is to own the models")
    if get_token() is None:
        raise UserError("no token for the hub: set HF_TOKEN, or log in by `hf auth login`")
    files: dict[str, Any] = {path.name: path for path in sorted(model.iterdir()) if path.is_file()}
    files["README.md"] = (files["README.md"].read_text() + "\n" + scored(scores, mixture, seed)).encode()
    api = HfApi()
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        commit = api.create_commit(
            repository,
            [CommitOperationAdd(name, content) for name, content in files.items()],
            commit_message="Upload a student trained by mixdistill",
        )
    except HfHubHTTPError as error:
        raise UserError(f"{repository}: the hub refuses: {str(error).splitlines()[0]}") from error
    write_json(published, {"repository": repository, "revision": commit.oid, "files": sorted(files)})
    print(visible(f"{repository}@{commit.oid}: {len(files)} files"))


if __name__ == "__main__":
    run(main)

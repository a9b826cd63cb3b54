"""Publish a trained student on the Hugging Face hub, with its scores on the card; part of no other target."""

import json
from pathlib import Path
from typing import Any

from mixdistill import limits
from mixdistill.contents import LOADED, TOKENIZERS
from mixdistill.downloads import hush, not_taken
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.portable import portable, private_place, without_places
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


GOES_UP = (
    *("README.md", "config.json", "generation_config.json", "adapter_config.json", "training.json"),
    *("loss.csv", "loss.svg", "model.safetensors.index.json", "chat_template.jinja"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt", *TOKENIZERS),
)
"""Files of a model's folder that are published, beside its weights; nothing else that may lie there is."""
TEMPLATE = "chat_template"
READ_BY_MODELS = (*TOKENIZERS, "added_tokens.json", "merges.txt", "chat_template.jinja")
"""Those that decide what a model reads: they go up as they are, or not at all."""


def published_files(model: Path, section: str) -> dict[str, Path | bytes]:
    """Return the files that go up, with what is sent of them: no place of this machine is in them.

    Raises:
        UserError: one stands where it cannot be taken out.
    """
    found: dict[str, Path | bytes] = {}
    for path in sorted(model.iterdir()):
        if path.is_symlink() or not path.is_file() or not (path.name in GOES_UP or LOADED.fullmatch(path.name)):
            print(visible(f"{path.name}: not published, since it is not a file of a model"))
        elif LOADED.fullmatch(path.name):
            keep(path, json.dumps(about_weights(path), ensure_ascii=False))
            found[path.name] = path
        elif path.name in READ_BY_MODELS:
            keep(path, limits.content(path, str(path), limits.TOKENIZER).decode(errors="replace"))
            found[path.name] = path
        elif path.suffix == ".json":
            found[path.name] = cleaned(path)
        else:
            found[path.name] = portable(limits.content(path, str(path)).decode(), look=path.suffix == ".md").encode()
    card = limits.content(model / "README.md", str(model / "README.md")).decode()
    found["README.md"] = portable(card + "\n" + section, look=True).encode()
    return found


def cleaned(path: Path) -> Path | bytes:
    """Return a file of JSON without places of this machine: as it is, if there are none."""
    said = limits.document(path, str(path))
    template = said.pop(TEMPLATE, None) if isinstance(said, dict) else None  # decides what the model reads
    keep(path, json.dumps(template, ensure_ascii=False))
    made = without_places(said, look=True)
    if made == said:
        return path
    if template is not None:
        made[TEMPLATE] = template
    return (json.dumps(made, indent=2, ensure_ascii=False) + "\n").encode()


def about_weights(path: Path) -> Any:
    """Return what a file of weights says besides its tensors."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return file.metadata()
    except SafetensorError as error:
        raise UserError(f"{path}: its header is damaged; train or copy it again") from error


def keep(path: Path, text: str) -> None:
    """Refuse to publish a text with a place of this machine that is to stay as it is.

    Raises:
        UserError: there is one; names it.
    """
    place = private_place(text)
    if place is not None:
        raise UserError(
            f"{path}: holds a path of this machine ({place}), and is published as it is or not at all, since the model "
            "depends on it; take the path out of this file"
        )


def main(
    model: Path, scores: Path, published: Path, repository: str | None, private: bool, mixture: str, seed: int
) -> None:
    """Upload the model's folder as one commit, and note which one.

    Raises:
        UserError: the experiment names no owner, there is no token, the repository is public where it should be
            private, or the hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    hush()
    if repository is None:
        raise UserError("publish.owner: missing; name the user or organisation on the hub that is to own the models")
    if get_token() is None:
        raise UserError("no token for the hub: set HF_TOKEN, or log in by `hf auth login`")
    files = published_files(model, scored(scores, mixture, seed))
    api = HfApi()
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        if private and not api.repo_info(repository).private:
            raise UserError(
                f"{repository}: is there already, and is public, but the experiment says publish.private: true; make "
                "it private on the hub, or write publish.private: false"
            )
        commit = api.create_commit(
            repository,
            [CommitOperationAdd(name, content) for name, content in files.items()],
            commit_message="Upload a student trained by mixdistill",
        )
    except UserError:
        raise
    except Exception as error:  # the library raises a zoo of exceptions, some with signed addresses
        raise UserError(f"{repository}: {not_taken(error)}") from None
    write_json(published, {"repository": repository, "revision": commit.oid, "files": sorted(files)})
    print(visible(f"{repository}@{commit.oid}: {len(files)} files"))


if __name__ == "__main__":
    run(main, online=True)

"""Write commits into an experiment file: for each ``revision: unpinned``, the newest of its repository on the hub."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from mixdistill.config.files import parsed
from mixdistill.downloads import PAUSES, TIMEOUT, hush, patiently, refusal
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import replacing
from mixdistill.names import UNPINNED
from mixdistill.terminal import visible

DATA = ("source", "completions", "rows")
"""Keys under which data sets stand; what stands elsewhere is a model."""


class Gap(NamedTuple):
    """A revision that is to be written."""

    start: int
    """Where its placeholder begins in the text."""
    kind: str
    """``model`` or ``dataset``."""
    repository: str
    """Owner and name."""


def gaps(node: yaml.Node | None, key: str = "") -> Iterator[Gap]:
    """Yield what is unpinned below a node, which stands under ``key``; what an alias repeats, again."""
    if isinstance(node, yaml.MappingNode):
        values = {name.value: value for name, value in node.value}
        revision, repository = values.get("revision"), values.get("hub")
        if revision is not None and repository is not None and revision.value == UNPINNED:
            yield Gap(revision.start_mark.index, "dataset" if key in DATA else "model", repository.value)
        for name, value in node.value:
            yield from gaps(value, str(name.value))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from gaps(value)


def newest(kind: str, repository: str) -> str:
    """The newest commit of a repository.

    Raises:
        UserError: the hub does not tell; a line says why, and what to do.
    """
    from huggingface_hub import HfApi

    try:
        about = patiently(
            lambda: HfApi().repo_info(repository, repo_type=kind, revision="main", timeout=TIMEOUT), PAUSES
        )
    except Exception as error:  # the library raises a zoo of exceptions, which refusal knows
        raise UserError(f"{repository}: {refusal(error, kind, repository, 'main')}") from error
    return str(about.sha)


def main(experiment: Path) -> None:
    """Write the commits and change nothing else, comments included; what the hub refuses is left, and named."""
    hush()
    parsed(experiment)
    text = experiment.read_text(encoding="utf-8")
    found = set(gaps(yaml.compose(text, Loader=yaml.SafeLoader)))
    commits: dict[tuple[str, str], str] = {}
    refused = []
    for kind, repository in sorted({(gap.kind, gap.repository) for gap in found}):
        try:
            commits[kind, repository] = newest(kind, repository)
            print(visible(f"{repository}: {commits[kind, repository]}"))
        except UserError as error:
            refused.append(str(error))
    for gap in sorted(found, reverse=True):
        commit = commits.get((gap.kind, gap.repository), UNPINNED)
        text = text[: gap.start] + commit + text[gap.start + len(UNPINNED) :]
    with replacing(experiment) as file:
        file.write(text)
    if refused:
        raise UserError(refused[0], *(f"error: {one}" for one in refused[1:]))


if __name__ == "__main__":
    run(main, online=True)

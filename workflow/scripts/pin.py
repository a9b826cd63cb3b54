"""Write commits into an experiment file: for each ``revision: unpinned``, the newest of its repository on the hub."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from mixdistill.config.files import bounded, parsed, place_and_reason
from mixdistill.downloads import PAUSES, TIMEOUT, hush, patiently, refusal
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import replacing
from mixdistill.names import UNPINNED
from mixdistill.terminal import visible

Commits = dict[tuple[str, str], str]
"""Kind and repository to its commit."""

DATA = ("source", "completions", "rows")
"""Keys under which data sets stand; what stands elsewhere is a model."""


class Gap(NamedTuple):
    """A revision that is to be written."""

    start: int
    """Where its value begins in the text, with an anchor, a tag or a quote that it has."""
    end: int
    """Where its value ends."""
    kind: str
    """``model`` or ``dataset``."""
    repository: str
    """Owner and name."""


def gaps(node: yaml.Node | None, key: str = "") -> Iterator[Gap]:
    """Yield what is unpinned below a node, which stands under ``key``; what an alias repeats, again."""
    if isinstance(node, yaml.MappingNode):
        values = {name.value: value for name, value in node.value if isinstance(name, yaml.ScalarNode)}
        revision, repository = values.get("revision"), values.get("hub")
        if (
            isinstance(revision, yaml.ScalarNode)
            and isinstance(repository, yaml.ScalarNode)
            and revision.value == UNPINNED
        ):
            yield Gap(revision.start_mark.index, revision.end_mark.index, kind_of(key), repository.value)
        for name, value in node.value:
            yield from gaps(value, str(name.value))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from gaps(value)


def gaps_of(text: str, path: Path) -> set[Gap]:
    """Return what is unpinned in a file.

    Raises:
        UserError: it is JSON in a way that is no YAML.
    """
    try:  # JSON may have tabs where YAML has none
        return set(gaps(yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: commits cannot be written into it{place_and_reason(error, text, 'YAML')}") from None


def kind_of(key: str) -> str:
    """Return what a repository holds that stands under a key."""
    return "dataset" if key in DATA else "model"


def filled(text: str, found: Iterable[Gap], commits: Commits) -> str:
    """Return the text with the commits in place of their placeholders; quotes and anchors around them stay."""
    for gap in sorted(found, reverse=True):
        before, placeholder, after = text[gap.start : gap.end].rpartition(UNPINNED)
        commit = commits.get((gap.kind, gap.repository))
        if placeholder and commit:
            text = text[: gap.start] + before + commit + after + text[gap.end :]
    return text


def is_pinned(before: Any, after: Any, commits: Commits, key: str = "") -> bool:
    """Tell whether contents differ by the commits of unpinned repositories, and by nothing else."""
    if isinstance(before, dict) and isinstance(after, dict):
        if [*before] != [*after]:
            return False
        open_still = before.get("revision") == UNPINNED and isinstance(before.get("hub"), str)
        commit = commits.get((kind_of(key), before["hub"])) if open_still else None
        return all(
            (commit is not None and name == "revision" and after[name] == commit)
            or is_pinned(value, after[name], commits, str(name))
            for name, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(is_pinned(*pair, commits) for pair in zip(before, after, strict=True))
    return repr(before) == repr(after)  # also of what is no number


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
    before = parsed(experiment)
    with experiment.open(encoding="utf-8", newline="") as file:
        text = file.read()
    found = gaps_of(text, experiment)
    commits: Commits = {}
    refused = []
    for kind, repository in sorted({(gap.kind, gap.repository) for gap in found}):
        try:
            commits[kind, repository] = newest(kind, repository)
            print(visible(f"{repository}: {commits[kind, repository]}"))
        except UserError as error:
            refused.append(str(error))
    written = filled(text, found, commits)
    if not is_pinned(before, bounded(written.removeprefix("\ufeff"), experiment), commits):
        raise UserError(
            f"{experiment}: nothing was changed: an anchor stands for a revision and for something else; write "
            f"revision: {UNPINNED} at each repository"
        )
    left = {gap.repository for gap in gaps_of(written, experiment) if (gap.kind, gap.repository) in commits}
    if left:
        refused.append(
            f"{experiment}: {', '.join(sorted(left))}: write revision: {UNPINNED} in plain letters, without escapes"
        )
    if written != text:
        with replacing(experiment) as file:
            file.write(written)
    if refused:
        raise UserError(refused[0], *(f"error: {one}" for one in refused[1:]))


if __name__ == "__main__":
    run(main, online=True)

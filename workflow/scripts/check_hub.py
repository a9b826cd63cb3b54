"""Look at all that is to be fetched from the hub before any of it is: every problem at once, a line each."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.contents import ABOUT_ROWS, lacking, wanted
from mixdistill.downloads import PAUSES, hush, listed, patiently, refusal, refuse_unfit, to_fetch
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.jsonl import write_json
from mixdistill.names import UNPINNED
from mixdistill.terminal import visible

MARGIN = 1.1
"""A disk that would be fuller than this many times what is fetched is warned of."""


UNPACK = "unpack them, and give the folder as path"


class Found(NamedTuple):
    """What there is of a repository, or what is wrong with it."""

    files: dict[str, int]
    """Files that are of use, to their sizes in bytes."""
    missing: int
    """Bytes of them that are not in the cache yet."""
    problem: str | None
    """One line."""


def looked_at(one: dict[str, Any]) -> Found:
    """Look at a repository: kind, repository, revision, and whether an adapter is welcome."""
    place = (one["kind"], one["repository"], one["revision"])
    name = f"{one['repository']}@{one['revision']}"
    if one["revision"] == UNPINNED:
        return Found({}, 0, f"{name}: no commit is pinned: python workflow/scripts/pin.py --experiment FILE writes it")
    try:
        sizes = patiently(lambda: listed(*place), PAUSES)
        wrong = lacking(one["kind"], sizes, one["adapter"])
        if wrong:
            return Found({}, 0, f"{name}: {wrong}")
        names = wanted(one["kind"], sizes)
        files = {file: sizes[file] for file in names}
        refuse_unfit(files)
        data = [file for file in files if file.rpartition("/")[2] not in ABOUT_ROWS]
        if one["kind"] == "dataset" and all(file.endswith(".zst") for file in data):
            return Found({}, 0, f"{name}: its rows are packed by zstd ({data[0]}), which is not read: {UNPACK}")
        return Found(files, patiently(lambda: to_fetch(*place, names), PAUSES), None)
    except Exception as error:  # the library raises a zoo of exceptions, which refusal knows
        return Found({}, 0, f"{name}: {refusal(error, *place)}")


def cache() -> Path:
    """Folder of the Hugging Face cache."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def unfit(needed: int) -> Iterator[str]:
    """Yield what keeps the cache from taking in so many bytes."""
    folder = cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        yield f"{folder}: the cache cannot be written ({error.strerror}): set HF_HOME to a folder of yours"
        return
    free = shutil.disk_usage(folder).free
    if free < needed:
        yield (
            f"{folder}: {in_gb(needed)} are to be fetched, {in_gb(free)} are free: make room, "
            "or set HF_HOME to a folder that has it"
        )
    elif free < needed * MARGIN:
        print(visible(f"warning: {folder}: {in_gb(needed)} are to be fetched, and only {in_gb(free)} are free"))


def in_gb(size: int) -> str:
    """A number of bytes, to be read."""
    return f"{size / 1e9:,.2f} GB"


def main(checked: list[Path], repositories: list[dict[str, Any]]) -> None:
    """Write the files to fetch of each repository, with sizes in bytes: one of ``checked`` per one of ``repositories``.

    What is in the cache already needs no network.

    Raises:
        UserError: with a line per problem: what is wrong, and what to do.
    """
    from huggingface_hub.utils.tqdm import disable_progress_bars

    hush()
    disable_progress_bars()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(looked_at, repositories))
    problems = [one.problem for one in found if one.problem]
    needed = sum(one.missing for one in found)
    if needed:
        problems += unfit(needed)
    if problems:
        first, *more = dict.fromkeys(problems)
        raise UserError(first, *(f"error: {one}" for one in more))
    whole = sum(size for one in found for size in one.files.values())
    print(f"{len(found)} repositories, {in_gb(whole)}, of which {in_gb(needed)} are to be fetched")
    for path, repository, one in zip(checked, repositories, found, strict=True):
        write_json(path, {**repository, "files": one.files, "missing": one.missing})


if __name__ == "__main__":
    run(main, online=True)

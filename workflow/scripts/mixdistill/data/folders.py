"""Rows of a folder: one written by ``save_to_disk`` or Spark, or laid out as data sets of the hub are.

``datasets`` says which files belong to a split, as on the hub; tables and JSON are read here, so that numbers keep
their spelling. What neither would read of a user's folder is named: rows are never left out in silence.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill.data.files import JSONS, PACKED, TABLES, Entry, from_file, opened
from mixdistill.errors import UserError

READ_HERE = {"json": {"field": "field"}, "csv": {"sep": "delimiter", "delimiter": "delimiter"}, "parquet": {}}
"""Builders of ``datasets`` whose files are read here, with those of their options that are heeded, and our names."""
ASIDE = {"name", "version", "data_dir", "data_files", "description"}
"""Options of a builder that say which files are read, not how."""
SHARD = re.compile(r"-(\d{5})-of-(\d{5})\b")
ROWS = (*JSONS, *TABLES, ".parquet")
ELSE = (".zst", ".lz4", ".zip")
"""Packings of which whoever reads such a file says that it must be unpacked."""


def from_folder(folder: Path, fetched: str, part: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the rows of a split of a data set; a data set's own code is never run.

    Args:
        folder: the folder.
        fetched: repository and commit, if it was fetched from the hub.
        part: ``split``, ``train`` by default, and ``subset``, which is needed only if there are several.

    Raises:
        UserError: there is no such subset or split (names those that there are), a file belongs to none, or the files
            are no data set.
    """
    name, split = fetched or str(folder), part.get("split", "train")
    place = f"{name} (subset {part.get('subset', 'default')}, split {split})"
    try:
        if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
            refuse_unread(folder, set())
            yield from saved(folder, name, part)
            return
        if any(sign in str(folder.resolve()) for sign in "*?[]"):
            raise UserError(f"{place}: a folder's name with one of *?[] is read as a pattern by datasets; rename it")
        builder = builder_of(folder, place, part)
        files: Mapping[str, list[str]] = builder.config.data_files or {}
        if split not in files:
            there = ", ".join(map(str, files))
            raise UserError(f"{place}: no such split; it has {there}: name one as the source's split")
        if not fetched and not says_its_files(folder):
            refuse_unread(folder, {Path(file) for each in files.values() for file in each})
        options = heeded(builder, place)
        if options is None:
            builder.download_and_prepare()
            yield from of_arrow(builder.as_dataset(split=split), name)
            return
    except UserError:
        raise
    except Exception as error:  # the library raises a zoo of exceptions, all of them about this place
        raise UserError(f"{place}: cannot be read: {complaint(error)}") from error
    chosen = {Path(file): f"{fetched or folder}/{relative(Path(file), folder)}" for file in files[split]}
    refuse_fragments(chosen, place)
    for file, called in chosen.items():
        yield from from_file(file, called, **options)


def relative(file: Path, folder: Path) -> str:
    """Return a file's path in its folder."""
    return os.path.relpath(file, folder.resolve())


def builder_of(folder: Path, place: str, part: Mapping[str, str]) -> Any:
    """Return the builder of ``datasets`` for a subset; nothing is prepared."""
    from datasets import get_dataset_config_names, load_dataset_builder

    path = str(folder.resolve())  # a relative folder called "json" would be taken for the builder of that name
    subsets = get_dataset_config_names(path)
    subset = part.get("subset", subsets[0] if len(subsets) == 1 else "default")
    if subset not in subsets:
        raise UserError(f"{place}: no such subset; it has {', '.join(subsets)}: name one as the source's subset")
    return load_dataset_builder(path, subset)


def heeded(builder: Any, place: str) -> dict[str, str] | None:
    """Return the options by which a builder's files are read here; None if ``datasets`` itself has to read them.

    Raises:
        UserError: the data set's card has options that are not heeded here.
    """
    known = READ_HERE.get(type(builder).__module__.rpartition(".")[2])
    if known is None:
        return None
    plain = type(builder.config)()
    changed = {key for key, value in vars(builder.config).items() if value != getattr(plain, key)} - ASIDE
    if other := sorted(changed - set(known)):
        raise UserError(
            f"{place}: its README.md says how its files are to be read ({', '.join(other)}), which is not heeded here; "
            "save it as Parquet or JSON Lines, or give a single file as the path"
        )
    return {ours: str(value) for key, ours in known.items() if (value := getattr(builder.config, key))}


def says_its_files(folder: Path) -> bool:
    """Return whether a folder's card says which files are which split, so that others are left out on purpose."""
    from huggingface_hub import DatasetCard

    if (folder / ".huggingface.yaml").is_file():
        return True
    card = folder / "README.md"
    return card.is_file() and "configs" in DatasetCard.load(card).data.to_dict()


def refuse_unread(folder: Path, known: set[Path]) -> None:
    """Raise UserError if a file of rows in a folder belongs to no split, or would be read besides a copy of it."""
    for place, folders, names in os.walk(folder.resolve(), followlinks=True):
        folders[:] = [each for each in folders if not each.startswith((".", "__"))]
        if divided := next((each for each in folders if "=" in each), None):
            raise UserError(
                f"{folder}: {divided} is a folder named for a value, which no row in it has; write the rows without "
                "partitionBy"
            )
        for name in sorted(names):
            file, rows = Path(place, name), unpacked(name.lower()).endswith(ROWS)
            about = name.startswith((".", "_")) or "dataset_info" in name or name in ("dataset_dict.json", "state.json")
            if rows and not about and file not in known:
                raise UserError(
                    f"{folder}: {relative(file, folder)} belongs to no split; give a single file as the path, or say "
                    "in the folder's README.md which files are which split (configs: data_files)"
                )


def unpacked(name: str) -> str:
    """Return a file's name without the ending of a packing."""
    return next((name.removesuffix(ending) for ending in PACKED if name.endswith(ending)), name)


def refuse_fragments(files: Mapping[Path, str], place: str) -> None:
    """Raise UserError if a file is there twice or unfinished, a shard is missing, or tables have different columns."""
    copies = Counter(unpacked(name) for name in files.values())
    for name in files.values():
        if not unpacked(name.lower()).endswith((*ROWS, *ELSE)) or copies[unpacked(name)] > 1:
            raise UserError(f"{name}: would be read as well; remove the copy, or give a single file as the path")
    shards: dict[str, list[str]] = {}
    for name in files.values():
        if found := SHARD.search(name):
            shards.setdefault(name[: found.start()], []).append(found[2])
    for numbers in shards.values():
        if len(numbers) != int(numbers[0]):
            raise UserError(f"{place}: {len(numbers)} of {int(numbers[0])} shards are there; copy or fetch the others")
    headers = {}
    for file, name in files.items():
        if unpacked(name.lower()).endswith((*TABLES,)):
            with opened(file) as lines:
                headers[name] = lines.readline().strip()
    first = next(iter(headers.values()), None)
    if other := next((name for name, header in headers.items() if header and header != first), None):
        raise UserError(
            f"{other}: its first line names other columns than that of {next(iter(headers))}; give it the same"
        )


def saved(folder: Path, name: str, part: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the rows of a folder that ``save_to_disk`` has written."""
    from datasets import Dataset, load_from_disk

    if "subset" in part:
        raise UserError(f"{name}: a folder of save_to_disk has no subsets; remove subset of the source")
    data: Any = load_from_disk(str(folder.resolve()))
    splits = {str(data.split or "train"): data} if isinstance(data, Dataset) else dict(data)
    split = part.get("split", next(iter(splits)) if len(splits) == 1 else "train")
    if split not in splits:
        raise UserError(
            f"{name} (split {split}): no such split; it has {', '.join(splits)}: name one as the source's split"
        )
    yield from of_arrow(splits[split], name)


def of_arrow(data: Any, name: str) -> Iterator[Entry]:
    """Yield the rows of one of ``datasets``' tables."""
    from mixdistill.data.arrow import Batches

    number, batches = 0, None
    for batch in data.with_format("arrow").iter(batch_size=1000):
        batches = batches or Batches(data.data.schema, name)
        for row in batches.rows(batch):
            number += 1
            yield Entry(f"{name}, row {number}", row)


def complaint(error: BaseException) -> str:
    """Return what a library really complained of: the first cause, in one line."""
    while error.__cause__:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

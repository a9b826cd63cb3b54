"""Rows of a folder: one written by ``save_to_disk`` or Spark, or laid out as data sets of the hub are.

``datasets`` says which files belong to a split, as on the hub; the files are read here, so that numbers keep their
spelling and nothing is written to a cache.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mixdistill.data.files import JSONS, TABLES, Entry, from_batch, from_file
from mixdistill.errors import UserError

READ_HERE = {"json": {"field": "field"}, "csv": {"sep": "delimiter"}, "parquet": {}}
"""Builders of ``datasets`` whose files are read here, with those of their options that are heeded, and our names."""

PACKED = (".zst", ".bz2", ".xz", ".lz4", ".zip")
"""Packings that ``datasets`` unpacks, and nothing here."""
ASIDE = {"name", "version", "data_dir", "data_files", "description"}
"""Options of a builder that say which files are read, not how."""


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
            yield from saved(folder, name, part)
            return
        builder = builder_of(folder, place, part)
        files: Mapping[str, list[str]] = builder.config.data_files or {}
        if split not in files:
            raise UserError(
                f"{place}: no such split; it has {', '.join(map(str, files))}: name one as the source's split"
            )
        if not fetched and not any((folder / card).is_file() for card in ("README.md", ".huggingface.yaml")):
            refuse_unread(folder, {Path(file) for each in files.values() for file in each})
        options = heeded(builder)
        if options is None:
            builder.download_and_prepare()
            yield from of_arrow(builder.as_dataset(split=split), name)
            return
    except UserError:
        raise
    except Exception as error:  # the library raises a zoo of exceptions, all of them about this place
        raise UserError(f"{place}: cannot be read: {complaint(error)}") from error
    for file in map(Path, files[split]):
        called = f"{fetched}/{file.relative_to(folder.resolve())}" if fetched else str(folder / file.name)
        yield from from_file(file, called, **options)


def builder_of(folder: Path, place: str, part: Mapping[str, str]) -> Any:
    """Return the builder of ``datasets`` for a subset; nothing is prepared."""
    from datasets import get_dataset_config_names, load_dataset_builder

    path = str(folder.resolve())  # a relative folder called "json" would be taken for the builder of that name
    subsets = get_dataset_config_names(path)
    subset = part.get("subset", subsets[0] if len(subsets) == 1 else "default")
    if subset not in subsets:
        raise UserError(f"{place}: no such subset; it has {', '.join(subsets)}: name one as the source's subset")
    return load_dataset_builder(path, subset)


def heeded(builder: Any) -> dict[str, str] | None:
    """Return the options by which a builder's files are read here; None if ``datasets`` itself has to read them."""
    known = READ_HERE.get(type(builder).__module__.rpartition(".")[2])
    files = [file for each in (builder.config.data_files or {}).values() for file in each]
    if known is None or any(file.endswith(PACKED) for file in files):
        return None
    plain = type(builder.config)()
    changed = {key for key, value in vars(builder.config).items() if value != getattr(plain, key)} - ASIDE
    if changed - set(known):
        return None
    return {ours: str(value) for key, ours in known.items() if (value := getattr(builder.config, key))}


def refuse_unread(folder: Path, known: set[Path]) -> None:
    """Raise UserError if a file of rows in a folder belongs to no split: it would be left out in silence."""
    endings = (*JSONS, *TABLES, ".parquet")
    for file in sorted(folder.resolve().rglob("*")):
        kind = file.name.lower().removesuffix(".gz")
        hidden = any(each.startswith((".", "_")) for each in file.relative_to(folder.resolve()).parts)
        if kind.endswith(endings) and not hidden and file not in known and "dataset_info" not in kind:
            raise UserError(
                f"{folder}: {file.relative_to(folder.resolve())} belongs to no split; give a single file as the path, "
                "or say in the folder's README.md which files are which split (configs: data_files)"
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
    number = 0
    for batch in data.with_format("arrow").iter(batch_size=1000):
        for row in from_batch(batch):
            number += 1
            yield Entry(f"{name}, row {number}", row)


def complaint(error: BaseException) -> str:
    """Return what a library really complained of: the first cause, in one line."""
    while error.__cause__:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

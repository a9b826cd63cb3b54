"""Rows of a folder: one written by ``save_to_disk`` or Spark, or laid out as data sets of the hub are.

``datasets`` says which files belong to a split, as on the hub; tables and JSON are read here, so that numbers keep
their spelling. What neither would read of a user's folder is named: rows are never left out in silence.
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mixdistill import limits
from mixdistill.data.cards import configurations
from mixdistill.data.files import JSONS, PACKED, TABLES, Entry, explained, from_file, most_of, opened
from mixdistill.data.values import some
from mixdistill.errors import UserError
from mixdistill.inside import files, refuse_outside

READ_HERE: dict[str, dict[str, str]] = {
    "json": {"field": "field"},
    "csv": {"sep": "delimiter", "delimiter": "delimiter"},
    "parquet": {},
    "arrow": {},
}
"""Builders of ``datasets`` whose files are read here, with those of their options that are heeded, and our names."""
ASIDE = {"name", "version", "data_dir", "data_files", "description"}
"""Options of a builder that say which files are read, not how."""
PLAIN = re.compile(r"(?!\.)[\w.,=+ -]{1,255}")
"""A name in a folder, and no way out of it."""
SHARD = re.compile(r"-(\d{5})-of-(\d{5})\b")
ROWS = (*JSONS, *TABLES, ".parquet")
ELSE = (".zst", ".lz4", ".zip")
"""Packings of which whoever reads such a file says that it must be unpacked."""


def from_folder(
    folder: Path, fetched: str, part: Mapping[str, str], wanted: Collection[str] | None = None
) -> Iterator[Entry]:
    """Yield the rows of a split of a data set; a data set's own code is never run.

    Args:
        folder: the folder.
        fetched: repository and commit, if it was fetched from the hub.
        part: ``split``, ``train`` by default, and ``subset``, which is needed only if there are several.
        wanted: columns that are needed, as in ``rows``.

    Raises:
        UserError: there is no such subset or split (names those that there are), a file belongs to none, or the files
            are no data set.
    """
    name, split = fetched or str(folder), part.get("split", "train")
    place = f"{name} (subset {part.get('subset', 'default')}, split {split})"
    for file in files(folder, bool(fetched), name):
        if file.is_symlink() or not file.is_file():
            refuse_outside(file, folder, bool(fetched), name)
    said = configurations(folder, bool(fetched), name)
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        refuse_unread(folder, set(), bool(fetched))
        yield from saved(folder, bool(fetched), name, part, wanted)
        return
    if found := re.search(r"[*?\[\]]|::", str(folder.resolve())):
        signs = "::" if found[0] == "::" else "one of *?[]"
        raise UserError(f"{place}: a folder's name with {signs} is read as a pattern by datasets; rename it")
    try:
        builder = builder_of(folder, place, part)
    except UserError:
        raise
    except Exception as error:  # the library raises a zoo of exceptions, all of them about this place
        raise UserError(f"{place}: cannot be read: {complaint(error)}") from error
    splits: Mapping[str, list[str]] = builder.config.data_files or {}
    for file in {Path(each) for names in splits.values() for each in names}:
        refuse_outside(file, folder, bool(fetched), name)
    if split not in splits:
        raise UserError(f"{place}: no such split; it has {some(splits)}: name one as the source's split")
    if not fetched and not (said or (folder / ".huggingface.yaml").is_file()):
        refuse_unread(folder, {Path(file) for each in splits.values() for file in each}, bool(fetched))
    options = heeded(builder, place)
    chosen = {Path(file): f"{fetched or folder}/{relative(Path(file), folder)}" for file in splits[split]}
    refuse_fragments(chosen, place)
    for file, called in chosen.items():
        refuse_outside(file, folder, bool(fetched), name)  # once more: rows before it may have taken long
        yield from from_file(file, called, wanted, **options)


def relative(file: Path, folder: Path) -> str:
    """Return a file's path in its folder."""
    return os.path.relpath(file, folder.resolve())


def builder_of(folder: Path, place: str, part: Mapping[str, str]) -> Any:
    """Return the builder of ``datasets`` for a subset; nothing is prepared, and nothing of it stays in the cache."""
    from datasets import get_dataset_config_names, load_dataset_builder

    path = str(folder.resolve())  # a relative folder called "json" would be taken for the builder of that name
    subsets = get_dataset_config_names(path)
    subset = part.get("subset", subsets[0] if len(subsets) == 1 else "default")
    if subset not in subsets:
        raise UserError(f"{place}: no such subset; it has {some(subsets)}: name one as the source's subset")
    with TemporaryDirectory() as cache:
        return load_dataset_builder(path, subset, cache_dir=cache)


def heeded(builder: Any, place: str) -> dict[str, str]:
    """Return the options by which a builder's files are read here.

    Raises:
        UserError: they are of a kind that is not read, or the data set's card has options that are not heeded here.
    """
    kind = type(builder).__module__.rpartition(".")[2]
    known = READ_HERE.get(kind)
    if known is None:
        raise UserError(
            f"{place}: datasets takes its files for {kind}, which is not read here; save them as Parquet or JSON "
            "Lines, or give a single file as the path"
        )
    plain = type(builder.config)()
    changed = {key for key, value in vars(builder.config).items() if value != getattr(plain, key)} - ASIDE
    if other := sorted(changed - set(known)):
        raise UserError(
            f"{place}: its README.md says how its files are to be read ({', '.join(other)}), which is not heeded here; "
            "save it as Parquet or JSON Lines, or give a single file as the path"
        )
    return {ours: str(value) for key, ours in known.items() if (value := getattr(builder.config, key))}


def refuse_unread(folder: Path, known: set[Path], fetched: bool) -> None:
    """Raise UserError if a file of rows in a folder belongs to no split, or would be read besides a copy of it."""
    for file in files(folder, fetched, str(folder)):
        inner = Path(relative(file, folder))
        if divided := next((each for each in inner.parts[:-1] if "=" in each), None):
            raise UserError(
                f"{folder}: {divided} is a folder named for a value, which no row in it has; write the rows without "
                "partitionBy"
            )
        name = file.name
        rows = unpacked(name.lower()).endswith(ROWS)
        about = name.startswith((".", "_")) or "dataset_info" in name or name in ("dataset_dict.json", "state.json")
        if rows and not about and file not in known:
            raise UserError(
                f"{folder}: {inner} belongs to no split; give a single file as the path, or say "
                "in the folder's README.md which files are which split (configs: data_files)"
            )


def unpacked(name: str) -> str:
    """Return a file's name without the ending of a packing."""
    return next((name.removesuffix(ending) for ending in PACKED if name.endswith(ending)), name)


def refuse_fragments(files: Mapping[Path, str], place: str) -> None:
    """Raise UserError if a file is there twice or unfinished, a shard is missing, or tables have different columns."""
    copies = Counter(unpacked(name) for name in files.values())
    for name in files.values():
        if not unpacked(name.lower()).endswith((*ROWS, ".arrow", *ELSE)) or copies[unpacked(name)] > 1:
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
            with explained(name, "cannot be read as a table"), opened(file) as lines:
                headers[name] = next(limits.Lines(lines, name, most_of(file)), "").strip()
    first = next(iter(headers.values()), None)
    if other := next((name for name, header in headers.items() if header and header != first), None):
        raise UserError(
            f"{other}: its first line names other columns than that of {next(iter(headers))}; give it the same"
        )


def saved(
    folder: Path, fetched: bool, name: str, part: Mapping[str, str], wanted: Collection[str] | None
) -> Iterator[Entry]:
    """Yield the rows of a folder that ``save_to_disk`` has written; its JSON names the folders and files of splits."""
    if "subset" in part:
        raise UserError(f"{name}: a folder of save_to_disk has no subsets; remove subset of the source")
    if (folder / "dataset_dict.json").is_file():
        about = limits.document(folder / "dataset_dict.json", f"{name}: dataset_dict.json")
        listed = about.get("splits") if isinstance(about, dict) else None
        splits = {each: folder / each for each in plain(listed, f"{name}: dataset_dict.json, splits,")}
    else:
        splits = {str(state_of(folder, name).get("_split") or "train"): folder}
    split = part.get("split", next(iter(splits)) if len(splits) == 1 else "train")
    if split not in splits:
        raise UserError(f"{name} (split {split}): no such split; it has {some(splits)}: name one as the source's split")
    state = state_of(splits[split], name)
    if any(value for key, value in state.items() if "indices" in key and "files" in key):
        raise UserError(f"{name}: an index picks its rows; save it again after flatten_indices()")
    listed = state.get("_data_files")
    if isinstance(listed, list):
        listed = [each.get("filename") if isinstance(each, dict) else each for each in listed]
    for each in plain(listed, f"{name}: state.json, _data_files,"):
        file = splits[split] / each
        refuse_outside(file, folder, fetched, name)
        yield from from_file(file, f"{name}/{relative(file, folder)}", wanted)


def state_of(folder: Path, name: str) -> dict[str, Any]:
    """Return what a saved split's ``state.json`` says."""
    state = limits.document(folder / "state.json", f"{name}: state.json")
    if not isinstance(state, dict):
        raise UserError(f"{name}: state.json holds no object; save it again")
    return state


def plain(names: Any, where: str) -> list[str]:
    """Return names that are of files or folders directly in a folder; raise UserError if one is anything else."""
    if not isinstance(names, list):
        raise UserError(f"{where} is no list of names; save it again")
    for each in names:
        if not isinstance(each, str) or not PLAIN.fullmatch(each):
            raise UserError(f"{where} names {str(each)[:120]!r}, which is no name of a file in it; save it again")
    return names


def complaint(error: BaseException) -> str:
    """Return what a library really complained of: the first cause, in one line."""
    while error.__cause__:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

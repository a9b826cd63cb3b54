"""Rows of data sets as users have them: JSON Lines, Parquet, a folder, or the hub."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mixdistill import hub
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read


def rows(source: Path, part: Mapping[str, str], limit: int | None = None) -> Iterator[Row]:
    """Yield the rows of a file, or of a part of a data set: a folder, or one that was fetched from the hub.

    Args:
        source: the file, the folder, or the data set's manifest.
        part: ``split`` and ``subset`` of a data set; a file has no parts.
        limit: no more rows than this.
    """
    fetched = hub.manifest(source)
    if fetched:
        return islice(from_folder(hub.snapshot(fetched), fetched.name, part), limit)
    return islice(from_folder(source, str(source), part) if source.is_dir() else from_file(source), limit)


def from_file(path: Path) -> Iterator[Row]:
    """Yield the rows of a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file.

    Raises:
        UserError: another ending, or a file that is not what its ending says.
    """
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        yield from read(path)
    elif path.suffix == ".parquet":
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        try:
            for batch in ParquetFile(path).iter_batches():
                yield from batch.to_pylist()
        except (ArrowException, OSError) as error:
            raise UserError(f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    else:
        raise UserError(f"{path}: unknown kind of file; give .jsonl, .jsonl.gz or .parquet")


def from_folder(folder: Path, name: str, part: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a data set in a folder; a data set's own code is never run.

    Raises:
        UserError: there is no such subset or split (names those that there are), or the files are no data set.
    """
    from datasets import get_dataset_config_names, get_dataset_split_names, load_dataset

    place = f"{name} (subset {part.get('subset', 'default')}, split {part['split']})"
    try:
        subsets = get_dataset_config_names(str(folder))
        subset = part.get("subset", subsets[0] if len(subsets) == 1 else "default")
        if subset not in subsets:
            raise UserError(f"{place}: no such subset; it has {', '.join(subsets)}: name one as the source's subset")
        splits = get_dataset_split_names(str(folder), subset)
        if part["split"] not in splits:
            raise UserError(f"{place}: no such split; it has {', '.join(splits)}: name one as the source's split")
        data: Any = load_dataset(str(folder), subset, split=part["split"])
    except UserError:
        raise
    except Exception as error:  # the library raises a zoo of exceptions, all of them about this place
        raise UserError(f"{place}: cannot be read: {str(error).splitlines()[0]}") from error
    yield from data


class Matcher:
    """Finds the problem that a row of another source is about: by id, or by the text up to white space."""

    def __init__(self, problems: Iterable[Row]) -> None:
        """Learn the problems' ids and texts."""
        self.ids: dict[str, str] = {row["id"]: squeezed(row["problem"]) for row in problems}
        self.texts = {text: identity for identity, text in self.ids.items()}

    def match(self, row: Row) -> str | None:
        """The id of a row's problem; None if it is none of ours."""
        own = str(row.get("id", ""))
        return own if own in self.ids else self.texts.get(squeezed(str(row.get("problem", ""))))


def squeezed(text: str) -> str:
    """A text up to white space, by which rows of different sources are matched."""
    return " ".join(text.split())


def renamed(row: Row, fields: Mapping[str, str], wanted: tuple[str, ...], place: str) -> Row:
    """The wanted fields of a row under our names.

    Raises:
        UserError: a required field is missing; names the row, what it has, and the mapping to write.
    """
    found = {}
    for name in wanted:
        theirs = fields.get(name.rstrip("?"), name.rstrip("?"))
        if theirs in row:
            found[name.rstrip("?")] = row[theirs]
        elif not name.endswith("?") or name.rstrip("?") in fields:
            raise UserError(
                f"{place}: no field {theirs!r} (it has {', '.join(row)}); name it: fields: {{{name.rstrip('?')}: ...}}"
            )
    return found

"""Rows of data sets as users have them: JSON Lines, Parquet, or the hub."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mixdistill import hub
from mixdistill.errors import UserError
from mixdistill.jsonl import Row, read


def rows(source: Path, part: Mapping[str, str], limit: int | None = None) -> Iterator[Row]:
    """Yield the rows of a file, or of a part of a data set that was fetched from the hub.

    Args:
        source: the file, or the data set's manifest.
        part: ``split`` and ``subset`` of a data set; a file has no parts.
        limit: no more rows than this.
    """
    fetched = hub.manifest(source)
    return islice(from_hub(fetched, part) if fetched else from_file(source), limit)


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


def from_hub(fetched: hub.Manifest, part: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a fetched data set; a data set's own code is never run."""
    from datasets import load_dataset

    place = f"{fetched.name} (subset {part.get('subset', 'default')}, split {part['split']})"
    folder = str(hub.snapshot(fetched))
    try:
        data: Any = load_dataset(folder, part.get("subset"), split=part["split"])
    except Exception as error:  # the library raises a zoo of exceptions, all of them about this place
        raise UserError(f"{place}: cannot be read: {str(error).splitlines()[0]}") from error
    yield from data


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

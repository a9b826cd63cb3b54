"""The tensors that the safetensors files of a model or adapter hold, told from their headers alone."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import limits
from mixdistill.errors import UserError

SHOWN = 3
"""Tensors that a message names; transformers logs all of them."""

CHUNK = 1 << 24
"""Bytes that are compared at once."""

PLAIN = re.compile(r"(?!\.)[\w.-]+\.safetensors")
"""A file of weights in the folder itself."""

HEADER = 100_000_000
"""Bytes of a header: the limit of the safetensors library itself."""

AGAIN = "fetch or copy it again"

Shape = tuple[int, ...]


class Tensor(NamedTuple):
    """Where a tensor lies."""

    file: Path
    dtype: str
    shape: Shape
    begin: int
    """Of its bytes in the file."""
    end: int


def header(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, by name.

    The file begins with the length of a header, which says where each tensor ends (safetensors, "Format").

    Raises:
        UserError: the file is damaged, or not of this format.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if not 0 < length <= size - 8:
            raise UserError(f"{file}: no safetensors file, or the beginning of one: {AGAIN}")
        if length > HEADER:
            raise UserError(f"{file}: its header has {length:,} bytes, and {HEADER:,} are the limit: {AGAIN}")
        try:
            entries = json.loads(opened.read(length))
            entries.pop("__metadata__", None)
            found = {
                name: Tensor(file, entry["dtype"], tuple(entry["shape"]), *(8 + length + at for at in (begin, end)))
                for name, entry in entries.items()
                for begin, end in [entry["data_offsets"]]
            }
            if not all(isinstance(each, int) and each >= 0 for tensor in found.values() for each in numbers(tensor)):
                raise ValueError("no number of bytes")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UserError(f"{file}: its header is damaged: {AGAIN}") from error
    whole = max((tensor.end for tensor in found.values()), default=8 + length)
    if size != whole:
        raise UserError(f"{file}: {size} bytes where {whole} are needed: torn, {AGAIN}")
    return found


def numbers(tensor: Tensor) -> list[Any]:
    """Return all that should be a number in what a header says of a tensor."""
    return [*tensor.shape, tensor.begin, tensor.end]


def of_model(folder: Path) -> dict[str, Tensor]:
    """Return the tensors of a model: of ``model.safetensors``, or of the files that the index names.

    Raises:
        UserError: a file is damaged, or the index is not about the files that there are.
    """
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if whole.is_file():
        return header(whole)
    if not index.is_file():
        raise UserError(f"{folder}: weights in parts without {index.name}: {AGAIN}")
    try:
        named = limits.document(index, str(index), limits.TOKENIZER)["weight_map"]
        for file in {*named.values()}:
            if not isinstance(file, str) or not PLAIN.fullmatch(file):
                raise UserError(f"{index}: names {str(file)[:120]!r}, no file of weights in its folder: {AGAIN}")
        places = {str(tensor): folder / file for tensor, file in named.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{index}: no weight_map (tensor to file): {AGAIN}") from error
    found: dict[str, Tensor] = {}
    for file in sorted({*places.values()}):
        if not file.is_file():
            raise UserError(f"{index}: names {file.name}, which is not there: {AGAIN}")
        tensors = header(file)
        if twice := tensors.keys() & found.keys():
            other = found[min(twice)].file.name
            raise UserError(f"{index}: {listed(twice)} in both {other} and {file.name}: {AGAIN}")
        found |= tensors
    astray = [name for name, file in places.items() if name not in found or found[name].file != file]
    if astray:
        raise UserError(f"{index}: {listed(astray)} not in {places[min(astray)].name}, where they should be: {AGAIN}")
    return found


def same_content(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors are equal."""
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    with one.file.open("rb") as first, other.file.open("rb") as second:
        first.seek(one.begin)
        second.seek(other.begin)
        left = one.end - one.begin
        while left > 0:
            size = min(left, CHUNK)
            if first.read(size) != second.read(size):
                return False
            left -= size
    return True


def without_content(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return tensors of the same shapes on the device ``meta``."""
    import torch

    return {name: torch.empty(tensor.shape, device="meta") for name, tensor in tensors.items()}


def listed(keys: Iterable[str]) -> str:
    """Return the first of some tensors, and how many there are."""
    ordered = sorted(keys)
    more = [f"... ({len(ordered)} in all)"] if len(ordered) > SHOWN else []
    return ", ".join([*ordered[:SHOWN], *more])


def in_line(error: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split())[:300]

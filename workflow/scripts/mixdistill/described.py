"""What a model's config.json may say of it, so that a few bytes are no model that takes hours or fills the memory."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mixdistill.errors import UserError
from mixdistill.limits import in_units
from mixdistill.tensors import Tensor

if TYPE_CHECKING:
    from transformers import PretrainedConfig

COUNTS = re.compile(r"layers?|blocks?|depths?|stages?|experts?", re.IGNORECASE)
"""In the name of a setting: it counts parts of a model, each of which has tensors, alone or as a row of one."""
WIDTHS = re.compile(r"size|dim|vocab|width|input|intermediate|capacity|multiple", re.IGNORECASE)
"""In such a name: it is no count, as in ``block_ff_dim`` and ``shared_expert_intermediate_size``."""
PARTS = 1_024
"""Parts that a model may have whatever its tensors: models that stack their experts have few tensors."""
PER_TENSOR = 4
"""Parts that it may have for each tensor."""
PACKED = 8
"""Numbers that a byte may hold: quantised models have down to one bit for each."""
UNSTORED = 256 * 2**20
"""Bytes of a model that need not be in its files, such as tables of positions; or as many as the files have."""

REPEATS = re.compile(r"[*+{]")
"""In a text: it may be a pattern that takes long."""

ATTENTION = (None, "eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")
EXPERTS = (None, "eager", "batched_mm", "grouped_mm")
"""Implementations that are in the installed packages; other names are repositories of code."""


def require_parts(name: str, described: Any, tensors: Mapping[str, Tensor]) -> None:
    """Require that a config.json tells of no more layers or experts than a model of these tensors can have.

    Raises:
        UserError: it does.
    """
    most = max(PARTS, PER_TENSOR * len(tensors))
    layers = len({number for key in tensors for number in re.findall(r"\.(\d+)\.", key)})
    for key, value in settings(described):
        number = len(value) if isinstance(value, list) else value
        if isinstance(number, int) and number > most and COUNTS.search(key) and not WIDTHS.search(key):
            said = f"a list of {number:,} under {key}" if isinstance(value, list) else f"{key}: {number:,}"
            raise UserError(
                f"{name}: its config.json says {said}, but its {len(tensors)} tensors have {layers} different numbers "
                "of layers or experts in their names: give the config.json that belongs to them"
            )


def settings(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is set in a configuration at whatever depth, by name."""
    yield key, value
    if isinstance(value, dict):
        yield from ((key, each) for each in value)
    if isinstance(value, dict | list):
        for inner, each in value.items() if isinstance(value, dict) else ((key, each) for each in value):
            yield from settings(each, inner)


def require_installed(name: str, config: "PretrainedConfig") -> None:
    """Require that a configuration names implementations that are installed, and none that would be fetched and run.

    Raises:
        UserError: it names another.
    """
    for what, known in (("attn_implementation", ATTENTION), ("experts_implementation", EXPERTS)):
        given = getattr(config, f"_{what}", None)
        if given not in known:
            names = ", ".join(filter(None, known))
            raise UserError(f"{name}: {what} in its config.json is {str(given)[:120]!r}; leave it out, or give {names}")
    for inner in config.sub_configs:
        if (sub := getattr(config, inner, None)) is not None:
            require_installed(name, sub)


def try_patterns(described: Any, names: Collection[str]) -> None:
    """Look for all patterns of a setting in all names, as libraries will that are told which modules are quantised.

    That may take for ever: it is done in a process with limits before it is done anywhere else.
    """
    for _, text in settings(described):
        if isinstance(text, str) and REPEATS.search(text):
            with suppress(re.error):
                pattern = re.compile(text.removeprefix("re:"))
                for name in names:
                    pattern.match(name), pattern.fullmatch(name), pattern.search(name)


def require_room(name: str, model: Any, tensors: Mapping[str, Tensor]) -> None:
    """Require that a model without content is no larger than its files allow.

    Args:
        name: how messages call it.
        model: on the device ``meta``.
        tensors: in its files.

    Raises:
        UserError: it has more parameters than they can hold, or tables of its own that are larger than they are.
    """
    stored = sum(tensor.end - tensor.begin for tensor in tensors.values())
    parameters = sum(one.numel() for one in model.parameters())
    if parameters > PACKED * stored:
        raise UserError(
            f"{name}: its config.json is of a model of {parameters:,} parameters, and its weights are {stored:,} "
            "bytes: give the config.json that belongs to them"
        )
    require_tables(name, tables(model), stored)


def tables(model: Any) -> int:
    """Return the bytes of a model that are no parameters, such as tables of positions."""
    return sum(one.numel() * one.element_size() for one in model.buffers())


def require_tables(name: str, size: int, stored: int = 0) -> None:
    """Require that a model makes no larger tables than its files are, or than real ones do.

    Raises:
        UserError: it does.
    """
    if size > max(UNSTORED, stored):
        raise UserError(
            f"{name}: as it is described, it makes tables of {in_units(size)} bytes beside its weights, and "
            f"{in_units(max(UNSTORED, stored))} are the limit: lower what counts positions or ranks in its description"
        )

"""What the files about a data set say of it, looked at before ``datasets`` heeds it: it leads nowhere else.

``datasets`` resolves the patterns of a card when it makes a builder, and goes to the network for some of them.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from mixdistill import limits
from mixdistill.errors import UserError
from mixdistill.inside import refuse_outside, refuse_place, texts

CARDS = ("README.md", ".huggingface.yaml")
ABOUT = (*CARDS, "dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json")
"""Files about a data set that ``datasets`` reads."""
PLACES = ("data_files", "data_dir")
"""Keys of a subset in a card under which files are named."""
NUMBER = re.compile(r"[-+0-9_:.xa-fA-FoE]+")
"""What YAML may take for a number, also one of base 60, which takes long to read."""
HEEDED = {"default", "description", "field", "sep", "delimiter", "features", "drop_labels"}
"""Other keys of a subset, which name no files; its name and version name a folder of the cache of ``datasets``."""


def configurations(folder: Path, fetched: bool, name: str) -> list[dict[str, Any]]:
    """Return what a folder's cards say of its subsets, in which all places are in the folder.

    Raises:
        UserError: a place is not, a card cannot be read, or a file about the set is too large or not really there.
    """
    for file in map(folder.joinpath, ABOUT):
        if file.is_symlink() or file.exists():
            refuse_outside(file, folder, fetched, name)
            if file.stat().st_size > limits.ABOUT:
                raise UserError(f"{name}: {file.name} has more than {limits.in_units(limits.ABOUT)} bytes, the limit")
    found: list[dict[str, Any]] = []
    for file in map(folder.joinpath, CARDS):
        if file.is_file():
            said = loaded(yaml_of(file, name), f"{name}: {file.name}").get("configs") or []
            if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
                raise UserError(f"{name}: {file.name}: configs is no list of subsets; mend it, or remove it")
            found += said
    for each in found:
        if not isinstance(each.get("config_name", ""), str):
            raise UserError(f"{name}: config_name {each['config_name']!r} in its card is no text; quote it there")
        refuse_keys(each, name)
        for key in PLACES:
            for place in texts(each.get(key), but="split"):
                refuse_place(place, f"{name}: {key} of the subset {str(each.get('config_name'))[:60]!r}, in its card,")
    return found


def refuse_keys(subset: dict[str, Any], name: str) -> None:
    """Raise UserError if a subset has options that may name files, or that nobody here knows.

    ``datasets`` gives them to whatever reads the files; those that are not heeded here are refused later, by name.
    """
    for key, value in subset.items():
        if key not in (*PLACES, *HEEDED):
            for text in texts(value, but="split"):
                refuse_place(text, f"{name}: {str(key)[:60]!r} in its card")


def yaml_of(file: Path, name: str) -> str:
    """Return the YAML of a card: all of it, or what stands on top of Markdown, between lines of three dashes."""
    try:
        text = limits.content(file, f"{name}: {file.name}").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: {file.name}: {error}; save it as UTF-8") from error
    if file.suffix == ".md":
        from huggingface_hub.repocard import REGEX_YAML_BLOCK

        block = REGEX_YAML_BLOCK.search(text)
        text = block[2] if block else ""
    if len(text) > limits.CARD:
        raise UserError(
            f"{name}: the YAML of its {file.name} has more than {limits.in_units(limits.CARD)} characters, which is "
            "the limit; give single files as paths"
        )
    return text


def loaded(text: str, name: str) -> dict[str, Any]:
    """Return what YAML says, of plain types only; aliases are counted as often as they are written out.

    Raises:
        UserError: it is no YAML, no object, or too large or deep with its aliases written out.
    """
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        node = loader.get_single_node()
        if node is not None:
            measured(node, {}, limits.DEPTH)
        said = loader.construct_document(node) if node is not None else None
    except (TypeError, AttributeError) as error:
        raise UserError(f"{name}: its YAML cannot be read: a value is not of the type that its !! names") from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise UserError(f"{name}: its YAML cannot be read: {' '.join(str(error).split())[:200]}") from error
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise UserError(f"{name}: its YAML is no object of keys; mend it, or remove it")
    return said


def measured(node: yaml.Node, known: dict[int, int], left: int) -> int:
    """Return how many values a node has, aliases written out.

    Raises:
        ValueError: more than it may, or it is in itself, or nested too deeply.
    """
    if id(node) in known:
        if known[id(node)] < 0:
            raise ValueError("an alias in itself")
        return known[id(node)]
    if not left:
        raise ValueError(f"nested more than {limits.DEPTH} times")
    if isinstance(node, yaml.ScalarNode) and len(node.value) > 100 and NUMBER.fullmatch(node.value):
        raise ValueError("a number of more than 100 characters")
    known[id(node)] = -1
    inner = node.value if isinstance(node, yaml.SequenceNode | yaml.MappingNode) else []
    total = 1
    for each in inner:
        pair = each if isinstance(each, tuple) else (each,)
        total += sum(measured(one, known, left - 1) for one in pair)
        if total > limits.CARD_VALUES:
            raise ValueError(f"more than {limits.CARD_VALUES:,} values, with its aliases written out")
    known[id(node)] = total
    return total

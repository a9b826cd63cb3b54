"""Check ``--configfile`` and ``--config`` before Snakemake reads them: it ends in a trace, or in silence."""

import argparse
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from mixdistill.config.files import LOADER, parsed
from mixdistill.config.limits import check_yaml
from mixdistill.config.nearest import shown
from mixdistill.errors import UserError
from mixdistill.terminal import visible

BEFORE = "write targets before --configfile"
KEY = re.compile(r"[a-zA-Z_][\w-]*\w")
"""What Snakemake takes for a key."""


def check(arguments: list[str]) -> None:
    """End with a line for each fault of a command line; called by ``profiles/default``, which Snakemake reads first."""
    read_as_data()
    found = list(faults(arguments))
    if found:
        sys.exit("\n".join(f"error: {visible(line)}" for line in found))


def read_as_data() -> None:
    """Have Snakemake read config files by ``parsed``: its own reader runs the code of a template.

    So nothing depends on whether two readers take a file for the same, or on whether it is replaced in between.
    """
    from snakemake.common import configfile  # type: ignore[import-untyped]
    from snakemake_interface_common.exceptions import WorkflowError

    def load(path: str | Path, filetype: str = "Config") -> dict[str, Any]:
        try:
            return parsed(Path(path))
        except UserError as error:
            raise WorkflowError(str(error)) from None

    configfile._load_configfile = load


def faults(arguments: list[str]) -> Iterator[str]:
    """Yield what is wrong with the config files, the values and the working directory of a command line."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    options.add_argument("--configfile", "--configfiles", dest="files", nargs="+", action="append", default=[])
    options.add_argument("--config", "-C", dest="values", nargs="*", action="append", default=[])
    options.add_argument("--directory", "-d", type=Path, default=Path())
    end = arguments.index("--") if "--" in arguments else len(arguments)
    try:
        given, _ = options.parse_known_args(arguments[:end])
    except argparse.ArgumentError:
        return  # Snakemake's own parser says so
    yield from unwritable(given.directory)
    for option, values in (("--configfile", given.files), ("--config", given.values)):
        if len(values) > 1:
            once = " ".join(value for one in values for value in one)
            yield f"{option} stands {len(values)} times, and only the last would count: write {option} {once}"
    seen: set[Path] = set()
    for name in given.files[-1] if given.files else ():
        path = Path(name)
        yield from [f"{name}: stands twice after --configfile"] if path.resolve() in seen else wrong_file(path)
        seen.add(path.resolve())
    entries = given.values[-1] if given.values else []
    keys = Counter(entry.partition("=")[0] for entry in entries)
    yield from (f"--config {key}: stands {number} times, give it once" for key, number in keys.items() if number > 1)
    for entry in entries:
        yield from wrong_value(entry)


def unwritable(folder: Path) -> Iterator[str]:
    """Yield why Snakemake cannot keep its notes in the working directory."""
    notes = folder / ".snakemake"
    place = notes if notes.exists() else folder
    results = folder / "results"
    if results.exists() and not results.is_dir():
        yield f"{results.resolve()}: a file where the folder of results belongs; move it, or --directory"
    if place.exists() and not os.access(place, os.W_OK):
        yield f"{place.resolve()}: may not be written, and Snakemake keeps its notes there; change that, or --directory"


def wrong_file(path: Path) -> Iterator[str]:
    """Yield why something after ``--configfile`` is no config file."""
    if path.parts[:1] == ("results",) and path.suffix not in (".yaml", ".yml"):
        yield f"{path}: a target, and taken for a config file like all that follows --configfile: {BEFORE}"
    elif path.is_dir():
        yield f"{path}: a folder where a config file belongs"
    elif not path.exists():
        target = f"; if it is a target: {BEFORE}" if len(path.parts) == 1 and not path.suffix else ""
        yield f"{path}: no such config file, seen from {Path.cwd()}{likely(path)}{target}"
    elif not path.is_file():
        yield f"{path}: a pipe or the like, and a config file is read more than once: save it as a file"
    else:
        try:
            parsed(path)
        except UserError as error:
            yield f"{error}"


def likely(path: Path) -> str:
    """Suggest the YAML file beside a path whose name is most like it."""
    there = [one.stem for one in path.parent.glob("*.yaml")]
    near = get_close_matches(path.stem, there, n=1, cutoff=0.5)
    return f"; did you mean {str(path.with_name(near[0] + '.yaml'))!r}?" if near else ""


def wrong_value(entry: str) -> Iterator[str]:
    """Yield why something after ``--config`` is no key and value."""
    key, equals, value = entry.partition("=")
    if not equals:
        yield (
            f"--config {entry}: no key=value; quote a value that has blanks, --config 'sft={{max_length: 64}}', "
            "and write targets before --config"
        )
    elif "." in key:
        first, *inner = key.split(".")
        nested = "".join(f"{{{name}: " for name in inner) + value + "}" * len(inner)
        yield f"--config {entry}: dots do not nest; write --config '{first}={nested}'"
    elif not KEY.fullmatch(key):
        yield f"--config {entry}: an experiment file has no key {key!r}"
    elif endless(value):
        yield f"--config {key}: read as a number without end (got {shown(value)}); for text, quotes: '{key}=\"...\"'"


def endless(value: str) -> bool:
    """Tell whether Snakemake takes a value for a number that is infinite or none at all; of many digits, too."""
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return False


def unknown_target(message: str, known: Iterable[str]) -> str:
    """Return the line for a target that no rule makes, with the known target that is most like it.

    Args:
        message: Snakemake's, "No rule to produce TARGET (if you use input functions ...)".
        known: targets that there are.
    """
    target = message.removeprefix("No rule to produce ").partition(" (if you use")[0].strip()
    near = get_close_matches(target, list(known), n=1, cutoff=0.5)
    return visible(f"error: {target}: no rule makes this target" + (f"; did you mean {near[0]!r}?" if near else ""))


def typed(entries: Iterable[str]) -> dict[str, Any]:
    """Return what ``--config`` gives in brackets, or as null, as a file would have it: Snakemake makes all of it text.

    Raises:
        UserError: a bracket is not closed, or the like.
    """
    found = {}
    for entry in entries:
        key, _, value = entry.partition("=")
        if value.startswith(("{", "[")) or value in ("null", "~"):
            try:
                check_yaml(value, Path(f"--config {key}"), LOADER)
                found[key] = yaml.safe_load(value)
            except yaml.YAMLError as error:
                reason = " ".join(str(getattr(error, "problem", error)).split())
                raise UserError(f"--config {entry}: not YAML: {reason}") from None
    return found

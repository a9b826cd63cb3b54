"""Every fault of an experiment file at once: key, value, reason and, where there is one, the nearest valid name."""

import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from mixdistill.config.contradictions import contradictions
from mixdistill.config.duplicates import repeated
from mixdistill.config.engine_arguments import wrong_engines
from mixdistill.config.nearest import nearest, shown
from mixdistill.config.references import unresolved
from mixdistill.config.schema import Experiment
from mixdistill.config.sft_arguments import wrong_arguments
from mixdistill.errors import UserError
from mixdistill.plan import Plan


class Fault(NamedTuple):
    """One thing that is wrong with one key."""

    key: str
    reason: str
    file: str = ""
    """Where it stands, if that is known."""


def experiment(raw: Mapping[str, Any], origin: str, files: Iterable[Path] = ()) -> Experiment:
    """Parse an experiment's content.

    Args:
        raw: the content, as read from YAML and changed by ``--config``.
        origin: what to call the source in messages.
        files: the YAML files it was read from, to look for keys that stand twice; of several, each changes the ones
            before it.

    Raises:
        UserError: with one line per fault, all of them, each beginning with ``origin``, or of several files with the
            one that has the key.
    """
    faults = []
    parsed = None
    try:
        parsed = Experiment.model_validate(raw)
    except ValidationError as error:
        faults = [in_plain_words(item) for item in error.errors()]
    known = {fault.key for fault in faults}
    paths = list(files)
    twice = [Fault(*found, str(path)) for path in paths for found in repeated(path)]
    found = (*unresolved(raw), *contradictions(raw), *wrong_arguments(raw), *wrong_engines(raw))
    faults += [fault for fault in (*twice, *(Fault(*one) for one in found)) if fault.key not in known]
    if parsed and not faults:
        faults = [Fault(*found) for found in Plan(parsed).unprovided()]
    if faults or parsed is None:
        contents = {str(path): yaml.safe_load(path.read_bytes()) for path in paths} if len(paths) > 1 else {}
        lines = [f"{file or holder(key, contents) or origin}: {key}: {reason}" for key, reason, file in faults]
        raise UserError("\n".join(dict.fromkeys(lines)))
    return parsed


def holder(key: str, contents: dict[str, Any]) -> str:
    """The file that has most of a dotted key, the last of several: its values count."""
    return max(reversed(contents), key=lambda file: depth(key, contents[file]), default="")


def depth(key: str, content: Any) -> int:
    """How much of a dotted key is in a file's content, in letters; names may hold dots themselves."""
    inner = content.items() if isinstance(content, Mapping) else enumerate(content) if isinstance(content, list) else ()
    found = ((str(name), value) for name, value in inner if f"{key}.".startswith(f"{name}."))
    return max((len(name) + depth(key[len(name) + 1 :], value) for name, value in found), default=0)


def in_plain_words(item: Any) -> Fault:
    """Turn one of pydantic's errors into a key and a reason."""
    keys, section = walked(item["loc"])
    kind, given = item["type"], shown(item["input"])
    match kind:
        case "extra_forbidden":
            reason = f"unknown key (got {given})" + nearest(keys[-1], section)
        case "missing":
            reason = "missing: this key is required"
        case "literal_error" | "union_tag_invalid":
            valid = item["ctx"].get("expected") or item["ctx"]["expected_tags"]
            names = [name.strip(" '") for name in valid.replace(" or ", ",").split(",")]
            value = item["ctx"].get("tag", item["input"])
            keys += ["kind"] if kind == "union_tag_invalid" else []
            reason = f"must be {valid} (got {shown(value)})" + nearest(str(value), names)
        case "union_tag_not_found":
            keys.append("kind")
            reason = "missing: this key is required"
        case "string_pattern_mismatch":
            reason = PATTERNS.get(keys[-1], "letters, digits, dot, dash and underscore only")
            reason += "" if keys[-1] in UNTOLD else f" (got {given})"
        case _:
            reason = f"{item['msg'].removeprefix('Value error, ')} (got {given})"
    return Fault(".".join(keys) or "file", reason)


PATTERNS = {
    "hub": "must be owner/name",
    "revision": "must be a commit of 40 hex digits, or unpinned: a branch name would change under you",
    "url": "must be an address like https://api.example.com/v1, without user, query or fragment",
    "key": "must be the name of an environment variable, in capitals, and never the key itself",
}

UNTOLD = {"key", "url"}
"""Keys whose value is not repeated when it is wrong: it may be a secret."""


def walked(location: tuple[int | str, ...]) -> tuple[list[str], list[str]]:
    """Follow a location through the schema: the keys as the user wrote them, and the valid keys of the last section.

    A discriminated union adds its tag to pydantic's location, and a dictionary's key ``[key]``: no user wrote these.
    """
    keys: list[str] = []
    here: Any = Experiment
    section: list[str] = []
    for step in location:
        here = bare(here)
        if step == "[key]":
            continue
        if get_origin(here) in (Union, types.UnionType):
            here = next(model for model in get_args(here) if tag(model) == step)
            continue
        keys.append(str(step))
        if isinstance(here, type) and issubclass(here, BaseModel):
            section = list(here.model_fields)
            field = here.model_fields.get(str(step))
            here = field.annotation if field else None
        else:
            here = (get_args(here) or (None,))[-1]
    return keys, section


def bare(annotation: Any) -> Any:
    """An annotation without ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [item for item in get_args(annotation) if item is not type(None)]
        if len(rest) == 1:
            return bare(rest[0])
    return annotation


def tag(model: Any) -> str | None:
    """The ``kind`` of a table or figure."""
    kind = getattr(model, "model_fields", {}).get("kind")
    return str(get_args(kind.annotation)[0]) if kind else None

"""Pydantic's errors in plain words: what must stand under a key, what stood there, and what to write."""

import json
import re
import types
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from mixdistill.config.nearest import nearest, shown
from mixdistill.config.schema import Experiment
from mixdistill.config.secrets import is_secret
from mixdistill.terminal import visible


class Fault(NamedTuple):
    """One thing that is wrong with one key."""

    key: str
    reason: str
    file: str = ""
    """Where it stands, if that is known."""


MUST_BE = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a section with names",
    "model": "a section with keys",
}
"""How pydantic's names of wrong types begin, and what should stand there."""

BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

FACTORS = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
"""Letters after a number that stand for zeros."""


def in_plain_words(item: Any) -> Fault:
    """Turn one of pydantic's errors into a key and a reason."""
    keys, section, branches = walked(item["loc"])
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    is_name = item["loc"][-1] == "[key]"
    if any(map(is_secret, keys)) and not is_name:
        return Fault(".".join(map(visible, keys)), untold(kind, keys[-1], section))
    given = shown(value)
    if is_name:
        keys[-1] = str(value)
    match kind:
        case "extra_forbidden":
            reason = f"unknown key (got {given})" + nearest(keys[-1], section)
        case "missing":
            reason = "missing: this key is required"
        case "literal_error" | "union_tag_invalid":
            valid = context.get("expected") or context["expected_tags"]
            names = [name.strip(" '") for name in valid.replace(" or ", ",").split(",")]
            value = context.get("tag", value)
            keys += ["kind"] if kind == "union_tag_invalid" else []
            reason = f"must be {valid} (got {shown(value)})" + nearest(str(value), names)
        case "union_tag_not_found":
            keys.append("kind")
            reason = "missing: this key is required"
        case "string_pattern_mismatch":
            named = keys[-2] if len(keys) > 1 and keys[-1].isdigit() and not is_name else keys[-1]
            reason = PATTERNS.get(named, "letters, digits, dot, dash and underscore only")
            reason += "" if keys[-1] in UNTOLD else f" (got {given})"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            words, bound = BOUNDS[kind]
            reason = f"must be {words} {context[bound]:.12g} (got {given})"
        case "too_short" | "too_long":
            bound, number = ("least", context["min_length"]) if kind == "too_short" else ("most", context["max_length"])
            reason = f"must have at {bound} {number} {'entry' if number == 1 else 'entries'} (got {given})"
        case "string_too_short":
            reason = f"must not be empty (got {given})"
        case "string_too_long":
            reason = f"must have at most {context['max_length']} characters, has {len(value)} (got {given})"
        case "value_error":
            reason = f"{item['msg'].removeprefix('Value error, ')} (got {given})"
        case "recursion_loop":
            reason = "contains itself, by an alias"
        case "invalid_key":
            keys.append(str(value))
            reason = "unknown key: it is not even text"
        case _ if branches:
            reason = (
                "must be "
                + " or ".join(("a list of text" if "list" in one else "text") for one in branches)
                + f" (got {given})"
            )
        case _:
            reason = wrong_type(kind, keys, value, context, is_name)
    return Fault(".".join(map(visible, keys)) or "file", reason)


def untold(kind: str, name: str, section: list[str]) -> str:
    """Say what is wrong with a value that may be a secret, without the value."""
    if kind == "extra_forbidden":
        return f"unknown key (its value may be a secret, which no experiment holds){nearest(name, section)}"
    if kind == "missing":
        return "missing: this key is required"
    return PATTERNS.get(name, "is wrong, and not repeated, since it may be a secret, which no experiment holds")


def wrong_type(kind: str, keys: list[str], value: Any, context: dict[str, Any], is_name: bool) -> str:
    """Say what must stand under a key that has a value of another type, and what to write if that is clear."""
    first = kind.partition("_")[0]
    must = MUST_BE.get(first, "another value")
    if is_name:
        return f"a name must be text (got {shown(value)}): write it in quotes"
    if value is None:
        return f"is empty, and must be {must}"
    hint = ""
    if first in ("int", "float") and isinstance(value, str):
        hint = as_number(value, whole=first == "int")
    elif first == "list" and not isinstance(value, dict):
        hint = f"{keys[-1]}: {in_yaml([value])}"
    elif first == "string" and isinstance(value, dict):
        return f"must be text (got {shown(value)}): text that begins with a brace needs quotes"
    elif first == "string" and not isinstance(value, list):
        hint = f"it in quotes{'; yes, no, on and off are not text' if isinstance(value, bool) else ''}"
    elif str(context.get("class_name")).endswith("Source") and isinstance(value, str):
        hint = in_yaml({"path": value}) + ", or with hub and revision"
    return f"must be {must} (got {shown(value)}){': write ' if hint else ''}{hint}"


def as_number(text: str, whole: bool) -> str:
    """Return the number that a text like 135M, 1,319 or 1e3 means, as YAML has it; empty if it is none."""
    plain = re.sub(r"(?<=\d)[,_ ](?=\d{3}(?!\d))", "", text.strip())
    found = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?) ?([kmbgt]?)", plain, re.IGNORECASE)
    try:
        number = float(found[1]) * FACTORS.get(found[2].lower(), 1.0) if found else None
    except ValueError:
        return ""
    if number is None or (whole and not number.is_integer()):
        return ""
    if whole or number < 1e6:
        return f"{number:.12g}"
    digits, _, exponent = f"{number:.11e}".partition("e")
    digits = digits.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}e+{int(exponent)}"


def in_yaml(value: Any) -> str:
    """A value as one line of YAML, short enough for a message."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True).strip()
    text = text if text.isprintable() else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


PATTERNS = {
    "tasks": "must be a task of lm-evaluation-harness: letters, digits and _.:+=@- only, the first no dot or dash",
    "revision": "must be a commit of 40 hex digits, or unpinned: a branch name would change under you",
    "url": "must be an address like https://api.example.com/v1, without user, query or fragment",
    "key": "must be the name of an environment variable, in capitals, and never the key itself",
}

UNTOLD = {"key", "url"}
"""Keys whose value is not repeated when it is wrong: it may be a secret."""


def walked(location: tuple[int | str, ...]) -> tuple[list[str], list[str], list[str]]:
    """Follow a location through the schema.

    A union adds its tag or type to pydantic's location, and a dictionary's key ``[key]``: no user wrote these.

    Returns:
        The keys as the user wrote them, the valid keys of the last section, and the types that a value of several may
        have.
    """
    keys: list[str] = []
    here: Any = Experiment
    section: list[str] = []
    for step in location:
        here = bare(here)
        if step == "[key]":
            continue
        if get_origin(here) in (Union, types.UnionType):
            tagged = next((model for model in get_args(here) if tag(model) == step), None)
            if tagged is None:
                return keys, section, [str(bare(one)) for one in get_args(here) if one is not type(None)]
            here = tagged
            continue
        keys.append(str(step))
        if isinstance(here, type) and issubclass(here, BaseModel):
            section = list(here.model_fields)
            field = here.model_fields.get(str(step))
            here = field.annotation if field else None
        else:
            here = (get_args(here) or (None,))[-1]
    return keys, section, []


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

"""Every fault of an experiment file at once: key, value, reason and, where there is one, the nearest valid name."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mixdistill.config.contradictions import contradictions
from mixdistill.config.duplicates import doubled, repeated
from mixdistill.config.engine_arguments import wrong_engines
from mixdistill.config.files import parsed as content_of
from mixdistill.config.limits import check_content, of_other_kinds, too_large
from mixdistill.config.paths import unreadable
from mixdistill.config.plain_words import Fault, in_plain_words
from mixdistill.config.references import Found, Keys, unresolved
from mixdistill.config.schema import Experiment
from mixdistill.config.sft_arguments import wrong_arguments
from mixdistill.config.size import too_much
from mixdistill.config.text import secret, unmeant
from mixdistill.errors import UserError
from mixdistill.plan import Plan
from mixdistill.terminal import visible

MOST = 100
"""Faults that are said at once."""

LONGEST = 1_500
"""Characters of a line."""

CHECKS = (unresolved, unreadable, contradictions, doubled, wrong_arguments, wrong_engines, too_large)
"""What is looked for in the file as written, beside what the schema says."""


def experiment(
    raw: Mapping[str, Any], origin: str, files: Iterable[Path] = (), given: Mapping[str, Any] | None = None
) -> Experiment:
    """Parse an experiment's content.

    Args:
        raw: the content, as read from YAML and changed by ``--config``.
        origin: what to call the source in messages.
        files: the YAML files it was read from, to look for keys that stand twice; of several, each changes the ones
            before it.
        given: the content of ``--config``, which is part of ``raw``.

    Raises:
        UserError: with one line per fault, all of them, each beginning with ``origin``, or of several sources with the
            one that has the key.
    """
    paths = list(files)
    contents = {str(path): content_of(path) for path in paths} | ({"--config": given} if given else {})
    check_content(raw, Path(origin))
    if strange := list(islice(of_other_kinds(raw), MOST)):
        raise UserError(*(f"{holder(key, contents) or origin}: {key}: {reason}" for key, reason in strange))
    if strange := list(islice(secret(raw), MOST)):
        raise UserError(
            *dict.fromkeys(f"{holder(key, contents) or origin}: {key}: {reason}" for key, reason in strange)
        )
    faults = [Fault(*found) for found in islice(unmeant(raw), MOST)]
    faults += [Fault(*found, str(path)) for path in paths for found in islice(repeated(path), MOST)]
    parsed = None
    try:
        parsed = Experiment.model_validate(raw)
    except ValidationError as error:
        faults += unnamed(faults, map(in_plain_words, error.errors(include_url=False)[:MOST]))
    for check in CHECKS:
        faults += unnamed(faults, (Fault(*one) for one in islice(check(raw), MOST)))
    if parsed:
        faults += unnamed(faults, (Fault(*one) for one in islice(taken_for_numbers(raw, parsed.model_dump()), MOST)))
    if parsed and not faults:
        faults = [Fault(*found) for found in too_much(parsed)]
    if parsed and not faults:
        faults = [Fault(*found) for found in islice(Plan(parsed).unprovided(), MOST)]
    if faults or parsed is None:
        said = ((file or holder(key, contents) or origin, key[:300], reason) for key, reason, file in faults[:MOST])
        lines = [visible(": ".join(parts))[:LONGEST] for parts in said]
        more = [f"{origin}: and more: these are the first {MOST}"] if len(faults) > MOST else []
        raise UserError(*dict.fromkeys([*lines, *more]))
    return parsed


def unnamed(faults: list[Fault], more: Iterable[Fault]) -> list[Fault]:
    """Faults of keys that have none yet: what follows from a fault is none of its own."""
    known = {fault.key for fault in faults}
    return [fault for fault in more if fault.key not in known]


def taken_for_numbers(raw: Any, parsed: Any, keys: Keys = ()) -> Iterator[Found]:
    """Yield key and reason of true and false (also yes, no, on and off) where a number is wanted."""
    if isinstance(raw, bool) and not isinstance(parsed, bool):
        yield ".".join(keys), f"must be a number (got {raw})"
    elif isinstance(raw, Mapping) and isinstance(parsed, Mapping):
        for name, value in raw.items():
            yield from taken_for_numbers(value, parsed.get(name), (*keys, str(name)))
    elif isinstance(raw, list) and isinstance(parsed, list):
        for index, (value, made) in enumerate(zip(raw, parsed, strict=True)):
            yield from taken_for_numbers(value, made, (*keys, str(index)))


def holder(key: str, contents: Mapping[str, Any]) -> str:
    """The source that has most of a dotted key, the last of several: its values count. The first, if none has any."""
    if len(contents) < 2:
        return ""
    best = max(reversed([*contents]), key=lambda source: depth(key, contents[source]))
    return best if depth(key, contents[best]) else next(iter(contents))


def depth(key: str, content: Any) -> int:
    """How much of a dotted key is in a file's content, in letters; names may hold dots themselves."""
    inner = content.items() if isinstance(content, Mapping) else enumerate(content) if isinstance(content, list) else ()
    found = ((str(name), value) for name, value in inner if f"{key}.".startswith(f"{name}."))
    return max((len(name) + depth(key[len(name) + 1 :], value) for name, value in found), default=0)

"""Names that one section uses and another defines.

Works on the file as written, not on the parsed model, so that one run reports wrong names and wrong values alike:
whatever has not the expected shape is passed over here, since the schema reports it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mixdistill.config.nearest import nearest, shown
from mixdistill.names import UNTRAINED

Keys = tuple[str, ...]
Use = tuple[Keys, Any, Keys]
"""Where a name is used, the name, and the section that must define it."""
Found = tuple[str, str]
"""Dotted key and reason."""

TEACHERS, STUDENTS, MIXTURES = ("teachers",), ("students",), ("mixtures",)
WORLD_MODELS, WORLD_PROBLEMS = ("world", "models"), ("world", "problems")


def unresolved(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of every name that nothing defines."""
    used = [*uses(raw), *shown_uses(raw)]
    defined = {section: entries(raw, *section) for section in {section for _, _, section in used}}
    defined.setdefault(MIXTURES, {})[UNTRAINED] = None
    misshapen = {section for section in defined if not isinstance(at(raw, *section), Mapping | None)}
    for keys, value, section in used:
        if section not in misshapen and isinstance(value, str) and value not in defined[section]:
            near = nearest(value, defined[section])
            yield ".".join(keys), f"no such entry in {'.'.join(section)} (got {shown(value)}){near}"


def is_model(keys: Keys) -> bool:
    """Tell whether a source is one of weights; all others are of rows."""
    return keys[-1] == "model" or "trained" in keys


def at(raw: Any, *keys: str) -> Any:
    """The value under the keys; None where there is none."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, Mapping) else None
    return raw


def entries(raw: Any, *keys: str) -> dict[str, Any]:
    """The named entries of a section; empty where there are none."""
    section = at(raw, *keys)
    return {str(name): entry for name, entry in section.items()} if isinstance(section, Mapping) else {}


def items(raw: Any, *keys: str) -> list[Any]:
    """The items of a list; empty where there is none."""
    value = at(raw, *keys)
    return value if isinstance(value, list) else []


def listed(raw: Any, keys: Keys, section: Keys, under: Keys = ()) -> Iterator[Use]:
    """Each item of the list under ``keys``; ``under`` is where ``raw`` itself stands in the file."""
    for index, item in enumerate(items(raw, *keys)):
        yield (*under, *keys, str(index)), item, section


def uses(raw: Mapping[str, Any]) -> Iterator[Use]:
    """Names used by everything but tables and figures."""
    for section, key, target in (
        ("mixtures", "comparison", ("comparisons",)),
        ("sweeps", "comparison", ("comparisons",)),
        ("sweeps", "of", TEACHERS),
        ("sweeps", "against", TEACHERS),
        ("benchmarks", "problems", ("problems",)),
    ):
        for name, entry in entries(raw, section).items():
            yield (section, name, key), at(entry, key), target
    for name, entry in entries(raw, "comparisons").items():
        yield from listed(entry, ("teachers",), TEACHERS, ("comparisons", name))
    for name, entry in entries(raw, "mixtures").items():
        for teacher in entries(entry, "parts"):
            yield ("mixtures", name, "parts", teacher), teacher, TEACHERS
    for name, entry in entries(raw, *WORLD_MODELS).items():
        yield (*WORLD_MODELS, name, "parent"), at(entry, "parent"), WORLD_MODELS
        yield (*WORLD_MODELS, name, "corpus"), at(entry, "corpus"), ("world", "corpora")
    for name, entry in entries(raw, "students").items():
        for given in ("logs", "trained"):
            yield from ((("students", name, given, mixture), mixture, MIXTURES) for mixture in entries(entry, given))
    for keys, source in sources(raw):
        yield (*keys, "world"), source.get("world"), WORLD_MODELS if is_model(keys) else WORLD_PROBLEMS
    yield from listed(at(raw, "answering", "again"), ("students",), STUDENTS, ("answering", "again"))
    yield ("answering", "again", "mixture"), at(raw, "answering", "again", "mixture"), MIXTURES
    yield ("teaching", "problems"), at(raw, "teaching", "problems"), ("problems",)


def shown_uses(raw: Mapping[str, Any]) -> Iterator[Use]:
    """Names used by tables and figures."""
    for section in ("tables", "figures"):
        for name, entry in entries(raw, section).items():
            here = (section, name)
            yield from listed(entry, ("students",), STUDENTS, here)
            yield from listed(entry, ("mixtures",), MIXTURES, here)
            yield from listed(entry, ("sweeps",), ("sweeps",), here)
            yield (*here, "student"), at(entry, "student"), STUDENTS
            yield (*here, "mixture"), at(entry, "mixture"), MIXTURES
            for index, variant in enumerate(items(entry, "variants")):
                yield from listed(variant, ("students",), STUDENTS, (*here, "variants", str(index)))
            gaps: list[tuple[Keys, Any]] = [((*here, "gap"), at(entry, "gap"))]
            gaps += [((*here, "gaps", str(index)), gap) for index, gap in enumerate(items(entry, "gaps"))]
            for keys, gap in gaps:
                for side in ("first", "second"):
                    yield (*keys, side), at(gap, side), MIXTURES


def sources(raw: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """Yield key and content of every source of data or weights."""
    places = (
        ("problems", "source"),
        ("teachers", "model"),
        ("teachers", "completions"),
        ("mixtures", "rows"),
        ("students", "model"),
    )
    found: list[tuple[Keys, Any]] = [(("judge", "model"), at(raw, "judge", "model"))]
    for section, key in places:
        found += [((section, name, key), at(entry, key)) for name, entry in entries(raw, section).items()]
    for name, entry in entries(raw, "students").items():
        for mixture in entries(entry, "trained"):
            given = enumerate(items(entry, "trained", mixture))
            found += [(("students", name, "trained", mixture, str(seed)), source) for seed, source in given]
    yield from ((keys, source) for keys, source in found if isinstance(source, Mapping))

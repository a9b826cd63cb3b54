"""What is well named and well typed, but cannot be meant. Works on the file as written, like ``references``."""

from collections.abc import Iterator, Mapping
from typing import Any

from mixdistill.config.arguments import numbers_as_text, untold
from mixdistill.config.engine import BATCH
from mixdistill.config.nearest import nearest, shown
from mixdistill.config.references import TEACHERS, WORLD_MODELS, WORLD_PROBLEMS, Found, Keys, at, entries, items
from mixdistill.config.world import TYPES
from mixdistill.names import UNTRAINED
from mixdistill.spans import SIZES
from mixdistill.tuning import is_plain
from mixdistill.world.corpus import KINDS
from mixdistill.world.diaries import LEVELS
from mixdistill.world.styles import STYLES

TOLD = 20
"""Names that a message lists."""

ANCESTORS = 50
"""Models that another may descend from, one from the other: they are made in turn."""


def contradictions(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason."""
    if UNTRAINED in entries(raw, "mixtures"):
        yield f"mixtures.{UNTRAINED}", "this name is taken: untrained is the student as it came"
    for name in entries(raw, "students"):
        if name.lower().endswith((".json", ".jsonl")):
            yield f"students.{name}", "ends like the files beside which its folders lie: choose another ending"
    yield from arms_apart(raw)
    for name, sweep in entries(raw, "sweeps").items():
        if at(sweep, "of") is not None and at(sweep, "of") == at(sweep, "against"):
            yield f"sweeps.{name}.against", f"must differ from of (got {shown(at(sweep, 'against'))})"
    training = at(raw, "teaching", "problems")
    for name, benchmark in entries(raw, "benchmarks").items():
        if training is not None and at(benchmark, "problems") == training:
            yield f"benchmarks.{name}.problems", f"these are the training problems (got {shown(training)})"
    for section in ("tables", "figures"):
        for name, entry in entries(raw, section).items():
            gap = at(entry, "gap")
            if at(gap, "first") is not None and at(gap, "first") == at(gap, "second"):
                yield f"{section}.{name}.gap.second", f"must differ from first (got {shown(at(gap, 'second'))})"
    yield from untaught(raw)
    yield from unaudited(raw)
    yield from undrawn(raw)
    yield from not_again(raw)
    yield from circles(raw)
    for name, model in entries(raw, *WORLD_MODELS).items():
        if isinstance(at(model, "architecture"), Mapping):
            yield from unbuildable((*WORLD_MODELS, name, "architecture"), entries(model, "architecture"))
    yield from foreign_to_the_world(raw)


def arms_apart(raw: Mapping[str, Any]) -> Iterator[Found]:
    """A mixture of teachers outside its comparison: its problems would differ from those of the other arms."""
    known = entries(raw, *TEACHERS)
    together = {name: items(one, "teachers") for name, one in entries(raw, "comparisons").items()}
    members_of = {name: {one for one in shared if isinstance(one, str)} for name, shared in together.items()}
    for section, members in (("mixtures", entries(raw, "mixtures")), ("sweeps", entries(raw, "sweeps"))):
        for name, entry in members.items():
            comparison = at(entry, "comparison")
            shared = members_of.get(str(comparison))
            asked = entries(entry, "parts") or [at(entry, "of"), at(entry, "against")]
            for teacher in asked:
                if shared and isinstance(teacher, str) and teacher in known and teacher not in shared:
                    told = [str(one)[:64] for one in together[str(comparison)][:TOLD]]
                    there = ", ".join([*told, *(["..."] if len(shared) > TOLD else [])])
                    yield (
                        f"{section}.{name}",
                        f"teacher {teacher!r} is not in comparison {comparison!r} "
                        f"(it has {there}): add it there, or use another comparison",
                    )


def untaught(raw: Mapping[str, Any]) -> Iterator[Found]:
    """The student as it came, where what a training did is to be shown."""
    for name, entry in entries(raw, "tables").items():
        for index, mixture in enumerate(items(entry, "mixtures") if at(entry, "kind") == "training" else []):
            if mixture == UNTRAINED:
                yield f"tables.{name}.mixtures.{index}", f"taught nothing: leave it out (got {shown(mixture)})"
    for section in ("tables", "figures"):
        for name, entry in entries(raw, section).items():
            if at(entry, "kind") == "rank-shift" and at(entry, "mixture") == UNTRAINED:
                yield f"{section}.{name}.mixture", f"taught nothing: name an entry of mixtures (got {shown(UNTRAINED)})"


def unaudited(raw: Mapping[str, Any]) -> Iterator[Found]:
    """What an audit is to do or to show, where the judge is not audited."""
    judge = at(raw, "judge")
    if at(judge, "mode") == "audit":
        return
    for key in ("accepted", "controls"):
        if at(judge, key) is not None:
            yield f"judge.{key}", f"only for mode: audit (got {shown(at(judge, key))})"
    for name, entry in entries(raw, "tables").items():
        if at(entry, "kind") == "judge-audit":
            yield f"tables.{name}.kind", "this table needs a judge that is audited: add judge, with mode: audit"


def undrawn(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Numbers of answers that a table is to show, but that are not drawn."""
    samples = at(raw, "answering", "samples") or 1
    for name, entry in entries(raw, "tables").items():
        for index, k in enumerate(items(entry, "k") if at(entry, "kind") == "samples" else []):
            if isinstance(k, int) and isinstance(samples, int) and k > samples:
                yield f"tables.{name}.k.{index}", f"more than answering.samples, which is {samples} (got {k})"


def not_again(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Who is to answer again and cannot, or would do it in the same way."""
    here = ("answering", "again")
    for index, name in enumerate(items(raw, *here, "students")):
        if at(raw, "students", str(name), "logs"):
            yield (
                f"answering.again.students.{index}",
                f"answered elsewhere, and cannot be asked again (got {shown(name)})",
            )
        engine = {**entries(raw, "engine"), **entries(raw, "students", str(name), "engine")}
        usual = engine.get("batch_size") or (BATCH if engine.get("name", "transformers") == "transformers" else None)
        if usual is not None and at(raw, *here, "batch_size") == usual:
            yield "answering.again.batch_size", f"must differ from the batches of the first time (got {usual})"


def circles(raw: Mapping[str, Any]) -> Iterator[Found]:
    """A world model that descends from itself, or from very many."""
    models = entries(raw, *WORLD_MODELS)
    ancestors: dict[str, int] = {}
    for name in models:
        line: dict[str, None] = {}
        here: Any = name
        while isinstance(here, str) and here in models and here not in ancestors and here not in line:
            line[here] = None
            here = at(models[here], "parent")
        if isinstance(here, str) and here in line:
            circle = [*line][[*line].index(here) :]
            start = circle.index(min(circle))
            circle = [*circle[start:], *circle[: start + 1]]
            yield f"world.models.{circle[0]}.parent", f"a model cannot descend from itself ({' <- '.join(circle)})"
        number = ancestors.get(str(here), -1)
        for one in reversed(line):
            number += 1
            ancestors[one] = number
            if number == ANCESTORS + 1:
                yield f"world.models.{one}.parent", f"descends from more than {ANCESTORS} models, one from the other"


def unbuildable(keys: Keys, architecture: Mapping[str, Any]) -> Iterator[Found]:
    """What is no size of a model of the world."""
    if architecture.get("type") not in TYPES:
        yield ".".join((*keys, "type")), f"must be {' or '.join(TYPES)} (got {shown(architecture.get('type'))})"
    for name, value in architecture.items():
        key = ".".join((*keys, name))
        if name not in {"type", *SIZES}:
            sizes = ", ".join(sorted(SIZES))
            yield key, f"not given to transformers (got {untold(name, value)}){nearest(name, SIZES)}; there are {sizes}"
        elif found := [*numbers_as_text((*keys, name), value)]:
            yield from found
        elif name != "type" and (isinstance(value, str) or not is_plain(value)):
            yield key, f"must be a number, or true or false (got {shown(value)})"
        elif name != "type" and value is not None and (reason := wrong_size(name, value)):
            yield key, f"{reason} (got {shown(value)})"
    yield from indivisible(keys, architecture)


def wrong_size(name: str, value: Any) -> str | None:
    """Return what a size must be, if it is something else."""
    span = SIZES[name]
    if span is None:
        return None if isinstance(value, bool) else "must be true or false"
    return None if span.has(value) else f"must be {span}"


def indivisible(keys: Keys, architecture: Mapping[str, Any]) -> Iterator[Found]:
    """Heads among which nothing can be divided."""
    width, heads = architecture.get("hidden_size"), architecture.get("num_attention_heads")
    shared = architecture.get("num_key_value_heads")
    if not all(isinstance(size, int) and size > 0 for size in (width, heads, shared) if size is not None):
        return
    if heads and shared and heads % shared:
        yield ".".join((*keys, "num_attention_heads")), f"must be a multiple of num_key_value_heads (got {heads})"
    if width and heads and not architecture.get("head_dim") and width % (2 * heads):
        yield ".".join((*keys, "hidden_size")), f"must be an even multiple of num_attention_heads (got {width})"


def foreign_to_the_world(raw: Mapping[str, Any]) -> Iterator[Found]:
    """A kind of text, level or style that the miniature world does not have."""
    for name, corpus in entries(raw, "world", "corpora").items():
        for part, known in (("kinds", KINDS), ("levels", LEVELS), ("styles", STYLES)):
            for given in entries(corpus, part):
                if given not in known:
                    yield (
                        f"world.corpora.{name}.{part}.{given}",
                        f"the world has no such {part[:-1]}{nearest(given, known)}",
                    )
    for name, problems in entries(raw, *WORLD_PROBLEMS).items():
        for index, level in enumerate(items(problems, "levels")):
            if str(level) not in LEVELS:
                key = f"world.problems.{name}.levels.{index}"
                yield key, f"the world has no such level (got {shown(level)}){nearest(str(level), LEVELS)}"

"""Experiment files, mutated at random by a seed: types, keys, numbers, depth, aliases, characters, paths, lengths."""

import copy
import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import yaml
from examples import example
from planning import REPO

Place = tuple[Any, Any]
"""A list or section, and a key or index in it."""


def bases() -> list[dict[str, Any]]:
    """What is mutated: the shipped experiments, and the tests' own."""
    shipped = ("miniature", "paper", "published")
    files = [yaml.safe_load((REPO / "config" / f"{name}.yaml").read_text()) for name in shipped]
    released = yaml.safe_load((REPO / "config" / "paper-released.yaml").read_text())
    return [*files, {**files[1], **released}, example(), example(), example()]


def places(content: Any, depth: int = 0) -> Iterator[Place]:
    """Yield every place below a value, which may contain itself."""
    for key, value in [*content.items()] if isinstance(content, dict) else [*enumerate(content)]:
        yield content, key
        if isinstance(value, dict | list) and depth < 8:
            yield from places(value, depth + 1)


NUMBERS = [0, -1, 1, 2**31, 2**63, 10**30, -(10**400), 1e308, 5e-324, float("inf"), float("nan"), 0.1, 1.5, True]
TEXTS = [
    *("", " ", "x", "a/b", "..", "../..", "/etc/passwd", "../../etc/shadow", "/proc/self/environ", "/dev/zero", "~/x"),
    *("\0", "\x1b[2J", "\ud800", "\u202e", "\u2028", "é" * 300, "x" * 70_000, "{", "{{problem}}", "{problem}{problem}"),
    *("(a+)+$", "*", "%s%n", "$(reboot)", "`id`", "owner/name", "../..", "a--b/c", "1e5", "yes", "null", "-", "--help"),
    *("file:///etc/passwd", "ftp://example.com/x", "s3://x/y", "http://169.254.169.254/", "untrained", "long", "small"),
]
KEYS = [
    "",
    "x",
    "path",
    "hub",
    "revision",
    "args",
    "__class__",
    "<<",
    "a.b",
    "a/b",
    "..",
    "\x1b",
    "é",
    "kind",
    "seeds",
    "title",
]


def value(rng: random.Random) -> Any:
    """Any value."""
    kinds: list[Callable[[], Any]] = [
        lambda: rng.choice(NUMBERS),
        lambda: rng.choice(TEXTS),
        lambda: None,
        lambda: [],
        lambda: {},
        lambda: [rng.choice(TEXTS) for _ in range(rng.choice([1, 3, 300]))],
        lambda: list(range(rng.choice([2, 50, 4_000, 20_000]))),
        lambda: {rng.choice(KEYS): rng.choice(TEXTS)},
        lambda: nested(rng.choice([3, 29, 40, 200])),
        lambda: {1: 2, None: 3},
    ]
    return rng.choice(kinds)()


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    made: Any = "x"
    for _ in range(depth):
        made = [made]
    return made


def changed(content: dict[str, Any], rng: random.Random) -> None:
    """Change one thing."""
    there = [*islice(places(content), 20_000)]
    holder, key = rng.choice(there)
    other, where = rng.choice(there)
    match rng.randrange(8):
        case 0 | 1 | 2:
            holder[key] = value(rng)
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = holder.pop(key)
        case 5 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = value(rng)
        case 6:
            holder[key] = other[where]  # an alias, if it is a section; of a part of itself, one without end
        case _:
            number = rng.choice([2, 30, 600])
            if isinstance(holder, dict):
                holder.update({f"{str(key)[:30]}{each}": holder[key] for each in range(number)})
            else:
                holder.extend([holder[key]] * number)


def damaged(text: str, rng: random.Random) -> bytes:
    """Change the text itself: characters that are none, parts that are missing or stand twice, tags, long runs."""
    at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
    match rng.randrange(7):
        case 0:
            return text[:at].encode() + bytes(rng.randrange(256) for _ in range(4)) + text[at:].encode()
        case 1:
            return (text[:at] + text[to:]).encode()
        case 2:
            return (text[:to] + text[at:]).encode()
        case 3:
            run = rng.choice(["[", "{a: ", "- ", "1:", "9", "'", " ", "\t", "&a ", "*a ", "!!int ", "\\", "\n"])
            return (text[:at] + run * rng.choice([1, 40, 3_000, 100_000]) + text[at:]).encode()
        case 4:
            tag = rng.choice(
                ["!!python/object/apply:os.system ", "!!timestamp ", "!!binary ", "!!set ", "!!bool ", "!x "]
            )
            cut = text.find(": ", at) + 2
            return (text[:cut] + tag + text[cut:]).encode()
        case 5:
            laughs = [f"b{each}: &b{each} [{', '.join([f'*b{each - 1}'] * 9)}]\n" for each in range(1, 12)]
            return (text + "\nb0: &b0 [x, x, x]\n" + "".join(laughs)).encode()
        case _:
            return text.encode(rng.choice(["utf-16", "utf-8-sig", "utf-32"]))


def files(number: int, seed: int) -> Iterator[bytes]:
    """Yield mutated experiment files."""
    rng = random.Random(seed)
    models = bases()
    for _ in range(number):
        content = copy.deepcopy(rng.choice(models))
        for _ in range(rng.choice([1, 1, 2, 4])):
            if content:
                changed(content, rng)
        try:
            text = yaml.dump(content, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
        except (yaml.YAMLError, RecursionError, ValueError, UnicodeError):
            text = yaml.safe_dump(rng.choice(models))
        yield damaged(text, rng) if rng.random() < 0.2 else text.encode("utf-8", "surrogatepass")

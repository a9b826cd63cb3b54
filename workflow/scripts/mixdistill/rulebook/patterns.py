"""What wildcards may be."""

import re
from collections.abc import Iterable


def any_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and nothing else.

    Snakemake reads it again for every file of every job; what names have in common at their beginning stands in it
    once, so that it stays short where there are many.
    """
    found = set(names)
    return after("", found) if found else "(?!)"


def after(beginning: str, names: set[str]) -> str:
    """What may follow a beginning."""
    at = len(beginning)
    following = sorted({name[at] for name in names if len(name) > at})
    ways = [
        re.escape(letter) + after(beginning + letter, {name for name in names if name[at : at + 1] == letter})
        for letter in following
    ]
    if len(ways) == 1 and beginning not in names:
        return ways[0]
    alone = len(ways) > 1 and all(way == re.escape(letter) for way, letter in zip(ways, following, strict=True))
    choice = f"[{''.join(ways)}]" if alone else f"(?:{'|'.join(ways)})"
    return choice + "?" * (beginning in names) if ways else ""

"""Answers to multiple choice questions: a letter, its value, or both."""

import re
from typing import NamedTuple

from mixdistill.answers.asked import Asked
from mixdistill.answers.relations import Same
from mixdistill.answers.words import TEXT
from mixdistill.answers.writing import plain

CALLED = re.compile(r"(?i)^(?:option|choice|answer)\s*:?\s*")
ALONE = re.compile(r"\(?\{?([A-Z])\}?\)?|\(\{?([a-j])\}?\)|([a-d])")
FIRST = re.compile(r"\{?\(\{?([A-Ja-j])\}?\)\}?[:.]?\s*(?!\()(?=\S)|([A-Ja-j])\)\s*(?=\S)|([A-J])[.:]\s+(?=\S)")
LAST = re.compile(r"(?<=[\w})])\s+\(([A-J])\)$")


SEVERAL = re.compile(r"[(]?[A-J][)]?(?:(?:\s|,|;|&|and)*[(]?[A-J][)]?){1,9}")
LETTER = re.compile(r"[A-J]")


class Choice(NamedTuple):
    """A letter, and the value that stands by it."""

    letter: str
    value: str


def choice(text: str) -> Choice | None:
    """The choice that a plain answer names, as ``C``, ``(c)``, ``C) 5``, ``Option C``, ``5 (C)``; None where none."""
    bare = CALLED.sub("", TEXT.sub(r"\1", text).strip())
    alone = ALONE.fullmatch(bare)
    if alone:
        return Choice((alone[1] or alone[2] or alone[3]).upper(), "")
    first = FIRST.match(bare)
    if first:
        return Choice((first[1] or first[2] or first[3]).upper(), bare[first.end() :])
    last = LAST.search(bare)
    return Choice(last[1], bare[: last.start()]) if last else None


def letters(text: str) -> frozenset[str] | None:
    """The choices that an answer to "select all" names (``A, C``, ``AC``); None where it is anything else."""
    bare = TEXT.sub(r" \1 ", text).strip()
    if not SEVERAL.fullmatch(bare):
        return None
    found = LETTER.findall(bare)
    return frozenset(found) if len({*found}) == len(found) > 1 else None


def lettered(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """A letter against a letter, or the value by it or in the problem against a value."""
    one, other = choice(answer), choice(gold)
    if one and other:
        if one.letter != other.letter:
            return False
        return not one.value or not other.value or same(one.value, other.value)
    for named, bare in ((one, gold), (other, answer)):
        if named and of_another(named, bare, same, asked):
            return False
        value = named and (named.value or plain(dict(asked.choices).get(named.letter, "")))
        if value and same(value, bare):
            return True
    return None


def of_another(named: Choice, bare: str, same: Same, asked: Asked) -> bool:
    """Tell whether the problem gives a value to other letters and not to the one that stands by it, ``(C) 5``."""
    if not named.value or not asked.choices or not same(named.value, bare):
        return False
    given = [letter for letter, value in asked.choices if same(plain(value), bare)]
    return bool(given) and named.letter not in given

"""Several answers that say what they are: ``x = 2, y = 3``, ``23 chickens and 12 rabbits``."""

import re

from mixdistill.answers import relations, structure
from mixdistill.answers.quantities import known_unit
from mixdistill.answers.writing import compact

COUNTED = re.compile(
    r"[\d.,/]+\s*(?:\\text\{\s*|\{\s*)?([a-zA-Z]{3,}(?: [a-zA-Z]{3,})?)\s*\}?"
    r"|\\text\{\s*([a-zA-Z]{3,})\s*:?\s*\}\s*:?\s*[\d.]+"
)
NUMBER = re.compile(r"[\d.,/]*\d")
LETTER = re.compile(r"[a-zA-Z]")


def name(text: str) -> str | None:
    """What a value with a name, or of something that is counted, is the value of."""
    sides, signs = structure.relation(text)
    if signs and signs[0] in relations.EXACT | relations.ABOUT and relations.is_name(sides[0]):
        return compact(sides[0])
    counted = COUNTED.fullmatch(text)
    noun = counted and (counted[1] or counted[2])
    return noun.lower().removesuffix("s") if noun and known_unit(noun) is None else None


def bare(text: str) -> str:
    """A value without the noun of what is counted; one with a name as it is."""
    return NUMBER.findall(text)[-1] if COUNTED.fullmatch(text) else text


def names(texts: list[str]) -> list[str]:
    """The names of all answers, if each has one and no two have the same; else none."""
    found = [each for each in map(name, texts) if each]
    return found if len({*found}) == len(texts) > 1 else []


def paired(mine: list[str], theirs: list[str]) -> tuple[list[str], list[str]] | None:
    """Both sides with the answers of the same names at the same places; None where they have not the same names."""
    first, second = names(mine), names(theirs)
    if not first or not second:
        return None
    if {*first} == {*second}:
        return [bare(mine[first.index(each)]) for each in second], [bare(each) for each in theirs]
    counted = not any("=" in each for each in (*mine, *theirs))
    return (mine, theirs) if counted and len(mine) == len(theirs) else None


def sorted_by_name(texts: list[str], asked: tuple[str, ...]) -> list[str] | None:
    """Answers with names in the order that the problem names them, else in that of the alphabet; None without names."""
    found = names(texts)
    wanted = [compact(each).removesuffix("s") if len(each) > 2 else each for each in asked]
    if found and {*found} == {*wanted}:
        return [texts[found.index(each)] for each in wanted]
    if found and all(map(LETTER.fullmatch, found)):
        return [text for _, text in sorted(zip(found, texts, strict=True))]
    return None

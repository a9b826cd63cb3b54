"""Rules on answers with parts: several answers, matrices, tuples, sets, intervals, values with a unit.

``same`` compares parts by all rules.
"""

import re

from mixdistill.answers import naming, relations, remarks, structure
from mixdistill.answers.asked import Asked
from mixdistill.answers.quantities import quantity, unit_of
from mixdistill.answers.relations import Same
from mixdistill.answers.writing import compact


def remark(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """A value with where it is attained, or what it is not, against one without, or with the same."""
    values = remarks.beside(answer), remarks.beside(gold)
    said = [NO_SIGNS.sub("", text[len(value) :]) for text, value in zip((answer, gold), values, strict=True)]
    if all(said) and said[0] != said[1] or not any(said):
        return None
    return same(*values) or None


NO_SIGNS = re.compile(r"\\text|[\s,;(){}]")


def matrices(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Matrices, and vectors in any notation."""
    sums = structure.unit_vectors(answer), structure.unit_vectors(gold)
    if (sums[0] is None) is not (sums[1] is None):
        answer, gold = sums[0] or answer, sums[1] or gold
    rows = structure.matrix(answer), structure.matrix(gold)
    if rows[0] and rows[1]:
        if [len(row) for row in rows[0]] != [len(row) for row in rows[1]]:
            return False
        return in_order([entry for row in rows[0] for entry in row], [entry for row in rows[1] for entry in row], same)
    if sums != (None, None) and rows == (None, None):
        listed_ones = [structure.parted(each[1], {","}) for each in map(structure.bracketed, (answer, gold)) if each]
        return in_order(listed_ones[0], listed_ones[1], same) if len(listed_ones) == 2 else None
    vector, other = (rows[0], gold) if rows[0] else (rows[1], answer)
    listed = structure.bracketed(TRANSPOSED.sub("", other))
    if not vector or not listed or not (len(vector) == 1 or all(len(row) == 1 for row in vector)):
        return None
    return in_order([entry for row in vector for entry in row], structure.parted(listed[1], {",", ";"}), same)


TRANSPOSED = re.compile(r"(?<=[\])])\s*\^\s*\{?\s*(?:T|\\top|\\intercal)\s*\}?$")


def lists(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Several answers: in any order, unless the problem asks for one."""
    if asked.sorted:
        answer, gold = map(structure.ranked, (answer, gold))
    sets = [explicit_set(each) for each in (answer, gold)]
    readings = [
        [[each]] * is_whole(each) + structure.several(each if inside is None else inside)
        for each, inside in zip((answer, gold), sets, strict=True)
    ]
    if all(len(reading[-1]) < 2 for reading in readings):
        return None
    unordered = sets != [None, None] or "\\pm" in answer + gold
    for mine in readings[0]:
        for theirs in readings[1]:
            if (len(theirs) == 1 or len(mine) == 1) and sets != [None, None]:
                continue  # a set is no tuple
            if len(theirs) == 1 or len(mine) == 1:
                if as_tuple(mine, theirs, same, asked):
                    return True
            elif alike(mine, theirs, same, asked, unordered):
                return True
    if any(len(mine) == len(theirs) == 1 for mine in readings[0] for theirs in readings[1]):
        return None
    by_formula = any(re.search(r"\\(?:cup|cap|setminus|mathbb)|\\\\ne|\|", each) for each in (answer, gold))
    return None if by_formula else False


def is_whole(text: str) -> bool:
    """Tell whether a text that may have parts may also be one value: a number, or ``a = b = 1``."""
    return bool(quantity(text) or structure.all_equal(*structure.relation(text)))


def as_tuple(mine: list[str], theirs: list[str], same: Same, asked: Asked) -> bool:
    """Compare several answers with one that is a tuple; values with names go in the order of the names."""
    whole, others = (theirs[0], mine) if len(theirs) == 1 else (mine[0], theirs)
    inside = structure.bracketed(whole)
    listed = structure.parted(inside[1], {",", ";"}) if inside and inside[0] in "([" else []
    others = naming.sorted_by_name(others, asked.names) or others
    return len(listed) > 1 and in_order(*((others, listed) if len(theirs) == 1 else (listed, others)), same)


def alike(mine: list[str], theirs: list[str], same: Same, asked: Asked, unordered: bool) -> bool:
    """Compare several answers with several: by their names, in the order asked for, or in any."""
    paired = naming.paired(mine, theirs)
    if paired is not None:
        return in_order(*paired, same)
    if unordered or not order_matters(mine, theirs, asked):
        return in_any_order(mine, theirs, same)
    sorted_ones = [naming.sorted_by_name(each, asked.names) or each for each in (mine, theirs)]
    return in_order(sorted_ones[0], sorted_ones[1], same)


def explicit_set(text: str) -> str | None:
    """The elements of a set in braces, with or without a name before it; None for anything else."""
    sides, signs = structure.relation(text)
    if len(sides) == 2 and signs[0] in ("=", r"\in") and relations.is_name(sides[0]):
        text = sides[1]
    inner = structure.bracketed(text)
    return inner[1] if inner and inner[0] == r"\{" and not relations.SUCH_THAT.search(inner[1]) else None


def order_matters(mine: list[str], theirs: list[str], asked: Asked) -> bool:
    """Whether several answers have an order: the problem asks for one, or it is not known and neither side is sorted.

    A set of solutions is often written in rising order; numbers that are not, on either side, may be in an order that
    was asked for.
    """
    order = asked.order(theirs)
    if order is not None:
        return order
    values = [[each.value for each in map(quantity, side) if each is not None] for side in (mine, theirs)]
    return all(len(each) == len(theirs) > 2 and each != sorted(each) for each in values)


def in_order(answers: list[str], golds: list[str], same: Same) -> bool:
    """Compare one by one."""
    return len(answers) == len(golds) and all(map(same, answers, golds))


def in_any_order(answers: list[str], golds: list[str], same: Same) -> bool:
    """Compare as collections: each reference has its answer; repeated ones count once."""
    answers, golds = list(dict.fromkeys(map(compact, answers))), list(dict.fromkeys(map(compact, golds)))
    if len(answers) != len(golds):
        return False
    left = list(answers)
    for gold in golds:
        found = next((answer for answer in left if same(answer, gold)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def brackets(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Tuples and intervals: as many entries, in order; the same brackets where they may be those of an interval."""
    answer, gold = (NAMED_POINT.sub("", each) for each in (answer, gold))
    answer, gold = map(only_element, (answer, gold))
    inside = structure.bracketed(answer), structure.bracketed(gold)
    entries = [structure.parted(each[1], {",", ";"}) if each else [] for each in inside]
    if all(len(each) < 2 for each in entries):
        bare = [
            each[1] if each and each[0] in "([" else text for each, text in zip(inside, (answer, gold), strict=True)
        ]
        return None if bare == [answer, gold] else same(bare[0], bare[1])
    if (
        not inside[0]
        or not inside[1]
        or any(each[0] == r"\{" and relations.SUCH_THAT.search(each[1]) for each in inside if each)
    ):
        return None
    kinds = [(each[0], each[2]) for each in inside if each]
    if kinds[0] != kinds[1] and (2 in map(len, entries) or (r"\{", r"\}") in kinds):
        return False
    return in_order(entries[0], entries[1], same)


def only_element(text: str) -> str:
    """The tuple that is the only element of a set; other text as it is."""
    inner = structure.bracketed(text)
    alone = inner and inner[0] == r"\{" and len(structure.parted(inner[1], {",", ";"})) == 1
    return inner[1] if inner and alone and structure.bracketed(inner[1]) else text


NAMED_POINT = re.compile(r"^[A-Z]\s*(?=\(.*[,;].*\)$)")


def without_unit(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """A value with a unit, such as ``16\\pi \\text{ cm}^2``: known units must be the same, others are dropped."""
    parts = [TRAILING_UNIT.fullmatch(each) for each in (answer, gold)]
    if not any(parts):
        return None
    bare = [(part[1] or part[3]) if part else each for part, each in zip(parts, (answer, gold), strict=True)]
    units = [unit_of(part[2] or part[4], loose=False) if part else (None,) for part in parts]
    known = {each[0] for each in units if each and each[0]}
    if None in units or len(known) == 2:
        return None
    return same(bare[0], bare[1])


TRAILING_UNIT = re.compile(
    r"(.*\S)\s*(\\text\s*\{[^{}]*\}(?:\s*\^\s*\{?[23]\}?)?)|(.*\d|.*\\sqrt\{[^{}]*\})(\{[a-zA-Z]{2,}\}(?:\^\{?[23]\}?)?)",
    re.DOTALL,
)

"""Rules on equations, inequalities, memberships and congruences, also against the bare value that they state."""

import re
from collections.abc import Callable
from fractions import Fraction

from mixdistill.answers import algebra, structure
from mixdistill.answers.asked import Asked
from mixdistill.answers.quantities import quantity
from mixdistill.answers.writing import compact

Same = Callable[[str, str], bool]
EXACT, ABOUT = {"=", r"\in"}, {r"\approx", r"\sim", r"\simeq"}
"""Signs behind which a value stands."""
FLIPPED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le"}
SUCH_THAT = re.compile(r"\\mid(?![a-zA-Z])|\|(?=[^|]*$)|:")


def congruences(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Congruences with the same modulus, whatever the representative."""
    found = CONGRUENCE.fullmatch(answer), CONGRUENCE.fullmatch(gold)
    if not any(found):
        return None
    if not found[0] or not found[1]:
        states = next(each for each in found if each)
        return same(states[1] or "", gold if found[0] else answer)
    residues = [(int(each[1]), int(each[2] or each[3])) for each in found if each]
    modulus = residues[0][1]
    return modulus == residues[1][1] > 0 and (residues[0][0] - residues[1][0]) % modulus == 0


CONGRUENCE = re.compile(
    r"(?:(?:[a-zA-Z]|(?:[-+*^{}()!\d\s]|\\cdot|\\times){1,60})\s*\\equiv\s*)?(-?\d+)\s*\(?\s*(?:\\pmod|\\mod|\\bmod|mod)\s*(?:\{\s*(\d+)\s*\}|(\d+))\s*\)?"
)


def relations(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Equations, inequalities and memberships, also against the bare value or the interval that they state."""
    (mine, my_signs), (theirs, their_signs) = relation(answer), relation(gold)
    if not my_signs and not their_signs:
        return None
    spans = interval(mine, my_signs) or but_for(answer), interval(theirs, their_signs) or but_for(gold)
    if spans[0] or spans[1]:
        return same(spans[0] or answer, spans[1] or gold) or moved(mine, my_signs, theirs, their_signs)
    if my_signs and their_signs:
        mine[1:] = same_argument(mine, theirs)
    stated = values(mine, my_signs, asked, not their_signs), values(theirs, their_signs, asked, not my_signs)
    if stated[0] and stated[1] and (not my_signs or not their_signs or alike(mine[0], theirs[0])):
        return any(same(one, other) for one in stated[0] for other in stated[1])
    if not my_signs or not their_signs:
        return False
    return moved(mine, my_signs, theirs, their_signs)


def relation(text: str) -> tuple[list[str], list[str]]:
    """The sides and signs of a relation, or of the condition in ``{x | ...}``; a name stands first."""
    inner = structure.bracketed(text)
    such_that = SUCH_THAT.search(inner[1]) if inner and inner[0] == r"\{" else None
    if inner and such_that:
        if not re.fullmatch(r"\s*[a-zA-Z]\s*(?:\\in.*)?", inner[1][: such_that.start()]):
            return [text], []
        text = inner[1][such_that.end() :]
    sides, signs = structure.relation(text)
    signs = ["=" if sign == r"\equiv" and r"mod" not in text else sign for sign in signs]
    if signs == ["="] and (is_name(sides[1]) and not is_name(sides[0]) or letters(sides[1]) and not letters(sides[0])):
        sides = sides[::-1]
    return sides, signs


def but_for(text: str) -> str | None:
    """The union of intervals that ``x > a, x \\ne b`` states; None for anything else."""
    pieces = [structure.relation(piece) for piece in structure.parted(text, {",", "and"})]
    kept = [span for sides, signs in pieces if r"\ne" not in signs and (span := interval(sides, signs))]
    left_out = [sides for sides, signs in pieces if signs == [r"\ne"] and is_name(sides[0])]
    if len(pieces) != 2 or len(kept) != 1 or len(left_out) != 1 or r"\cup" in kept[0]:
        return None
    start, end = structure.parted(kept[0][1:-1], {","})
    return f"{kept[0][0]}{start},{left_out[0][1]})\\cup({left_out[0][1]},{end}{kept[0][-1]}"


def values(sides: list[str], signs: list[str], asked: Asked, against_value: bool) -> list[str]:
    r"""What a chain ``name = expression = value`` states, best first; nothing for an equation between expressions.

    That is one value, the last one, and beside it at most what it is rounded to: ``0 \approx 1 \approx 2`` is no list.

    Args:
        sides: of the chain.
        signs: between them.
        asked: what the problem asks for.
        against_value: whether the other answer is no relation, so that ``100m+n = 725`` may state its value.
    """
    if not signs:
        return sides
    if not set(signs) <= EXACT | ABOUT or any(len(structure.parted(side, {","})) > 1 for side in sides):
        return []
    if against_value and of_another(sides[0], asked):
        return []
    exact = [side for side, sign in zip(sides[1:], signs, strict=True) if sign in EXACT]
    about = [side for side, sign in zip(sides[1:], signs, strict=True) if sign in ABOUT]
    if is_name(sides[0]) or (against_value and exact and states_value(sides[0], exact[-1], asked)):
        return with_rounded(exact[-1:], about[-1:])
    if not exact:
        return with_rounded([each for each in sides[:1] if each], about[-1:])
    return exact[-1:] if not letters(sides[0] + exact[-1]) else []


def with_rounded(exact: list[str], about: list[str]) -> list[str]:
    """A value, and behind it the one that stands for it if that is the same in the digits that it has."""
    return exact + [each for each in about if is_rounded(each, exact[0])] if exact else about


def is_rounded(about: str, exact: str) -> bool:
    """Tell whether a decimal number is another value, which is no integer, but for less than one of its last digit."""
    short = quantity(about)
    precise = known(exact)
    if short is None or not short.value or (short.decimals is None and short.value.denominator > 1):
        return False
    if precise is None or precise.denominator == 1:
        return False
    whole = str(abs(short.value.numerator))
    places = len(whole.rstrip("0")) - len(whole) if short.decimals is None else short.decimals
    given = known(about) if r"^\circ" in about else None
    stated = given or (short.value / 100 if short.percent else short.value)
    return abs(precise - stated) * abs(short.value) < abs(stated) * Fraction(10) ** -places


def known(text: str) -> Fraction | None:
    """The value of a side without letters, words aside; in radians if it is one in degrees."""
    number = None if r"^\circ" in text else quantity(text)
    if number:
        return number.value / 100 if number.percent else number.value
    return algebra.guarded(algebra.constant, WORDS_OR_DOTS.sub("", text))


WORDS_OR_DOTS = re.compile(r"\\text\{[^{}]*\}|\\ldots(?![a-zA-Z])")


def letters(text: str) -> set[str]:
    """The letters outside commands and words."""
    return set(re.findall(r"[a-zA-Z]", re.sub(r"\\text\{[^{}]*\}|\\[a-zA-Z]+", "", text)))


def states_value(side: str, value: str, asked: Asked) -> bool:
    """Tell whether ``side = value`` says what an expression is, not what its one unknown must satisfy.

    ``a^2+b^2 = 25`` does; ``2x = 10`` and ``2x+z = 1`` do only where the problem asks for that expression. An equation
    in x, y or z is mostly one to be solved, or a curve; so is one with zero, or where the problem asks for an equation.
    """
    if compact(side) in map(compact, asked.names) or all(map(is_name, side.split("+"))):
        return True
    solved = not letters(value) and re.search(r"[1-9]|\\pi", value) is not None
    return solved and len(letters(side)) > 1 and not letters(side) & {*"xyz"} and not asked.equation


FUNCTION = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc|log|ln)(?![a-zA-Z])")


def of_another(side: str, asked: Asked) -> bool:
    r"""Tell whether a side is made of what is sought and is not it (``xy`` or ``\sin x`` where x is sought)."""
    written = compact(side)
    if structure.bracketed(side) or written in map(compact, asked.names):
        return False
    inside = letters(side)
    made = len(inside) > 1 or FUNCTION.search(side) is not None
    return made and any(
        name in inside and name.islower() and not re.match(rf"{name}[_(']", written) for name in asked.names
    )


def working(answer: str, gold: str, same: Same, asked: Asked) -> bool | None:
    """Steps of arithmetic, ``16 - 3 = 13, 9*2 = 18``, against the value that the last one has."""
    last = [last_value(each) for each in (answer, gold)]
    if last == [answer, gold]:
        return None
    return same(last[0], last[1]) or None


def last_value(text: str) -> str:
    """The value that the last step of a calculation has, ``7 = 3+4, 2*7 = 14`` or ``m = 7, n = 18, m+n = 25``.

    Any other text as it is.
    """
    calculation, equals, value = text.rpartition("=")
    if not equals or (letters(value) and quantity(value) is None):
        return text
    if not letters(calculation):
        text = THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    steps = structure.parted(text, {",", ";", "and"})
    sides = [step.partition("=")[0] for step in steps]
    if not all("=" in step for step in steps):
        return text
    known = set[str]().union(*map(letters, sides[:-1]))
    given = len(steps) > 1 and all(map(is_name, sides[:-1]))
    result = given and len(letters(sides[-1])) > 1 and letters(sides[-1]) <= known
    return steps[-1].rpartition("=")[2].strip() if result or not letters(calculation) else text


THOUSANDS = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")


NAME = re.compile(
    r"""(?: \\(?!sqrt|cdot|times|div|pm|mp|int|binom|pi(?![a-zA-Z])|infty|text)[a-zA-Z]+ | \\text\{[^{}]*\}
          | [a-zA-Z|:'{} ,;] | _\{[^{}]*\} | _\w | \^\{?-1\}? | \([^()]*\) )+""",
    re.VERBOSE,
)
"""What names the thing that is sought: letters, commands that do not compute, indices, arguments."""


def is_name(side: str) -> bool:
    """Tell whether a side names what is sought (``x``, ``f(x)``, ``(x, y)``, ``\\angle ABC``, ``AB:CD``)."""
    return bool(side) and NAME.fullmatch(side) is not None and re.search(r"[a-zA-Z]", side) is not None


def alike(name: str, other: str) -> bool:
    """Tell whether two names may stand for the same: ``y`` and ``f(x)``, ``x_1`` and ``x``, ``(x,y)`` and ``(p,q)``."""
    one, two = compact(name), compact(other)
    if one == two or (one[0] == two[0] == "("):
        return True
    heads = [re.match(r"[a-zA-Z]+", each) for each in (one, two)]
    if heads[0] and heads[1] and heads[0][0] == heads[1][0]:
        return "'" not in one + two
    return len(one) == 1 and CALL.fullmatch(two) is not None or len(two) == 1 and CALL.fullmatch(one) is not None


def same_argument(mine: list[str], theirs: list[str]) -> list[str]:
    """The right sides of ``f(x) = x+c`` with the argument that the other function of that name has, ``f(t) = t+c``."""
    calls = CALL.fullmatch(compact(mine[0])), CALL.fullmatch(compact(theirs[0]))
    if not calls[0] or not calls[1]:
        calls = TERM.fullmatch(compact(mine[0])), TERM.fullmatch(compact(theirs[0]))
    if not calls[0] or not calls[1] or calls[0][1] != calls[1][1] or calls[1][2] in "".join(mine[1:]):
        return mine[1:]
    argument, wanted = calls[0][2], calls[1][2]
    rename = re.compile(rf"\\[a-zA-Z]+|{argument}")
    return [rename.sub(lambda found: wanted if found[0] == argument else found[0], side) for side in mine[1:]]


TERM = re.compile(r"([a-zA-Z])_([i-n])")
CALL = re.compile(r"([a-zA-Z])\(([a-zA-Z])\)")


AROUND = re.compile(r"\|\s*([a-zA-Z])\s*([-+])\s*([^|+i-]+)\|")


def interval(sides: list[str], signs: list[str]) -> str | None:
    """The interval that inequalities for a name state."""
    if len(signs) == 1 and signs[0] == r"\ne" and is_name(sides[0]) and not is_name(sides[1]):
        return rf"(-\infty,{sides[1]})\cup({sides[1]},\infty)"
    around = AROUND.fullmatch(sides[0])
    if around and len(signs) == 1 and signs[0] in ("<", r"\le"):
        middle, radius = f"{'-' if around[2] == '+' else ''}({around[3]})", sides[1]
        return interval([f"{middle}-({radius})", around[1], f"{middle}+({radius})"], signs * 2)
    bound = re.fullmatch(r"\|([a-zA-Z])\|", sides[0])
    if bound and len(signs) == 1 and signs[0] in ("<", r"\le"):
        return interval([f"-({sides[1]})", bound[1], sides[1]], signs * 2)
    if bound and len(signs) == 1 and signs[0] in (">", r"\ge"):
        edges = ")", "(" if signs[0] == ">" else "]", "["
        return rf"(-\infty,-({sides[1]}){edges[0]}\cup{edges[1]}{sides[1]},\infty)"
    less, more = {"<": "(", r"\le": "["}, {">": "(", r"\ge": "["}
    if len(signs) == 1 and signs[0] in less | more:
        if not is_name(sides[0]) and is_name(sides[1]):
            return interval([sides[1], sides[0]], [FLIPPED[signs[0]]])
        if is_name(sides[0]) and "|" not in sides[0] and not is_name(sides[1]):
            if signs[0] in less:
                return rf"(-\infty,{sides[1]}" + (")" if signs[0] == "<" else "]")
            return more[signs[0]] + rf"{sides[1]},\infty)"
    if len(signs) == 2 and is_name(sides[1]) and "|" not in sides[1]:
        if set(signs) <= set(less):
            return f"{less[signs[0]]}{sides[0]},{sides[2]}" + (")" if signs[1] == "<" else "]")
        if set(signs) <= set(more):
            return f"{more[signs[1]]}{sides[2]},{sides[0]}" + (")" if signs[0] == ">" else "]")
    return None


def moved(mine: list[str], my_signs: list[str], theirs: list[str], their_signs: list[str]) -> bool | None:
    """Compare two equations or inequalities with everything on one side: a multiple of the other says the same."""
    if len(my_signs) != 1 or len(their_signs) != 1:
        return None
    sign, gold_sign = my_signs[0], their_signs[0]
    one, other = (f"({sides[0]})-({sides[1]})" for sides in (mine, theirs))
    if sign == gold_sign and sign in ("=", r"\ne"):
        return algebra.guarded(algebra.proportional, one, other)
    if FLIPPED.get(sign) == gold_sign:
        one, sign = f"({mine[1]})-({mine[0]})", gold_sign
    if sign != gold_sign or sign not in FLIPPED:
        return None
    return algebra.guarded(algebra.positively_proportional, one, other)

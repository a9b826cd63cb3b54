"""How an answer is built: several answers, tuples, sets, intervals, matrices, chains of equations and inequalities."""

import re
from collections.abc import Iterator
from itertools import product

OPENING, CLOSING = {"(", "[", "{", r"\{"}, {")", "]", "}", r"\}"}
TOKEN = re.compile(r"\\[{}]|\\\\|\\text\{[^{}]*\}|\\[a-zA-Z]+|.", re.DOTALL)
BRACKET = re.compile(r"[\[\](){}]")
WORD_BETWEEN = re.compile(r"\\text\{[\s,;]*(?:and|or)[\s,;]*\}|\\(?:lor|vee|land|wedge)(?![a-zA-Z])")
FIRST_WORD = re.compile(r"\\text\{[\s,;]*(?:and|or)\s+([^{}]+)\}")
LAST_WORD = re.compile(r"\\text\{([^{}]*[^{}\s,;])[\s,;]+(?:and|or)\s*\}")
"""``\\text{ and three}`` and ``\\text{ chickens and }``: a word between answers in the text of one of them."""
PLAIN_WORD = re.compile(r"(?<![a-zA-Z\\{])(?:and|or)(?![a-zA-Z])|(?<=[0-9)\]}])(?:and|or)(?=\s*[0-9(\[\\a-zA-Z])")
RELATIONS = {"=", "<", ">", r"\le", r"\ge", r"\ne", r"\in", r"\approx", r"\equiv", r"\sim", r"\simeq"}
GRID = r"\{(?:[pbB]?matrix|smallmatrix|array|cases)\}"
MATRIX = re.compile(rf"\(?\[?\s*\\begin{GRID}\s*(?:\{{[clr|\s]*\}})?(.*?)\\end{GRID}\s*\]?\)?", re.DOTALL)
SYSTEM = re.compile(
    r"(?:\\\{)?\s*\\begin\{(?:cases|array|aligned)\}(?:\{[clr]*\})?(.*=.*)\\end\{(?:cases|array|aligned)\}", re.DOTALL
)
PLUS_MINUS = re.compile(r"\\(?:pm|mp)(?![a-zA-Z])")
MOST_SIGNS = 3
GROUPED = re.compile(r"(?<![\d.])(\d{1,3}),(\d{3})(?!\d)")


def split(text: str, marks: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (piece, the mark that ended it); marks within brackets do not count, the last piece ends with ''."""
    depth, piece = 0, ""
    for token in TOKEN.findall(text):
        if token in OPENING:
            depth += 1
        elif token in CLOSING:
            depth = max(0, depth - 1)
        mark = "and" if WORD_BETWEEN.fullmatch(token) else token
        if depth == 0 and mark in marks:
            yield piece.strip(), mark
            piece = ""
        else:
            piece += token
    yield piece.strip(), ""


def parted(text: str, marks: set[str]) -> list[str]:
    """The pieces between marks that are not empty."""
    return [piece for piece, _ in split(text, marks) if piece]


def depth(text: str) -> int:
    """How many brackets of any kind stand in one another at most."""
    deepest = now = 0
    for bracket in BRACKET.findall(text):
        now = now + 1 if bracket in "([{" else max(0, now - 1)
        deepest = max(deepest, now)
    return deepest


def several(text: str) -> list[list[str]]:
    """The ways to read a text as several answers: one by one, or in groups (``p=5,q=2;p=7,q=2`` is two pairs)."""
    text = LAST_WORD.sub(r"\\text{\1}\\text{and}", FIRST_WORD.sub(r"\\text{and}\\text{\1}", text))
    whole = re.fullmatch(r"\\text\{([^{}]*)\}", text)
    text = equations(whole[1] if whole else text)
    text = PLAIN_WORD.sub(r"\\text{and}", WORD_BETWEEN.sub(r"\\text{and}", text))
    if re.search(r", |;|\\text\{", text):
        text = GROUPED.sub(r"\1\2", text)
    one_by_one = [each for piece in parted(text, {",", ";", "and", r"\cup"}) for each in both_signs(piece)]
    groups = parted(text, {";", "and", r"\cup"})
    sizes = {len(parted(group, {","})) for group in groups}
    if len(groups) > 1 and len(sizes) == 1 and sizes != {1}:
        return [[f"({group})" for group in groups], one_by_one]
    return [one_by_one]


def equations(text: str) -> str:
    """A system of equations, or ``(x,y)=(1,2)``, as a list of equations."""
    system = SYSTEM.fullmatch(text)
    if system:
        return ",".join(row.replace("&", "").strip(" ,") for row in re.split(r"\\\\", system[1]) if row.strip())
    sides, signs = relation(text)
    if all_equal(sides, signs):
        return ",".join(f"{name}={sides[-1]}" for name in sides[:-1])
    inner = [bracketed(side) for side in sides]
    if signs != ["="] or not inner[0] or not inner[1]:
        return text
    names, values = (parted(each[1], {","}) for each in inner if each)
    paired = len(names) == len(values) and all(re.fullmatch(r"[a-zA-Z](?:_\{?\w\}?)?", name) for name in names)
    return ",".join(f"{name}={value}" for name, value in zip(names, values, strict=True)) if paired else text


def all_equal(sides: list[str], signs: list[str]) -> bool:
    """Tell whether a relation is ``a = b = c = 1``."""
    return len(signs) > 1 and {*signs} == {"="} and all(map(SYMBOL.fullmatch, sides[:-1]))


SYMBOL = re.compile(r"[a-zA-Z](?:_\{?\w\}?)?")


def both_signs(text: str) -> list[str]:
    r"""The answers of ``a \pm b``: two, with ``\mp`` for the other sign; ``\pm a \pm b`` without one has four."""
    signs = PLUS_MINUS.findall(text)
    if not signs or len(signs) > MOST_SIGNS:
        return [text]
    linked = r"\mp" in signs
    choices = [("+",) * len(signs), ("-",) * len(signs)] if linked else product("+-", repeat=len(signs))
    pieces = PLUS_MINUS.split(text)
    made = []
    for chosen in choices:
        written = [
            sign if kind == r"\pm" else "-" if sign == "+" else "+" for sign, kind in zip(chosen, signs, strict=True)
        ]
        joined = pieces[0] + "".join(sign + piece for sign, piece in zip(written, pieces[1:], strict=True))
        made.append(re.sub(r"^\s*\+|(?<==)\s*\+", "", joined).strip())
    return made


def bracketed(text: str) -> tuple[str, str, str] | None:
    """Opening bracket, content and closing bracket of a text that stands in one pair of brackets, of any kinds."""
    tokens = TOKEN.findall(text)
    if len(tokens) < 2 or tokens[0] not in OPENING or tokens[-1] not in CLOSING:
        return None
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token in OPENING) - (token in CLOSING)
        if depth == 0 and place < len(tokens) - 1:
            return None
    return None if depth else (tokens[0], "".join(tokens[1:-1]).strip(), tokens[-1])


def matrix(text: str) -> list[list[str]] | None:
    """The rows of a text that is one matrix, in LaTeX or as a list of lists."""
    listed = bracketed(text.strip())
    inner = [bracketed(row) for row in parted(listed[1], {","})] if listed and listed[0] == "[" else []
    if inner and all(row and row[0] == "[" for row in inner):
        return [parted(row[1], {","}) for row in inner if row]
    found = MATRIX.fullmatch(text.strip())
    if found is None or r"\begin" in found[1]:
        return None
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", found[1]) if row.strip()]
    return [[entry.strip() for entry in row.split("&")] for row in rows]


def unit_vectors(text: str) -> str | None:
    """The components of ``3i - 2j + k`` as a tuple; None where there is no j, or anything else in it."""
    text = IN_BRACES.sub(r"\1", text.replace(" ", ""))
    terms = UNIT_VECTOR.findall(text)
    named = {name: f"{sign}{size or 1}" for sign, size, name in terms}
    if "j" not in named or len(named) < len(terms) or "".join(map("".join, terms)) != text:
        return None
    return f"({','.join(named.get(name, '0').removeprefix('+') for name in 'ijk'[: 3 if 'k' in named else 2])})"


IN_BRACES = re.compile(r"\{([ijk])\}")
UNIT_VECTOR = re.compile(r"([+-]?)(\d*|\d+\.\d+|\\frac\{\d+\}\{\d+\}|\d*\\sqrt\{\d+\})([ijk])(?![a-zA-Z])")


def ranked(text: str) -> str:
    """What ``a < b < c`` puts in an order as a list; other text as it is."""
    sides, signs = relation(text)
    if len(signs) < 2 or signs not in (["<"] * len(signs), [">"] * len(signs)):
        return text
    bounds_a_name = any(map(SYMBOL.fullmatch, sides[1:-1])) and not all(map(SYMBOL.fullmatch, sides))
    return text if bounds_a_name else ",".join(sides)


def relation(text: str) -> tuple[list[str], list[str]]:
    """Sides and signs of a chain like ``0 < x \\le 5``; one side and no sign for what is no relation."""
    pairs = list(split(text, RELATIONS))
    return [side for side, _ in pairs], [sign for _, sign in pairs[:-1]]

"""Sets that answers describe: the integers of a range, all numbers but one."""

import re

MOST_MEMBERS = 40
SIGN = r"\s*(<|\\le)\s*"
INTEGERS = re.compile(
    rf"(-?\d{{1,4}}){SIGN}\{{?([a-z])\}}?{SIGN}(-?\d{{1,4}})(?:\s|,|\\text\{{[\s,]*(?:where|with|for|and)?\s*\}}|where|with)*"
    r"(?:\3\s*\\in\s*\\mathbb\s*\{?Z\}?|"
    r"\3\s*\\text\{\s*(?:is )?an? integer\s*\}|\\text\{\s*\(?(?:for )?integers?\)?\s*\})"
)
FROM_TO = re.compile(
    r"(?:\\text\{\s*)?(?:all |the )?integers from\s*\}?\s*(-?\d{1,4})\s*"
    r"(?:\\text\{\s*)?(?:to|through)\s*\}?\s*(-?\d{1,4})"
    r"(?:\s*,?\s*(?:\\text\{\s*)?\(?inclusive\)?\s*\}?)?"
)
ALL_BUT = re.compile(
    r"(?:\\text\{\s*)?all (?:real numbers|reals)(?: [a-z])?,? (?:except|but|other than|excluding)(?: for)?\s*\}?\s*"
    r"(?:[a-z]\s*=\s*)?(-?\d+|-?\\frac\{\d+\}\{\d+\})\}?"
    r"|\\mathbb\s*\{?R\}?\s*(?:\\setminus|\\backslash|-)\s*\\\{\s*(-?\d+|-?\\frac\{\d+\}\{\d+\})\s*\\\}"
)


def written_out(text: str) -> str:
    r"""``1 \le n \le 3, n \in \mathbb{Z}`` as a set, ``all reals except 3`` as a union; other text as it is."""
    found = INTEGERS.fullmatch(text)
    if found:
        return members(int(found[1]) + (found[2] == "<"), int(found[5]) - (found[4] == "<")) or text
    found = FROM_TO.fullmatch(text)
    if found:
        return members(int(found[1]), int(found[2])) or text
    found = ALL_BUT.fullmatch(text)
    if found:
        left_out = found[1] or found[2]
        return rf"(-\infty,{left_out})\cup({left_out},\infty)"
    return text


def members(first: int, last: int) -> str | None:
    """The integers of a range as a set; None where there are none or very many."""
    if not 0 <= last - first < MOST_MEMBERS:
        return None
    return rf"\{{{','.join(map(str, range(first, last + 1)))}\}}"

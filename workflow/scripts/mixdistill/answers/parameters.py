"""Families of answers: what a parameter runs over, and its name, make no difference."""

import re

SET = r"(?:\\mathbb|\\Bbb)?\s*\{?[ZNQR]\}?(?:\s*\^\s*\{?[+*]\}?|\s*_\s*\{?[+>0]+\}?)?"
KIND = r"(?:(?:any|all|some|every|each|an?|arbitrary|nonnegative|positive|real)\s)*(?:integer|constant|number)s?"
RANGE = re.compile(
    rf"""(?: , | \\text\{{[\s,]*(?:where|for|with)?\s*\}} | (?<=.)(?=\() )
         \s*\(?\s*([a-zA-Z])\s*\\in\s*{SET}\s*\)?\s*(?=$|\\\}})
       | ,?\s*\\text\{{[\s,]*(?:where|for|with)\s+{KIND}\s*\}}\s*\{{?([a-zA-Z])\}}?\s*(?=$|\\\}})
       | ,?\s*\\text\{{[\s,]*(?:where|for|with)\s*\}}\s*([a-zA-Z])\s*\\text\{{\s*is\s+{KIND}\s*\}}\s*(?=$|\\\}})
       | (?<=\S)\s+(?:where|for)\s+{KIND}\s+([a-zA-Z])\s*(?=$|\\\}})""",
    re.VERBOSE,
)
"""``, k \\in \\mathbb{Z}``, ``(k \\in Z)``, ``for any integer n``, ``where c is an arbitrary constant``, at the end."""


LEFT_SIDE = re.compile(r"^\s*[a-zA-Z]\s*=")
COMMAND = re.compile(r"\\[a-zA-Z]+")


def without_ranges(answer: str, gold: str) -> tuple[str, str]:
    """Both without what their parameter runs over; it gets the same name in both, if both say which it is or only
    one name differs."""
    found = RANGE.search(answer), RANGE.search(gold)
    texts = [
        text[: each.start()] + text[each.end() :] if each else text
        for each, text in zip(found, (answer, gold), strict=True)
    ]
    if found[0] and found[1]:
        mine, theirs = (next(name for name in each.groups() if name) for each in found if each)
        texts[0] = renamed(texts[0], mine, theirs)
    elif found[0] or found[1]:
        said, other = (0, 1) if found[0] else (1, 0)
        name = next(name for each in found if each for name in each.groups() if name)
        only = [letters(texts[other]) - letters(texts[said]), letters(texts[said]) - letters(texts[other])]
        if only[1] == {name} and len(only[0]) == 1:
            texts[other] = renamed(texts[other], only[0].pop(), name)
    return texts[0], texts[1]


def letters(text: str) -> set[str]:
    """The letters outside commands, without the name that an equation begins with."""
    return set(re.findall(r"[a-zA-Z]", COMMAND.sub("", LEFT_SIDE.sub("", text))))


def renamed(text: str, name: str, wanted: str) -> str:
    """A text with another name for a variable."""
    return re.sub(rf"\\[a-zA-Z]+|{name}", lambda found: wanted if found[0] == name else found[0], text)

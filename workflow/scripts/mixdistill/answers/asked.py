"""What a problem asks of its answer beyond a value: an order, names, a base, one of several choices."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from mixdistill.answers.boxes import closing
from mixdistill.answers.quantities import known_unit
from mixdistill.answers.spelled import ONES
from mixdistill.answers.structure import bracketed

LONGEST_PROBLEM = 20_000
"""Characters at the end of a problem that are looked at: the question stands there."""
LONGEST_SENTENCE = 480
LONGEST_OBJECT = 160
LONGEST_CHOICE = 80
MOST_NAMES = 12

DRAWING = ("[asy]", "[/asy]")
"""What begins and ends a drawing in a problem of MATH."""
LONG_GAP = re.compile(r"\s{100,}")
"""White space that nobody means: what ends a sentence would be looked for from each of its line breaks."""
VERB = re.compile(
    r"(?i)(?:^|[.?!;:,(]\s*|\b(?:and|then|please|to|must|should|first)\s+)"
    r"(find|determine|compute|calculate|evaluate|solve|enter|list|give|write|express|submit|separate|state|arrange|sort|order|"
    r"put|report|provide|present|what (?:is|are|were|was))\b"
)
FORM = re.compile(r"(?i)enter|list|write|express|submit|separate|arrange|sort|order|put|report|provide|present")
"""Verbs that say how to write an answer, often with an example, not what is sought."""
EQUATION = re.compile(
    r"(?i)\b(?:find|determine|give|write|enter|state|what is) (?:the|an?) (?:[a-z-]+ ){0,3}equation\b"
)
HOW_MANY = re.compile(r"(?i)\bhow (?:many|much)\b")
SPEAKS_OF_PERCENT = re.compile(r"(?i)percent|%")
SHARE = re.compile(r"(?i)\b(?:probability|fraction|decimal|ratio|proportion|chances?|odds)\b")
PERCENT = re.compile(r"(?i)(?<![\d}\\])(?<![\d}] )(?:percent|%|\\%)|\b(?:rate|interest|discount)\b")
COUNT = re.compile(r"(?i)\bhow many\b|\bthe number of\b")
IN_UNIT = re.compile(r"(?i)\b(?:how many|in) ((?:square |cubic )?[a-z]{2,20})\b")
RATIO = re.compile(r"(?i)\bratio of (?:the )?(?:number of )?([a-z]{3,20}) to (?:the )?(?:number of )?([a-z]{3,20})\b")
ANSWERS = re.compile(r"(?i)\byour (?:final )?answers?\b")
SENTENCE_END = re.compile(r"[.?!](?:\s|$)|\n\s*\n")
CONDITION = re.compile(r"(?i)\b(?:such|for which|where|if|when|form|so|satisfy\w*|given|whose|that(?! order))\b")
ORDERED = re.compile(
    r"(?i)(?<!necessarily )in (?:that|this|the same|(?:strictly )?(?:in|de)creasing|ascending|descending|alphabetical|"
    r"numerical) order|\brespectively\b|\bin (?:the )?order\b"
    r"|\bfrom (?:smallest|least|lowest|largest|greatest|highest) to\b"
)
FIRST_THEN = re.compile(r"(?i)\bfirst (?:write|enter|give|the)\b.{1,120}\bthen\b")
UNORDERED = re.compile(r"(?i)\b(?:in )?(?:any|either) order\b")
INTRODUCTION = re.compile(
    r"(?i)(?:(?:the|both|all|of|values?|numbers?|constants?|coefficients?|integers?|reals?|positive|negative|non-?zero|"
    r"complex|rational|prime|natural|distinct|lengths?|measures?|angles?|sides?|segments?|exact|numerical|two|three|four|"
    r"possible|quantities|parameters?|variables?|functions?|ordered|pairs?|triples?|points?|expressions?|for|answers?|me)"
    r"\b\s*)+"
)
OBJECT_END = re.compile(
    r"(?i)[.;?!:](?:\s|$)|\\\[|\||\s(?:such|for|if|so|given|with|which|that|satisfy\w*|where|when|using|to|in|as|of|on|are|"
    r"is|from|at|by|respectively|whose|must|can|after|until)\b|,\s*(?:respectively|separated|in|where|given|if|rounded)\b"
)
BETWEEN_NAMES = re.compile(r"\s*,\s*and\s+|\s*,\s*|\s+and\s+")
WORD = re.compile(r"(?<![a-zA-Z\\])[a-zA-Z]+")
NAME_WORD = re.compile(r"[a-zA-Z]{1,2}|[A-Z]{1,4}|(?:sin|cos|tan|log|ln|gcd|lcm|max|min)")
COUNTED = re.compile(
    r"(?i)\bhow many ((?:[a-z]{3,20}, (?:how many )?){0,6}[a-z]{3,20}),? and (?:how many )?([a-z]{3,20})\b"
)
TWO_NOUNS = re.compile(r"(?:the )?([a-z]{3,20}) and (?:the )?([a-z]{3,20})\s*$")
EXTREMES = {"minimum", "maximum", "smallest", "largest", "least", "greatest", "positive", "negative", "real", "complex"}
"""Two of these are asked for in either order: OlympiadBench's golds put the maximum before the minimum, and after."""

SYSTEMS = {"binary": 2, "ternary": 3, "octal": 8, "decimal": 10, "hexadecimal": 16}
NUMBER = rf"(\d{{1,2}}|{'|'.join(ONES[:17])})(?!\w|\.\d)"
IN_BASE = re.compile(
    rf"(?ai)\b(?:in|to|into|using)\s+(?:its |the )?base[- ]{NUMBER}"
    rf"|\bbase[- ]{NUMBER}[- ](?:representation|equivalent|expansion|form|numeral|notation)"
    rf"|\b(?:in|to|into)\s+(?:its |the )?({'|'.join(SYSTEMS)})\b(?! (?:form|places?|point|digits?))"
    rf"|\b({'|'.join(SYSTEMS)}) (?:representation|equivalent|expansion|notation)"
)
OF_BASE_TEN = re.compile(r"(?i)\bbase[- ](?:10|ten) (?:[a-z]+ )?(?:integer|number|value)\b")
CHOICE = re.compile(r"\(\s*([A-J])\s*\)|(?:^|\n)\s*([A-J])[.):]\s")
BEFORE_CHOICE = re.compile(r"^(?:\\(?:qquad|quad|[ ,;:\\])|[\s$~}])+")
AFTER_CHOICE = re.compile(r"(?:\\(?:qquad|quad|[ ,;:])|\\(?:textbf|text|mathrm|mathbf|rm|bf)\s*\{?|[\s$~.]|\\)$")
LETTERS = "ABCDEFGHIJ"


class Asked(NamedTuple):
    """What a problem asks of its answer, as far as its words tell."""

    known: bool = False
    """Whether there is a problem to look at."""
    sorted: bool = False
    """Whether the words give several answers an order (``in increasing order``, ``respectively``)."""
    names: tuple[str, ...] = ()
    """What is sought, in the order of the words: ``values of $p$ and $q$``, ``how many chickens and rabbits``."""
    base: int | None = None
    """The base in which a number is asked for."""
    percent: bool = False
    """Whether a number may be one of percent."""
    counted: bool = False
    """Whether it is asked how many of something there are."""
    unit: str = ""
    """The unit in which a quantity is asked for."""
    ratio: tuple[str, ...] = ()
    """Of what to what a ratio is asked for."""
    equation: bool = False
    """Whether an equation is asked for."""
    choices: tuple[tuple[str, str], ...] = ()
    """Letters and values of a multiple choice question."""

    def order(self, answers: list[str]) -> bool | None:
        """Tell whether the order of these answers matters; None where there is no problem to look at."""
        if not self.known:
            return None
        by_name = len(self.names) == len(answers) > 1 and not any(bracketed(each) for each in answers)
        return self.sorted or by_name

    def of_parts(self) -> "Asked":
        """What is asked of each part of an answer."""
        return Asked(self.known, base=self.base, percent=self.percent, unit=self.unit)


NOTHING = Asked()


@lru_cache(maxsize=10_000)
def asked(problem: str | None) -> Asked:
    """Read a problem; of none (grading by hand), nothing is known."""
    if not problem:
        return NOTHING
    text = LONG_GAP.sub(lambda gap: "\n\n" if gap[0].count("\n") > 1 else " ", problem[-LONGEST_PROBLEM:])
    found = choices(text)
    text = without_drawings(text).replace(r"\$", "").replace("$", "").replace(r"\left", "").replace(r"\right", "")
    any_order = UNORDERED.search(text) is not None
    return Asked(
        known=True,
        sorted=not any_order and has_order(text),
        names=() if any_order else names(text),
        base=base(text),
        percent=in_percent(text),
        counted=any(COUNT.search(sentence) for sentence in questions(text)),
        unit=unit(text),
        ratio=ratio(text),
        equation=EQUATION.search(text) is not None,
        choices=found,
    )


def without_drawings(text: str) -> str:
    """Return a problem with a blank for each drawing, in time proportional to its length."""
    kept, position, (begin, end) = [], 0, DRAWING
    while (start := text.find(begin, position)) >= 0 and (stop := text.find(end, start + len(begin))) >= 0:
        kept.append(text[position:start])
        position = stop + len(end)
    return " ".join([*kept, text[position:]])


def has_order(text: str) -> bool:
    """Tell whether a sentence that says what to answer gives the answers an order."""
    for found in (*VERB.finditer(text), *HOW_MANY.finditer(text), *ANSWERS.finditer(text)):
        said = until(SENTENCE_END, text[found.end() : found.end() + LONGEST_SENTENCE])
        condition = CONDITION.search(said)
        if ORDERED.search(said[: condition.start()] if condition else said) or FIRST_THEN.search(said):
            return True
    return False


def questions(text: str) -> Iterator[str]:
    """Yield the sentences that say what to answer."""
    start = 0
    for end in (*SENTENCE_END.finditer(text), None):
        sentence = text[start : end.start() + 1] if end else text[start:]
        if "?" in sentence or VERB.search(sentence) or HOW_MANY.search(sentence) or ANSWERS.search(sentence):
            yield sentence
        start = end.end() if end else 0


def in_percent(text: str) -> bool:
    """Tell whether a number may be one of percent: the problem asks for it, or speaks of it and asks for no share."""
    asks = list(questions(text))
    if any(map(PERCENT.search, asks)):
        return True
    return SPEAKS_OF_PERCENT.search(text) is not None and not any(map(SHARE.search, asks))


def unit(text: str) -> str:
    """The unit in which the questions ask for a quantity; none where they name more than one."""
    said = [found[1].lower() for sentence in questions(text) for found in IN_UNIT.finditer(sentence)]
    known = {known_unit(name): name for name in said if known_unit(name)}
    return next(iter(known.values())) if len(known) == 1 else ""


def ratio(text: str) -> tuple[str, ...]:
    """The two things of which the questions ask for a ratio, in singular."""
    found = {each.groups() for sentence in questions(text) for each in RATIO.finditer(sentence)}
    return tuple(name.lower().removesuffix("s") for name in found.pop()) if len(found) == 1 else ()


def names(text: str) -> tuple[str, ...]:
    """What the last question that names something asks for."""
    counted = COUNTED.search(text)
    if counted:
        return *re.split(r", (?:how many )?", counted[1].lower()), counted[2].lower()
    last: tuple[str, ...] = ()
    for found in VERB.finditer(text):
        if FORM.match(found[1]):
            continue
        last = named(text[found.end() : found.end() + LONGEST_OBJECT].strip()) or last
    return last


def named(text: str) -> tuple[str, ...]:
    """The names that stand at the start of what a verb asks for; none where anything else stands there."""
    nouns = TWO_NOUNS.fullmatch(until(OBJECT_END, text))
    if nouns and nouns[1] != nouns[2] and not EXTREMES & {nouns[1], nouns[2]} and not nouns[2].endswith("s"):
        return nouns[1], nouns[2]
    introduction = INTRODUCTION.match(text)
    bare = until(OBJECT_END, text[introduction.end() if introduction else 0 :])
    inner = bracketed(bare)
    pieces = BETWEEN_NAMES.split(inner[1] if inner and inner[0] == "(" else bare)[:MOST_NAMES]
    if not all(map(is_name, pieces)):
        return ()
    return tuple(re.sub(r"\s+", "", piece) for piece in pieces)


def until(end: re.Pattern[str], text: str) -> str:
    """The text before what ends it."""
    found = end.search(f" {text}")
    return text[: max(0, found.start() - 1) if found else len(text)].strip()


def is_name(piece: str) -> bool:
    """Tell whether a text is a symbol or an expression, not words."""
    words = WORD.findall(re.sub(r"\\[a-zA-Z]+", "", piece))
    return bool(words or "\\" in piece) and len(piece) <= 40 and all(map(NAME_WORD.fullmatch, words))


def base(text: str) -> int | None:
    """The base in which the last words about one ask for a number."""
    found = list(IN_BASE.finditer(text))
    if not found:
        return 10 if OF_BASE_TEN.search(text) else None
    said = next(group for group in found[-1].groups() if group).lower()
    return SYSTEMS.get(said) or (ONES[:17].index(said) if said in ONES[:17] else int(said))


def choices(text: str) -> tuple[tuple[str, str], ...]:
    """Letters and values of a multiple choice question: three or more in a row, from A on."""
    found = list(CHOICE.finditer(text))
    letters = "".join(match[1] or match[2] for match in found)
    start = letters.rfind("ABC")
    if start < 0:
        return ()
    count = next(n for n in range(len(letters) - start, 0, -1) if letters.startswith(LETTERS[:n], start))
    marks = found[start : start + count]
    ends = [mark.start() for mark in marks[1:]] + [marks[-1].end() + LONGEST_CHOICE]
    values = [trimmed(text[mark.end() : end][: 2 * LONGEST_CHOICE]) for mark, end in zip(marks, ends, strict=True)]
    return tuple(
        (letter, value) for letter, value in zip(LETTERS, values, strict=False) if 0 < len(value) <= LONGEST_CHOICE
    )


def trimmed(value: str) -> str:
    """The value of a choice without what sets it apart from its neighbours."""
    value, before = value.partition("\n\n")[0], ""
    while before != value:
        before = value
        value = AFTER_CHOICE.sub("", BEFORE_CHOICE.sub("", value))
    return value if closing("{" + value, 1) is None else value.partition("}")[0]

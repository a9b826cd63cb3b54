"""What stands by an answer and is none of it: a check mark, a reason, the steps before an arrow, ``th`` of an ordinal.

Works on text in which fonts and spacing are one way of writing already (``writing.plain``).
"""

import re

from mixdistill.answers.boxes import BRACE
from mixdistill.answers.hedges import doubtful, says_otherwise
from mixdistill.answers.spelled import ONES
from mixdistill.answers.structure import split
from mixdistill.answers.units import UNITS

END = r"(?![a-zA-Z])"
WORDS_OR_SIGNS = re.compile(r"[a-zA-Z✓✔✅■□∎]")
"""One of these stands in whatever the patterns below match; most answers are bare numbers."""

MARKS = re.compile(
    rf"(?:\s|\\quad|\\text\{{\s*\}}|[,;.])*(?:\\(?:checkmark|blacksquare|square|Box|qed){END}|[✓✔✅■□∎]|"
    r"(?:\\text\{\s*)?\(?Q\.?E\.?D\.?\)?(?:\s*\})?)\s*$"
)
ARROWS = {
    r"\Rightarrow",
    r"\implies",
    r"\Longrightarrow",
    r"\iff",
    r"\Leftrightarrow",
    r"\Longleftrightarrow",
    r"\therefore",
}
ARROW = re.compile(r"[rR]ightarrow|\\(?:implies|iff|therefore|to)(?![a-zA-Z])")
ARROWS_TO_NUMBERS = {r"\to", r"\rightarrow", r"\longrightarrow"}
GIVEN_AS = (
    "since|because|as (?:required|desired|needed|requested|expected|claimed)|rounded (?:to|up|down|off)|"
    "by (?:symmetry|definition|inspection|the)"
)
REASON = re.compile(
    rf"(?i)(?<=[\w}})$°%!'])[\s,;:.]*[(\[]?\s*(?:\\text\{{[\s,;:.(\[]*)?(?<![a-z\\])(?:{GIVEN_AS})(?![a-z]).*$"
)
IN_PARENTHESES = re.compile(
    r"(?<=[\d})°%!])(\s+|\s*\\text\{\s*)\(\s*(?:\\text\{)?\s*([a-zA-Z][a-zA-Z ,.'-]{1,60})\}?\s*\)(\s*\}?)"
)
HEDGE = re.compile(
    r"(?i)^(\\text\{\s*)?(?:approximately|approx\.?|about|roughly|exactly)(\s*\}\s*|\s+)(?=[\d\\.-])"
    r"|^(\\text\{\s*)?(?:an?(\s*\}\s*|\s+)(?=\d+(?:\.\d+)?%)|the(\s*\}\s*|\s+)(?=\d))"
)
ORDINAL = re.compile(
    r"(?i)(\d)\s*(?:\^\s*)?(?:\{\s*\\text\{\s*(?:st|nd|rd|th)\s*\}\s*\}|\\text\{\s*(?:st|nd|rd|th)\s*\}|\{\s*(?:st|nd|rd|th)\s*\}"
    r"|(?:st|nd|rd|th)(?![a-zA-Z]))"
)
ORDINAL_WITH_NOUN = re.compile(r"(?i)(\d)\s*\\text\{\s*(?:st|nd|rd|th)\s+(?=[a-z])")
NUMBER_AS_TEXT = re.compile(r"\\text\{\s*(-?[\d.,]+)\s*\}")
MODULO = re.compile(
    r"\(?\s*\\text\{\s*\(?\s*mod(?:ulo)?\.?\s*\}\s*\{?(\d+)\}?\s*\)?|\\text\{\s*\(?\s*mod(?:ulo)?\.?\s+(\d+)\s*\)?\s*\}"
    r"|\(\s*mod(?:ulo)?\.?\s*\{?(\d+)\}?\s*\)"
)
WORD_FOR_BASE = "|".join(ONES[2:17])
IN_BASE = re.compile(
    rf"(?i)^(?:\\text\{{\s*)?\(?(-?[0-9A-F]+)\)?\s*(?:\\text\{{\s*)?[,(]?\s*(?:in\s+)?base[\s-]*(?:\}}\s*)?(\d{{1,2}}|{WORD_FOR_BASE})\s*"
    r"[)}\s]*$"
)
NAMED_BASE = re.compile(
    rf"(?i)_\s*\{{\s*(?:\(\s*(\d+)\s*\)|\\text\{{\s*base[\s-]*\}}\s*(\d+)|\\text\{{\s*base[\s-]*(\d+|{WORD_FOR_BASE})\s*\}})\s*\}}"
)
PREFIXED = re.compile(r"^(?:\\text\{\s*)?(-?)0([xXbBoO])([0-9a-fA-F]+)\s*\}?$")
PREFIX = {"x": 16, "b": 2, "o": 8}
PARTS = {"half": "1/2", "third": "1/3", "quarter": "1/4"}
AND_A_HALF = re.compile(r"(?<![\d./])(\d+)\s*(?:\\text\{\s*)?and (?:a|one)[ -](half|third|quarter)(?![a-z])(?:\s*\})?")
ANGLE = re.compile(
    r"^(-?)(\d{1,4})\s*\^\\circ\s*([0-5]?\d)\s*(?:'|\^\s*\{?\s*\\prime\s*\}?)(?:\s*([0-5]?\d)\s*(?:''|\"|\^\s*\{?\s*\\prime\s*\\prime\s*\}?))?$"
)
CIS = re.compile(
    r"(?:\\text\{\s*cis\s*\}|\\?(?<![a-zA-Z])cis(?![a-z]))\s*"
    r"(\([^()]*\)|\{[^{}]*\}|-?(?:\d+|\\frac\{[^{}]*\}\{[^{}]*\}|\\frac\s*\w\w)?\s*(?:\^\\circ|\\pi|\\theta)?(?:\s*/\s*\d+)?)"
)


BESIDE = re.compile(
    r"(?<=[\d})%!])(?:\s*[,;(]\s*(?:\\text\{[\s,;(]*)?|\s*\\text\{[\s,;(]*|\s+\(?)(?:"
    r"(?:which is |is )?(?:attained|achieved|reached)\b|(?:with )?equality\b|(?:which )?occur(?:s|ring)\b"
    r"|(?:at|when|for)(?:\s*\}\s*|\s+)[a-z](?:\s*=\s*[a-z])*\s*=).*$"
    r"|(?<=[\d})%!])\s*[,;(]\s*(?:\\text\{\s*)?(?:and |but )?not(?![a-zA-Z]).*\d.*$"
)
CONDITION = re.compile(r"(?<![a-zA-Z])(?:at|when|for|if)(?![a-zA-Z])")
SEVERAL = re.compile(r"[,;]|(?<![a-zA-Z])(?:and|or|when|for|if|at|not)(?![a-zA-Z])")


def beside(text: str) -> str:
    """The value before where it is attained, or before what it is not (``-5, at x = 2``, ``17, not -4``).

    Other text as it is, and also one with several values before the remark.
    """
    found = BESIDE.search(text)
    value = text[: found.start()] if found else ""
    again = found and len(CONDITION.findall(found[0])) > 1
    return closed(value) if value and not again and not SEVERAL.search(value) else text


def without_remarks(text: str) -> str:
    """The answer alone: the last of several steps, without marks, reasons and remarks in words."""
    if not WORDS_OR_SIGNS.search(text):
        return text
    text = HEDGE.sub(lambda found: r"\text{" if "{" in found[0] and "}" not in found[0] else "", text)
    text = PREFIXED.sub(lambda found: f"{found[1]}{found[3]}_{{{PREFIX[found[2].lower()]}}}", text)
    text = NAMED_BASE.sub(lambda found: f"_{{{found[1] or found[2] or number(found[3])}}}", text)
    text = IN_BASE.sub(lambda found: f"{found[1]}_{{{number(found[2])}}}", text)
    text = AND_A_HALF.sub(lambda found: f"{found[1]} {PARTS[found[2]]}", text)
    text = ANGLE.sub(angle, text)
    text = MODULO.sub(lambda found: rf"\pmod{{{found[1] or found[2] or found[3]}}}", text)
    text = CIS.sub(trigonometric, text)
    text = ORDINAL_WITH_NOUN.sub(r"\1 \\text{", ORDINAL.sub(r"\1", text))
    text = IN_PARENTHESES.sub(unit_or_nothing, text)
    reason = REASON.search(text)
    text = last_step(closed(text[: reason.start()]) if reason else text)
    text = NUMBER_AS_TEXT.sub(r"\1", text)
    while (shorter := MARKS.sub("", text)) != text and shorter:
        text = shorter
    return text


def angle(found: re.Match[str]) -> str:
    """An angle of degrees, minutes and seconds in degrees."""
    seconds = 3600 * int(found[2]) + 60 * int(found[3]) + int(found[4] or 0)
    return rf"{found[1]}\frac{{{seconds}}}{{3600}}^\circ"


def number(word: str) -> str:
    """The digits of a base in words."""
    return str(ONES.index(word.lower())) if word.lower() in ONES else word


def trigonometric(found: re.Match[str]) -> str:
    r"""``\text{cis} x`` as cosine and sine; as it is where nothing follows."""
    angle = found[1].strip()
    angle = angle[1:-1] if angle[:1] in ("(", "{") and angle[:1] else angle
    return rf"(\cos({angle})+i\sin({angle}))" if angle else found[0]


def unit_or_nothing(found: re.Match[str]) -> str:
    """A unit in parentheses as a unit; other words in parentheses are a remark."""
    words = found[2].strip()
    known = words.removesuffix("s") in UNITS or words in UNITS
    opened, closing = found[1].count("{"), found[3].count("}")
    if known:
        return rf" \text{{{words}}}" + ("" if opened else found[3])
    if doubtful(words) or says_otherwise(words, found.string[: found.start()]):
        return found[0]
    if len(words) < 4 or words.split()[0] in ("sin", "cos", "tan", "log", "sqrt"):
        return found[0]
    return " " if opened == closing else found[1] if opened else found[3]


def closed(text: str) -> str:
    """A text that was cut, with the braces closed that are open."""
    depth = 0
    for brace in BRACE.findall(text):
        depth += {"{": 1, "}": -1}.get(brace, 0)
    return text + "}" * depth


def last_step(text: str) -> str:
    """What follows the last arrow outside brackets; an arrow between names is none of these."""
    if not ARROW.search(text):
        return text
    pieces = [piece for piece, _ in split(text, ARROWS)]
    text = next((piece for piece in reversed(pieces) if piece), text)
    steps = [piece for piece, _ in split(text, ARROWS_TO_NUMBERS)]
    number = len(steps) > 1 and all(re.search(r"\d", step) for step in steps) and re.fullmatch(r"-?[\d.,/]+", steps[-1])
    return steps[-1] if number else text

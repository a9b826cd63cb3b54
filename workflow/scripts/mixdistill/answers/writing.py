"""One way of writing an answer: Unicode to LaTeX, fonts, spacing and wrappers dropped. Nothing is evaluated here."""

import re
import unicodedata

from mixdistill.answers.boxes import boxes_from_the_end, closing
from mixdistill.answers.keyboard import typeset
from mixdistill.answers.ranges import written_out
from mixdistill.answers.remarks import without_remarks

SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "×": r"\times ", "⋅": r"\cdot ", "·": r"\cdot ", "∗": "*", "÷": "/",
    "⁄": "/", "∕": "/", "π": r"\pi ", "∞": r"\infty ", "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ",
    "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ",
    "±": r"\pm ", "∓": r"\mp ", "°": r"^\circ ", "º": r"^\circ ", "√": r"\sqrt ", "ℝ": r"\mathbb{R}",
    "ℤ": r"\mathbb{Z}",
    "ℕ": r"\mathbb{N}", "⟨": "(", "⟩": ")", "′": "'", "’": "'",
    "“": '"', "”": '"', "…": r"\ldots ", "→": r"\to ",
    "∠": r"\angle ", "△": r"\triangle ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ",
    "λ": r"\lambda ", "μ": r"\mu ", "φ": r"\phi ", "ω": r"\omega ", "∖": r"\setminus ",
}  # fmt: skip
HALVES = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
          "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}  # fmt: skip
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
MONEY = "¤"
"""Stands for any currency sign."""

END = r"(?![a-zA-Z])"
"""Of a command."""
SIZES = "displaystyle|textstyle|limits|nolimits|large|Large|LARGE|huge|Huge|small|tiny|normalsize"
TEXTS = "text(?:bf|it|rm|normal|sf|tt|up|sc)?|m?box|hbox|emph|mathrm|operatorname\\*?|rm"
FONTS = "mathbf|mathcal|mathscr|mathit|mathsf|mathtt|boldsymbol|bm|pmb|vec|overrightarrow|hat|bf"
FUNCTIONS = "(?:arc)?(?:sin|cos|tan)|cot|sec|csc|log|ln|gcd|lcm|max|min"
SPELLINGS = [
    (r"(?<=,)\s*\\!\s*|\\!\s*", ""),
    (r"\\textsuperscript(?=\s*\{)", "^"),
    (rf"\\(?:{SIZES}){END}|\\phantom\{{[^{{}}]*\}}", ""),
    (r"\\(?:text)?color\{[^{}]*\}|\\(?:underline|ensuremath|cancel)(?=\s*\{)", ""),
    (rf"(?<!\\)\\(?:[,;:> ]|q?quad{END}|thinspace|hspace\*?\{{[^{{}}]*\}})|~", " "),
    (r"\\\\(?:\[\d+\w\w\])?\s*$", " "),
    (rf"\\(?:m?left|m?right|[bB]igg?[lrm]?){END}\s*\.?", ""),
    (rf"\\(?:{TEXTS})\s*\{{", r"\\text{"),
    (rf"\\(?:{FONTS}){END}\s*", ""),
    (r"\\text\{\s*([a-zA-Z])\s*\}", r"{\1}"),
    (rf"\\text\{{({FUNCTIONS})\}}", r"\\\1 "),
    (r"\\text\{([\s\d.,:/+¤%-]*)\}", r"\1"),
    (rf"\\[td]?binom{END}", r"\\binom"),
    (rf"^([^{{}}]*)\\choose{END}([^{{}}]*)$", r"\\binom{\1}{\2}"),
    (rf"\{{([^{{}}]*)\\choose{END}([^{{}}]*)\}}", r"\\binom{\1}{\2}"),
    (r"(?<=[\d)])\s*\{\}\s*(?=[-\d(])", r"\\text{and}"),  # what is left of 12\text{ and }13 in some golds
    (r"(?<=[\d)])\s*\{\s*(and|or)\s*\}\s*(?=[-\d(])", r"\\text{\1}"),
    (r"\{\s*\}", ""),
    (r"^\](.+,.+)\[$", r"(\1)"),
    (r"^\](.+,.+\])$", r"(\1"),
    (r"^(\[.+,.+)\[$", r"\1)"),
    (r"\{([a-zA-Z][a-zA-Z ]+)$", r"\\text{\1}"),
    (r"\\[dtc]frac", r"\\frac"),
    (rf"\\leq?(?:slant|q)?{END}|<=|=<", r"\\le "),
    (rf"\\geq?(?:slant|q)?{END}|>=", r"\\ge "),
    (rf"\\neq{END}|!=|\\not\s*=", r"\\ne "),
    (rf"\\lt{END}", "<"),
    (rf"\\gt{END}", ">"),
    (rf"\\lbrace{END}", r"\\{"),
    (rf"\\rbrace{END}", r"\\}"),
    (rf"\\(?:langle|lparen){END}", "("),
    (rf"\\(?:rangle|rparen){END}", ")"),
    (rf"\\[lr]?vert{END}", "|"),
    (rf"\\(?:varnothing|empty){END}", r"\\emptyset"),
    (rf"\\(?:c?dots|dots[cb]){END}", r"\\ldots "),
    (rf"\\(?:colon|ratio){END}", ":"),
    (rf"\\(?:text)?degrees?{END}|\^\s*\{{\s*\\circ\s*\}}|\^\s*\\circ{END}", r"^\\circ "),
    (rf"\\(?:pounds|euro){END}", MONEY),
    (r"\\(sin|cos|tan)\^\{-1\}", r"\\arc\1 "),
    (r"\\overline\{([A-Z]{2,})\}", r"\1"),
    (r"\\(max|min|gcd|lcm)\s*\\\{([^{}]*)\\\}", r"\\\1(\2)"),
    (r"\s*\{\s*,\s*\}\s*", ","),
    (r"\\#|\\&(?=\s*$)", ""),
    (r"^\\text\{[^{}]*\b(?:is|are|be|:)\s*\}(?=.)", ""),
]
"""What is replaced, in this order: spacing, fonts, ways of writing the same sign."""
REPLACED = [(re.compile(pattern), replacement) for pattern, replacement in SPELLINGS]
TO_REPLACE = re.compile(r"[\\{~<>=!\[\]]")
"""One of these stands in whatever one of the patterns matches; most answers are bare numbers."""
GROUPED = re.compile(r"(?<![\d.,}])[1-9]\d{0,2}(?:(?:\{,\}|,\s?\\!)\d{3})+(?![\d{])")
"""``12{,}345``: commas that LaTeX keeps from being those of a list."""
ROOT = re.compile(r"\\sqrt\s*(\[[^\[\]]*\])?\s*(\d|[a-zA-Z](?![a-zA-Z]))")
REPEATED = re.compile(r"(?<=\d)(\.\d{0,6}?)(\d{1,6}?)\2{2,}\d{0,5}\s*(?:\.\.\.|\\[lc]?dots)")
"""``0.1666...``: digits that stand three times before dots go on."""
PERIOD = re.compile(r"^([$\\(]*-?\d*)(\.\d{0,6})\((\d{1,12})\)([$.\\)]*)$")
"""``0.(36)``"""
BOLD = re.compile(r"(?<![^\s(])\*\*([^*]+)\*\*(?![\w(])")
UNIT_AFTER_FORMULA = re.compile(r"(?<=[^\\]\S)\$\s{1,9}(?!and\b|or\b)([a-zA-Z]{2,20}(?: [a-zA-Z]{2,20}){0,2})$")
OVER = re.compile(r"^\{?([^{}]*?)\\over(?![a-zA-Z])([^{}]*?)\}?$")
WRAPPED = [("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("`", "`"), ('"', '"'), ("_", "_")]
MOST_WRAPPERS = 20
MOST_ROUNDS = 6
ESCAPED = re.compile(r'\\+(["$%])')
UNESCAPED = {'"': "", "$": MONEY, "%": "%"}
LONE_COMMAND = re.compile(r"(?<!\\)(?:\\\\)*\\[a-zA-Z]")
DOUBLED_COMMAND = re.compile(r"\\\\(?=[a-zA-Z({\[\])}!,;])")


def plain(text: str) -> str:
    """Return an answer in one way of writing; two answers that become the same string are the same answer.

    What one round of replacements has made may be what another replaces, so it goes on until nothing changes.
    """
    for _ in range(MOST_ROUNDS):
        before, text = text, replaced(text)
        if text == before:
            break
    return text


def replaced(text: str) -> str:
    """Return an answer after one round of replacements."""
    text = ascii_only(" ".join(text.split()))
    if "\\\\" in text and not LONE_COMMAND.search(text):
        text = DOUBLED_COMMAND.sub(lambda _: "\\", text)  # escaped once too often, as by JSON in JSON
    if REPEATED.search(text):
        text = REPEATED.sub(r"\1\\overline{\2}", text)
    if "(" in text:
        text = PERIOD.sub(r"\1\2\\overline{\3}\4", text)
    text = unwrapped(BOLD.sub(r"\1", text))
    text = UNIT_AFTER_FORMULA.sub(r"$\\text{ \1}", text)
    text = ESCAPED.sub(lambda found: UNESCAPED[found[1]], text).replace("€", MONEY).replace("£", MONEY)
    text = text.replace("$", "" if text.count("$") % 2 == 0 else MONEY)
    if TO_REPLACE.search(text):
        text = GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
        for pattern, replacement in REPLACED:
            text = pattern.sub(replacement, text)
    text = without_remarks(text)
    text = roots(fractions(typeset(written_out(text))))
    over = OVER.match(text)
    if over:
        text = rf"\frac{{{over[1].strip()}}}{{{over[2].strip()}}}"
    return unwrapped(" ".join(text.split()))


def ascii_only(text: str) -> str:
    """The same in ASCII, where LaTeX or ASCII has a word for it; control and invisible characters are dropped."""
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(r"√\s*(\d+)", r"\\sqrt{\1}", text).replace("∛", r"\sqrt[3]")
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda found: f"^{{{found[0].translate(RAISED)}}}", text)
    text = re.sub("[₀₁₂₃₄₅₆₇₈₉]+", lambda found: f"_{{{found[0].translate(LOWERED)}}}", text)
    text = re.sub(rf"(\d?)\s*([{''.join(HALVES)}])", lambda found: f"{found[1]} {HALVES[found[2]]}".strip(), text)
    text = "".join(SIGNS.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text)
    return "".join(
        " " if char.isspace() else "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") else char
        for char in text
    )


def unwrapped(text: str) -> str:
    """Without what stands around an answer: dollars, a box, emphasis, braces, a final full stop."""
    for _ in range(MOST_WRAPPERS):
        before = text
        text = text.strip().rstrip('.,;:* \t"\\').lstrip(',;:*" ')
        for opening, ending in WRAPPED:
            inner = text[len(opening) : -len(ending)]
            if text.startswith(opening) and text.endswith(ending) and inner.strip() and ending not in inner:
                text = inner
        if text.startswith((r"\boxed", r"\fbox")):
            whole = (box.content for box in boxes_from_the_end(text) if box.start == 0 and box.end == len(text))
            text = next(whole, text)
        if text.startswith("{") and text.endswith("}") and closing(text, 1) == len(text) - 1:
            text = text[1:-1]
        if text == before:
            break
    return text


def fractions(text: str) -> str:
    r"""Give ``\frac12``, ``\frac1{2}`` and ``\frac{1}2`` their braces."""
    pieces = text.split(r"\frac")
    made = pieces[0]
    for piece in pieces[1:]:
        first, rest = argument(piece)
        second, rest = argument(rest)
        if first is None or second is None:
            made += r"\frac" + piece
        else:
            made += rf"\frac{{{first}}}{{{second}}}{rest}"
    return made


def argument(text: str) -> tuple[str | None, str]:
    """The argument that a command takes from the start of a text, and what follows it."""
    text = text.lstrip()
    if text.startswith("{"):
        end = closing(text, 1)
        return (None, text) if end is None else (text[1:end], text[end + 1 :])
    command = re.match(r"\\[a-zA-Z]+|[0-9a-zA-Z]", text)
    return (command[0], text[command.end() :]) if command else (None, text)


def roots(text: str) -> str:
    r"""Give ``\sqrt3`` its braces."""
    return ROOT.sub(lambda found: rf"\sqrt{found[1] or ''}{{{found[2]}}}", text)


def compact(text: str) -> str:
    """A plain answer without blanks and needless braces, for comparison as a string."""
    text = re.sub(r"(\\[a-zA-Z]+)\s+(?=[^a-zA-Z\s])", r"\1", text)
    text = re.sub(r"(?<!\\)(?<![a-zA-Z\d])\s+|(?<!\\)\s+(?![a-zA-Z\d])|(?<=\d)\s+(?=[a-zA-Z])", "", text)
    return re.sub(r"([_^])\{(\w)\}", r"\1\2", text)

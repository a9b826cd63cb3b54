"""Mathematics as it is typed without LaTeX: ``sqrt(2)``, ``2**10``, ``3*pi/4``, ``exp(x)``."""

import re

FUNCTIONS = "sinh cosh tanh arcsin arccos arctan sin cos tan cot sec csc log ln exp"
SIGNS = "pi theta alpha beta gamma lambda infty"
COMMAND = re.compile(rf"(?<![\\a-zA-Z{{])({'|'.join((FUNCTIONS + ' ' + SIGNS).split())})(?![a-zA-Z])")
CHOOSE = re.compile(r"(?<![a-zA-Z\\])C_\{?(\d+)\}?\^\{?(\d+)\}?")
ARRANGED = re.compile(r"(?<![\w\\}])_\{?(\d{1,3})\}?P_\{?(\d{1,3})\}?(?!\w)")
LOST_BACKSLASH = re.compile(r"(?<![\\a-zA-Z])f?rac(?=\s*\{)")
ROOT = re.compile(r"(?<![\\a-zA-Z])sqrt\s*(?=[({])")
CUBE_ROOT = re.compile(r"(?<![\\a-zA-Z])cbrt\s*(?=[({])")
ANY_ROOT = re.compile(r"\\sqrt\s*(\[[^\[\]]*\])?\s*(?=\()")
POWER = re.compile(r"\^\s*(?=\()")
LONG_POWER = re.compile(r"\^\s*(-?\d{2,}(?:\.\d+)?|-\s*\w)")
PARENTHESES = re.compile(r"[()]")


def typeset(text: str) -> str:
    """The same in LaTeX; text that is LaTeX already stays as it is."""
    text = ARRANGED.sub(r"\\frac{\1!}{(\1-\2)!}", text)
    text = CHOOSE.sub(r"\\binom{\1}{\2}", text)
    text = LOST_BACKSLASH.sub(r"\\frac", text.replace("**", "^"))
    text = COMMAND.sub(r"\\\1 ", CUBE_ROOT.sub(r"\\sqrt[3]", ROOT.sub(r"\\sqrt", text)))
    text = LONG_POWER.sub(r"^{\1}", text)
    for pattern in (ANY_ROOT, POWER):
        text = braced(text, pattern)
    return re.sub(r"(?<=[\w)}])\s*\*\s*(?=[\w(\\{-])", r" \\cdot ", text)


def braced(text: str, pattern: re.Pattern[str]) -> str:
    """Turn the parentheses that follow a pattern into braces, if there is anything in them."""
    made, position = "", 0
    for found in pattern.finditer(text):
        if found.start() < position or text.startswith("()", found.end()):
            continue
        end = parenthesis_end(text, found.end() + 1)
        if end is None:
            break
        made += text[position : found.end()] + "{" + text[found.end() + 1 : end] + "}"
        position = end + 1
    return made + text[position:]


def parenthesis_end(text: str, start: int) -> int | None:
    """Position of the parenthesis that closes the one before ``start``."""
    depth = 1
    for found in PARENTHESES.finditer(text, start):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return found.start()
    return None

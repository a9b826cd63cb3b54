"""The final answer of a completion."""

import re

from mixdistill.answers.boxes import BOX, boxes_from_the_end
from mixdistill.answers.opposites import sides
from mixdistill.answers.quantities import CHANGE, LABELLED
from mixdistill.answers.spelled import NUMERALS, leading
from mixdistill.answers.thoughts import without_unclosed_thoughts

SEPARATOR = r"(?:\{,\}|,?\\[!,])"
"""Of thousands, as LaTeX has it."""
NUMBER = re.compile(
    rf"(?:(?<![\w)\]}}])-)?(?:\d{{1,3}}(?:{SEPARATOR}\d{{3}})+(?!\d)|\d[\d,]*)(?:\.\d+)?|(?:(?<![\w)\]}}])-)?\.\d+"
)
"""A minus after a digit, a letter or a bracket is that of a difference, not of the number."""
QUANTITY = re.compile(
    rf"(?<![\w.\"'])(?:[-+]?[$€£]?\s?)?(?:\d{{1,3}}(?:{SEPARATOR}\d{{3}})+(?!\d)(?:\.\d+)?|"
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?:\s*/\s*\d+)?"
    r"(?:\s*(?:\\?%|percent(?:age)?|pct))?"
)
FORMULA = re.compile(
    r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|\\\[((?:[^\\]++|\\[^\[\]])+?)\\\]|(?<!\\)\$((?:\\.|[^$\n\\])+?)(?<!\\)\$|\\\(((?:[^\\\n]++|\\[^()\n])+?)\\\)",
    re.DOTALL,
)
"""Display formulas may hold line breaks. Formulas within a line may not: two dollars on different lines more often
belong to two formulas."""
ANNOUNCED = re.compile(
    r"(?i)\b(?:final answer|answer(?=\s{1,9}is\b|\W{0,3}:))\W{0,9}?"
    r"(?:\s{0,9}\bis\b)?\W{0,9}?(?:the (?:final )?answer is\b)?[\s:*}]{0,9}(?=\S)"
)
DENIED = re.compile(r"(?i)(?:final )?answer\s{1,9}is\s{1,9}not\b")
HASHES = re.compile(r"####([^\n]+)")
NEXT_QUESTION = re.compile(r"\n[ \t]{0,9}(?:Question|Problem|Q|Human|User)\s*:")
STATED = re.compile(r"(?:\bis|\bare|\bbe|\bby|\bequals|:|\u2248)\s+(?=\S)")
AFTERWORD = re.compile(r"(?i)\bi hope (?:it|this) is correct.*|<\|\w+\|>.*", re.DOTALL)
BETWEEN = re.compile(r"(?:[^a-zA-Z]|\\[a-zA-Z]+|\\text\{[^{}]*\}|\b\w\b)*|.*(?:\band\b|\bor\b|,|;).*", re.DOTALL)
NO_PROSE = re.compile(
    "[A-Z]{2,4}|and|or|sqrt|pi|exp|log|ln|(?:arc)?(?:sin|cos|tan)h?|theta|"
    "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}|th|of|[Cc]hoice|[Oo]ption"
)
COUNT = re.compile(rf"(?i)(?<!no )\b(?:minus |negative )?(?:{'|'.join(sorted(NUMERALS))})(?:[ -]\w+){{0,6}}(?=\W*$)")
"""A number in words near the end of a sentence that has no digits."""
ALL_BUT = re.compile(r"(?i)all real(?:s| numbers)\b.{0,40}$")
DIRECTED = re.compile(rf"(?:an? )?(?:{CHANGE} (?:of|by) )?[$]?\d\S*(?: [a-zA-Z]+){{0,5}}\W*$")
LONGEST = 2_000_000
"""An answer is looked for in this many characters at the end; no model of today writes as many."""
LONGEST_BETWEEN = 40
LONGEST_NOUN = 3
LONGEST_TAIL = 200
LONGEST_STATED = 10_000
"""An answer that is neither boxed nor announced is looked for in this many characters at the end."""
LONGEST_PERIOD = 200
SHORTEST_LOOP = 100


def boxed(completion: str, several: bool) -> str | None:
    """The last box; several boxes in a row (``\\boxed{1} and \\boxed{2}``) if there should be several answers."""
    found: list[str] = []
    start = 0
    for box in boxes_from_the_end(completion):
        if found:
            between = completion[box.end : start]
            if len(between) > LONGEST_BETWEEN or not BETWEEN.fullmatch(between):
                break
        found.append(box.content)
        start = box.start
        if not several:
            break
    return ", ".join(reversed(found)) or None if found else None


def announced(completion: str, start: int = 0) -> str | None:
    """What follows the last "Final Answer:" or "####" after a position, without the sentence around it."""
    found = [each for each in ANNOUNCED.finditer(completion, start) if not DENIED.match(completion, each.start())]
    hashes = list(HASHES.finditer(completion, found[-1].end() if found else start))
    if hashes and hashes[-1][1].strip():
        return hashes[-1][1].strip()
    if not found:
        return None
    text = AFTERWORD.sub("", completion[found[-1].end() :])[: 10 * LONGEST_TAIL]
    return stated(re.split(r"\.\s+(?=[A-Z])|\n\n", text.strip())[0])


def stated(text: str) -> str | None:
    """The answer in a sentence: what is said after "is", else the last formula, else the last number of the line."""
    text = AFTERWORD.sub("", text[-LONGEST_STATED:].rpartition("</think>")[2]).strip().replace("\u2212", "-")
    if not is_prose(text) or is_directed(text) or ALL_BUT.match(text) or LABELLED.fullmatch(text):
        counted = None if re.search(r"[\d$\\]", text) else COUNT.search(text[-LONGEST_TAIL:])
        number = leading(counted[0]) if counted else None
        return counted[0] if counted and number and len(number[1].split()) <= LONGEST_NOUN else text or None
    tail = STATED.split(text)[-1].strip()
    if len(tail) <= LONGEST_TAIL and re.search(r"\d|\\|\$|^\W*[A-Z]\W*$", tail) and not is_prose(tail):
        return tail
    formulas = list(FORMULA.finditer(text))
    first = FORMULA.match(tail)
    if first:
        return next(group for group in first.groups() if group)
    numbers = QUANTITY.findall(text[formulas[-1].end() :] if formulas else text.rsplit("\n", 1)[-1])
    if numbers:
        return str(numbers[-1])
    return next(group for group in formulas[-1].groups() if group) if formulas else None


def is_prose(text: str) -> bool:
    """Tell whether a text is a sentence with an answer in it, not the answer alone."""
    bare = re.sub(r"\\(?:text|mbox|textbf|textnormal|mathrm)\s*\{[^{}]*\}|\\[a-zA-Z]+", " ", FORMULA.sub(" $ ", text))
    words = [word for word in re.findall(r"(?<![\w\\])[a-zA-Z']{2,}(?!\w)", bare) if not NO_PROSE.fullmatch(word)]
    opens = bool(words) and re.match(rf"\s*{re.escape(words[0])}[\s:,]", bare) is not None
    return bool(re.search(r"\d|\$", bare)) and (len(words) > 3 or opens)


def is_directed(text: str) -> bool:
    """Tell whether a text is a number with a direction and no sentence: ``a loss of 8%``, ``2 feet below the top``."""
    return len(text) <= LONGEST_TAIL and DIRECTED.match(text) is not None and bool(sides(text))


def last_number(completion: str) -> str | None:
    """The last number of a text, as GSM8K is scored."""
    numbers = NUMBER.findall(completion.replace("\u2212", "-"))
    return re.sub(SEPARATOR, ",", numbers[-1].rstrip(",")) if numbers else None


def between_answer_tags(completion: str) -> str | None:
    """What stands between the last ``<answer>`` and ``</answer>``; None where there are no such tags, or nothing."""
    before, tag, _ = completion.rpartition("</answer>")
    return before.rpartition("<answer>")[2].strip() or None if tag and "<answer>" in before else None


def before_next_question(completion: str) -> str:
    """A completion without the next question that a model has put to itself after it had answered."""
    following = NEXT_QUESTION.search(completion)
    said = completion[: following.start()] if following else completion
    answered = following is None or ANNOUNCED.search(said) or HASHES.search(said) or BOX.search(said)
    return said if answered else completion


def extracted(completion: str, policy: str, several: bool = False) -> str | None:
    """The final answer under a policy; None where there is none.

    Thoughts that never close hold no answer, under all policies but ``boxed-anywhere``.

    Args:
        completion: what a model wrote.
        policy: ``boxed`` (the paper's: no box, no answer), ``boxed-anywhere`` (a box, also in thoughts that never
            close), ``final-answer`` (a box, else what "Final Answer:" or "####" announces), ``last-number`` (those,
            else the last number), or ``stated`` (those of ``final-answer``, else the answer that a sentence or the
            text states: for grading by hand).
        several: whether the reference has several answers, so that several boxes in a row are the answer.
    """
    if policy != "boxed-anywhere":
        completion = without_unclosed_thoughts(completion)
    completion = completion[-LONGEST:]
    if not policy.startswith("boxed"):
        marked = between_answer_tags(completion)
        if marked is not None:
            return boxed(marked, several) or stated(marked)
        completion = before_next_question(completion)
    answer = boxed(completion, several)
    if not policy.startswith("boxed"):
        last = next(boxes_from_the_end(completion), None)
        answer = announced(completion, last.end if last else 0) or answer
    if answer is None and policy == "last-number":
        answer = last_number(completion)
    if answer is None and policy == "stated" and not BOX.search(completion):
        answer = stated(completion)
    return answer


def loops(completion: str) -> bool:
    """Tell whether a text ends by repeating up to 200 characters at least eight times."""
    tail = completion[-9 * LONGEST_PERIOD :]
    for period in range(1, min(LONGEST_PERIOD, len(tail) // 8) + 1):
        same = 0
        while same + period < len(tail) and tail[-1 - same] == tail[-1 - same - period]:
            same += 1
        if same >= max(7 * period, SHORTEST_LOOP):
            return True
    return False

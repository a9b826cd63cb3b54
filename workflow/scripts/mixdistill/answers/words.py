"""Answers in words: choices, yes and no, weekdays, names, phrases with a mathematical meaning."""

import re

from mixdistill.answers.hedges import both_ways, open_or_denied

TEXT = re.compile(r"\\text\{([^{}]*)\}")
PLAIN_WORDS = re.compile(r"(?=.*[a-zA-Z]{3})[a-zA-Z][a-zA-Z0-9' .,-]*")
SENTENCE = re.compile(r"(?i)^(?:it|this|that|the(?:\s[a-z]+){1,3}?)\s(?:[a-z]+\s){0,2}?(?:is|be|was)\s+(?=\w)")
THERE = re.compile(r"^there (?:is|are|exists?) | exists?$")
NOUN = re.compile(r"(?<=even|.odd) (?:function|number|integer)s?$")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = {short: day for day in DAYS for short in (day, day[:3])} | {
    "tues": "tuesday",
    "thur": "thursday",
    "thurs": "thursday",
}
TRIANGLE = re.compile(r"^((?:(?:isosceles|equilateral|scalene|right|acute|obtuse) ?)+?) triangles?$")
DATE = re.compile(rf"(?:({MONTHS})[a-z]*\s*(\d+)|(\d+)\s*(?:of\s)?({MONTHS})[a-z]*)(?:\s+(\d{{4}}))?")
NO_SOLUTION = re.compile(
    r"(?i)(?:there (?:is|are|exists?) |(?:the|this) (?:equation|system|inequality) has |has )?"
    r"no(?: such)?(?: real| integer| valid| possible| positive)?(?: number| value)?s?(?: solution| root)s?"
    r"(?: exists?| (?:in|over) (?:the )?reals?(?: numbers)?)?"
    r"|(?:the|this) (?:equation|system) (?:is inconsistent|(?:does not|cannot) have (?:any |a )?(?:real )?solutions?)"
    r"|none exist|no such [a-z]{1,10} exists?|(?:there (?:is|are) )?none"
)
YES_OR_NO = re.compile(r"(?i)\W*(yes|no|true|false)\b")
VERTICES = re.compile(r"(?:\\(?:triangle|angle)\s*)?\{?([A-Z]{3,})\}?")
COMMAND = re.compile(r"\\[a-zA-Z]+")

MEANING = {
    "dne": "does not exist",
    "doesn't exist": "does not exist",
    "no limit": "does not exist",
    "undefined": "does not exist",
    "not defined": "does not exist",
    "empty set": r"\emptyset",
    r"\{\}": r"\emptyset",
    r"\{ \}": r"\emptyset",
    "infinity": r"\infty",
    "+infinity": r"\infty",
    r"+\infty": r"\infty",
    "-infinity": r"-\infty",
    "negative infinity": r"-\infty",
    "infinitely many": r"\infty",
    "infinitely many solutions": r"\infty",
    "infinite": r"\infty",
    "all real numbers": r"\mathbb{R}",
    "all reals": r"\mathbb{R}",
    "real numbers": r"\mathbb{R}",
    "the real numbers": r"\mathbb{R}",
    r"(-\infty,\infty)": r"\mathbb{R}",
    r"(-\infty,+\infty)": r"\mathbb{R}",
    r"x\in\mathbb{R}": r"\mathbb{R}",
    r"\mathbbr": r"\mathbb{R}",
    "all integers": r"\mathbb{Z}",
    "the integers": r"\mathbb{Z}",
    "all positive integers": r"\mathbb{N}",
    "all natural numbers": r"\mathbb{N}",
    "positive integers": r"\mathbb{N}",
    r"\mathbb{z}^+": r"\mathbb{N}",
    r"\mathbb{z}^{+}": r"\mathbb{N}",
    r"\mathbb{z}_{>0}": r"\mathbb{N}",
}
"""Phrases that mean the same in an answer."""


def phrase(text: str) -> str | None:
    """A plain answer in small letters without blanks if it consists of words; None if it holds mathematics."""
    bare = TEXT.sub(r" \1 ", text)
    if COMMAND.search(bare) or not re.search(r"[a-zA-Z]{2}", bare):
        return None
    if TEXT.sub("", text).strip(" .{}()") and not PLAIN_WORDS.fullmatch(bare.strip()):
        return None
    words = re.sub(r"[^a-z0-9:+/%' -]|(?<=\d)(?:st|nd|rd|th)\b", " ", bare.lower()).replace("-", " ").split()
    said = " ".join(word for word in words if word not in ("the", "a", "an", "it"))
    said = NOUN.sub("", f" {THERE.sub('', said)}").strip()
    said = TRIANGLE.sub(r"\1", DAY.get(said, said))
    date = DATE.fullmatch(said)
    return f"{date[1] or date[4]} {date[2] or date[3]} {date[5] or ''}" if date else said.replace(" ", "")


def meaning(text: str) -> str:
    """A phrase in the words that stand for all that mean the same; other text as it is."""
    if none_at_all(text):
        return r"\emptyset"
    squeezed = re.sub(r"(\\[a-zA-Z]+)\s+", r"\1", TEXT.sub(r"\1", text)).replace(", ", ",").strip(" .")
    return MEANING.get(squeezed.lower(), MEANING.get(squeezed, squeezed))


def none_at_all(text: str) -> bool:
    """Tell whether a text says in words that there is none."""
    return NO_SOLUTION.fullmatch(" ".join(TEXT.sub(r"\1", text).split()).strip(" .")) is not None


def vertices(text: str) -> str | None:
    """Three or more capitals, such as the name of a figure: no product, so that their order counts."""
    found = VERTICES.fullmatch(TEXT.sub(r"\1", text))
    return found[1] if found else None


def said(text: str) -> str:
    """What a sentence such as ``It will be a Friday`` says after its verb; other text as it is."""
    text = TEXT.sub(r"\1", text).strip()
    found = SENTENCE.match(text)
    return text[found.end() :] if found and not open_or_denied(found[0]) else text


def yes_or_no(answer: str, gold: str) -> bool | None:
    """Compare what two answers begin with, if one of them is yes, no, true or false; None if none is."""
    bare = [TEXT.sub(r"\1", each).strip(" .") for each in (answer, gold)]
    found = [YES_OR_NO.match(each) for each in bare]
    twofold = [both_ways(each) for each in bare]
    if any(twofold):
        return None if all(twofold) else False
    if not found[0] or not found[1] or not any(map(YES_OR_NO.fullmatch, bare)):
        return None
    return found[0][1].lower() == found[1][1].lower()

"""A megabyte of text that is made to be slow: everything that reads text of others takes time in proportion to it."""

import time
from contextlib import suppress

import pytest
from load_problems import PROSE, ending
from mixdistill import leakage
from mixdistill.answers import released
from mixdistill.answers.asked import asked, without_drawings
from mixdistill.answers.extraction import extracted, loops
from mixdistill.answers.gold import reference, seeming
from mixdistill.data import fields, matching
from mixdistill.data.files import Entry
from mixdistill.errors import UserError

UNITS = [
    "[asy]",
    "[/asy][asy]",
    "a",
    "1",
    "$",
    "\\",
    "{",
    "}",
    "{}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "-",
    "\\boxed{",
    "\\boxed",
    "\\boxed{}",
    "\\frac{",
    "\\left",
    "####",
    "1,",
    "1.",
    "1/",
    "1.,",
    "Answer:",
    "**",
    "\\[",
    "\\(",
    "$$",
    "=",
    "x=",
    "%",
    "^",
    "_",
    "\\,",
    "~",
    "'",
    "['",
    "[{'",
    "(A)",
    "\\text{",
    "&",
    "1e",
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "<|a|>",
    "\\fbox{",
    "is:",
    "İ",
]
UNITS += [
    " ",
    "\n",
    "\t",
    "\u00a0",
    "a b ",
    "and ",
    "a, ",
    "1 ",
    "[ ",
    "{ '",
    "] ",
    "$ ",
    "\\ ",
    "A) ",
    "is ",
    "find ",
    "how many ",
]
UNITS += [
    "the answer is ",
    "final answer ",
    "i hope this is correct",
    "\n Q",
    "ratio of ",
    "first write ",
    "in base ",
    "\ud83d",
]
FRAMES = ("{}", "x {}\x01", "\\boxed{{{}", "find 1 is {} so 1")
READERS = {
    "words": leakage.words_of,
    "bare": leakage.bare,
    "asked": asked.__wrapped__,
    "seeming": seeming,
    "same problem": lambda text: matching.same_problem(text, text + "x"),
    "beginning": matching.beginning,
    "field": lambda text: fields.text(Entry("x", {}), "problem", "problem", text),
    "prose": PROSE.findall,
    "ending": ending,
    "loops": loops,
    **{f"gold {place}": lambda text, place=place: reference(text, place) for place in ("plain", "boxed", "hashes")},
    **{
        f"answer {policy}": lambda text, policy=policy: extracted(text, policy, True)
        for policy in ("boxed", "boxed-anywhere", "final-answer", "last-number", "stated")
    },
    **{name: lambda text, judge=judge: judge(text, "1") for name, judge in released.POLICIES.items()},
}
SLOWEST = 3.0
"""Seconds of processor for a reader and a text of a megabyte: the slowest of them takes some tenths of one."""


def taken(reader, size):
    """The longest time that a reader takes for a text of a size, and the text's beginning."""
    found = []
    for number, unit in enumerate(UNITS):
        text = FRAMES[number % len(FRAMES)].format(unit * (size // len(unit)))
        start = time.process_time()
        with suppress(UserError):
            READERS[reader](text)
        found.append((time.process_time() - start, text[:20]))
    return max(found)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_a_megabyte_takes_seconds(reader):
    assert taken(reader, 1_000_000) < (SLOWEST, "")


@pytest.mark.parametrize("reader", ["words", "asked"])
def test_drawings_and_gaps_without_end_take_no_longer(reader):
    for unit in ("[asy]", "[/asy][asy]", "\n", " \n"):
        start = time.process_time()
        READERS[reader](unit * (200_000 // len(unit)))
        assert time.process_time() - start < 1, unit  # of the processor: some seconds to minutes before


def test_drawings_are_left_out_as_before():
    for text in ("a[asy]b[/asy]c[asy]d[/asy]", "[/asy]a[asy]b", "[asy][asy]x[/asy]y[/asy]", "", "[asy]x[/asy]"):
        import re

        assert without_drawings(text) == re.sub(r"\[asy\].*?\[/asy\]", " ", text, flags=re.DOTALL)

"""Which training problem a row of another source is about."""

import re
from collections.abc import Iterable
from hashlib import sha256

from mixdistill.errors import UserError
from mixdistill.jsonl import Row

WHOLE = re.compile(r"(-?\d+)\.0+")
"""A whole number as tables write it whose column had gaps once."""
WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
"""A run of letters, a run of digits, or a sign."""

GOES_ON = {*"+-*/^=<>_\\"}
"""Signs beside a text that make it part of a longer formula."""


class Matcher:
    """Finds the problem that a row of another source is about: by its id, or by its text up to white space."""

    def __init__(self, problems: Iterable[Row]) -> None:
        """Learn the problems' ids and texts; of equal problems, the first."""
        self.ids: dict[str, str] = {row["id"]: row["problem"] for row in problems}
        self.texts: dict[str, str] = {}
        for identity, text in self.ids.items():
            self.texts.setdefault(squeezed(text), identity)

    def match(self, identity: str | None, problem: str | None, place: str) -> str | None:
        """Return the id of a row's problem; None if it is none of ours.

        Raises:
            UserError: the row has the id of one problem and the text of another.
        """
        known = identity if identity in self.ids else None
        if identity is not None and known is None and (whole := WHOLE.fullmatch(identity)) and whole[1] in self.ids:
            known = whole[1]
        by_text = None if problem is None else self.texts.get(squeezed(problem))
        if known is None:
            return by_text
        ours = self.ids[known]
        if problem is None or squeezed(problem) == squeezed(ours):
            return known
        if by_text is not None or not same_problem(ours, problem):
            raise UserError(
                f"{place}: its id {identity!r} is the training problem {beginning(ours)}, its text is "
                f"{beginning(problem)}; if its ids are its own, do not read them: fields: {{id: null}}; if its texts "
                "are other wordings, do not read those: fields: {problem: null}"
            )
        return known


def same_problem(ours: str, theirs: str) -> bool:
    """Return whether a text is a problem up to white space and a prompt around it."""
    one, other = (f" {' '.join(WORD.findall(text))} " for text in (ours, theirs))
    before, found, after = other.partition(one)
    return bool(found) and not {*before[-1:], *after[:1]} & GOES_ON


def squeezed(text: str) -> str:
    """Return a text up to white space, by which rows of different sources are matched."""
    return " ".join(text.split())


def fingerprint(text: str) -> bytes:
    """Return what is equal for texts that are equal up to white space, and short."""
    return sha256(squeezed(text).encode("utf-8", "surrogatepass")).digest()


def beginning(text: str) -> str:
    """Return the beginning of a text, for a message."""
    line = squeezed(text)
    return repr(line if len(line) <= 50 else line[:49] + "…")

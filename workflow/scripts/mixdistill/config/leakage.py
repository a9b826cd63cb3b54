"""The schema of the gate before everything that is taught: what is a leak, and what becomes of it."""

from typing import Literal

from pydantic import Field

from mixdistill.config.base import Strict


class Leakage(Strict):
    """What a benchmark has too, or almost, of training problems and of training sets that exist already.

    A taught and a test problem with the same text, up to layout, are a leak. Two that are only alike, by ``ratio`` or
    by ``ngram_share``, are a leak if their reference answers are equal, and else listed as similar (measured on MATH
    and GSM8K: docs/leakage.md).
    """

    policy: Literal["forbid", "remove", "report"] = "forbid"
    """What becomes of problems and rows that leak: ``forbid`` refuses to run, ``remove`` takes them out, ``report``
    goes on with them. All are listed in ``problems/overlap.json`` and ``imported/{mixture}.overlap.json``, and scores
    mark the test problems that leak into what an arm was taught."""
    ratio: float = Field(0.95, ge=0.5, le=1)
    """Texts are alike from this ratio on: 1 - (insertions + deletions) / (sum of both lengths), in characters."""
    ngram: int = Field(8, ge=3, le=50)
    """Words of an n-gram, where a sign is a word; 8 as in s1 and open-r1 (GPT-3 has 8 to 13)."""
    ngram_share: float = Field(0.5, gt=0, le=1)
    """Texts are alike from this share of common n-grams on, of the problem that has fewer; 0.5 as in Cosmopedia."""
    same_answer: bool = True
    """Whether alike texts must have equal reference answers to be a leak; an unknown answer counts as equal."""

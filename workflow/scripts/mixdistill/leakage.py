"""Is a test problem among the training problems, as the same text or as one much like it?

Three methods, each on every pair of a training and a test problem. ``exact``: the same text, up to ``bare``. ``fuzzy``:
the ratio of insertions and deletions that RapidFuzz computes on these texts, against all training problems, so that no
choice of candidates can lose a pair. ``ngram``: the share of common n-grams of words, which finds problems with a
sentence more, such as options to choose from; a problem of fewer than n words has none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mixdistill.answers.chain import at_once
from mixdistill.answers.workers import Task, Workers

LAYOUT = re.compile(r"\\(?:(?:left|right|displaystyle)(?![A-Za-z])|[,;!: ])")
FIGURE = re.compile(r"\[asy\].*?\[/asy\]", re.DOTALL)
WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
CHUNK = 256
"""Test problems whose ratios are held at once: 8 MB for 7,500 training problems."""


class Pair(NamedTuple):
    """A training problem and a test problem that are alike, by their places in the lists."""

    training: int
    test: int
    methods: list[str]
    """Which of ``exact``, ``fuzzy`` and ``ngram`` found it, in this order."""
    ratio: float
    """1 - (insertions + deletions) / (sum of both lengths), on bare texts, from 0 to 1."""
    share: float
    """Common n-grams over the n-grams of the problem that has fewer of them, from 0 to 1."""


def without_layout(problem: str) -> str:
    """A problem in lower case and without TeX's spacing and sizing."""
    return LAYOUT.sub("", problem.replace(r"\dfrac", r"\frac").replace(r"\tfrac", r"\frac")).lower()


def bare(problem: str) -> str:
    """A problem without what does not change it: case, white space, dollars, braces, and TeX's spacing and sizing."""
    return re.sub(r"[\s${}]+", "", without_layout(problem))


def ngrams(problem: str, length: int) -> set[str]:
    """The different n-grams of a problem, whose words are runs of letters, runs of digits and single signs."""
    words = WORD.findall(re.sub(r"[${}]+", " ", without_layout(FIGURE.sub(" ", problem))))
    return {" ".join(words[start : start + length]) for start in range(len(words) - length + 1)}


class Taught:
    """Training problems, prepared for comparing many test problems with them."""

    def __init__(self, problems: Iterable[str], ngram: int) -> None:
        """Index the n-grams; ``ngram`` is their length in words."""
        self.ngram = ngram
        self.texts: list[str] = []
        self.sizes: list[int] = []
        self.having: dict[str, list[int]] = defaultdict(list)
        for number, problem in enumerate(problems):
            found = ngrams(problem, ngram)
            self.texts.append(bare(problem))
            self.sizes.append(len(found))
            for each in found:
                self.having[each].append(number)

    def alike(self, tests: list[str], ratio: float, share: float) -> Iterator[Pair]:
        """Yield the pairs whose ratio, or share of common n-grams, is at least the given one, by test problem."""
        from rapidfuzz.fuzz import ratio as percentage
        from rapidfuzz.process import cdist

        for start in range(0, len(tests), CHUNK):
            texts = [bare(test) for test in tests[start : start + CHUNK]]
            ratios = cdist(texts, self.texts, scorer=percentage, score_cutoff=100 * ratio)
            for place, text in enumerate(texts):
                shares = self.shares(tests[start + place])
                fuzzy = set(ratios[place].nonzero()[0].tolist())
                for training in sorted(fuzzy.union(each for each, found in shares.items() if found >= share)):
                    own = shares.get(training, 0.0)
                    found = {
                        "exact": self.texts[training] == text,
                        "fuzzy": training in fuzzy,
                        "ngram": own >= share,
                    }
                    methods = [name for name, yes in found.items() if yes]
                    yield Pair(training, start + place, methods, percentage(text, self.texts[training]) / 100, own)

    def shares(self, test: str) -> dict[int, float]:
        """The share of common n-grams, for every training problem that has one in common."""
        own = ngrams(test, self.ngram)
        common = Counter(number for each in own for number in self.having.get(each, ()))
        return {number: count / min(len(own), self.sizes[number]) for number, count in common.items()}


def same_answers(golds: list[tuple[str, str]]) -> list[bool | None]:
    """Tell of each pair of reference answers whether they are equal; None where one is empty, or at the time limit."""
    decided: dict[tuple[str, str], bool | None] = {}
    open_pairs = []
    for one, other in dict.fromkeys(golds):
        decision = at_once(one, other) if one and other else None
        decided[one, other] = decision.right if decision else None
        if one and other and decision is None:
            open_pairs.append((one, other))
    with Workers() as workers:
        results = workers.results(Task("chain", one, other) for one, other in open_pairs)
        decided.update(zip(open_pairs, (result.right for result in results), strict=True))
    return [decided[pair] for pair in golds]

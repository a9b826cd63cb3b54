"""Is a test problem among the problems that are taught, as the same text or as one much like it?

Three methods, each on every pair of a taught and a test problem. ``exact``: the same text, up to ``bare``. ``fuzzy``:
the ratio of insertions and deletions that RapidFuzz computes on these texts, against all whose length allows it, so
that no choice of candidates can lose a pair. ``ngram``: the share of common n-grams of words, which finds problems
with a sentence more, such as options to choose from or a prompt; a test problem of 5 to 7 words is looked for whole.

The n-grams of the test problems are indexed and the taught problems pass by them, since a training set that exists
already may have half a million rows.
"""

import os
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import counts as counting
from mixdistill.answers.asked import without_drawings
from mixdistill.answers.chain import at_once
from mixdistill.answers.workers import Task, Workers
from mixdistill.data.matching import WORD
from mixdistill.jsonl import Row
from mixdistill.screening import METHODS, leaks, sha256
from mixdistill.terminal import visible

LAYOUT = re.compile(r"\\(?:(?:left|right|displaystyle)(?![A-Za-z])|[,;!: ])")

SHORT = range(5, 8)
"""Numbers of words of a test problem that is looked for as a whole, where it has fewer than an n-gram."""


class Pair(NamedTuple):
    """A taught problem and a test problem that are alike, by their places in the lists."""

    taught: int
    test: int
    methods: list[str]
    """Which of ``METHODS`` found it, in their order."""
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
    return grams(words_of(problem), length)


def words_of(problem: str) -> list[str]:
    """Return the words of a problem without layout and figures."""
    return WORD.findall(re.sub(r"[${}]+", " ", without_layout(without_drawings(problem))))


def grams(words: Sequence[str], length: int) -> set[str]:
    """Return the different runs of so many words."""
    return {" ".join(words[start : start + length]) for start in range(len(words) - length + 1)}


def span(test: str, length: int) -> int:
    """Return how many words of a test problem are looked for: those of an n-gram, or all of a shorter problem."""
    words = len(words_of(test))
    return words if words in SHORT and words < length else length


def alike(taught: Sequence[str], tests: Sequence[str], length: int, ratio: float, share: float) -> Iterator[Pair]:
    """Yield the pairs whose ratio, or share of common n-grams of ``length`` words, is at least the given one.

    They are sorted by test problem, then by taught problem.
    """
    from rapidfuzz.fuzz import ratio as percentage

    texts, asked = [bare(one) for one in taught], [bare(one) for one in tests]
    close, shared = set(fuzzy(texts, asked, ratio)), set(sharing(taught, tests, length, share))
    for test, place in sorted(close | shared):
        one, other = (ngrams(text, span(tests[test], length)) for text in (tests[test], taught[place]))
        own = len(one & other) / min(len(one), len(other)) if one and other else 0.0
        found = (asked[test] == texts[place], (test, place) in close, (test, place) in shared)
        methods = [name for name, yes in zip(METHODS, found, strict=True) if yes]
        yield Pair(place, test, methods, percentage(asked[test], texts[place]) / 100, own)


def fuzzy(texts: Sequence[str], tests: Sequence[str], ratio: float) -> Iterator[tuple[int, int]]:
    """Yield test and taught problem, by their places, of the bare texts whose ratio is at least this.

    Texts are compared only if their lengths allow the ratio, which is at most twice the shorter one over both.
    """
    from rapidfuzz.fuzz import ratio as percentage
    from rapidfuzz.process import cdist

    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    by_length = [texts[place] for place in order]
    lengths = [len(text) for text in by_length]
    factor = (2 - ratio) / ratio
    for test, text in enumerate(tests):
        first = bisect_left(lengths, int(len(text) / factor))
        last = bisect_right(lengths, int(len(text) * factor) + 1)
        if first < last:
            (ratios,) = cdist([text], by_length[first:last], scorer=percentage, score_cutoff=100 * ratio)
            yield from ((test, order[first + place]) for place in ratios.nonzero()[0].tolist())


def sharing(taught: Sequence[str], tests: Sequence[str], length: int, share: float) -> Iterator[tuple[int, int]]:
    """Yield test and taught problem, by their places, whose share of common n-grams is at least this."""
    having: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    sizes = []
    for test, problem in enumerate(tests):
        looked_for = span(problem, length)
        found = ngrams(problem, looked_for)
        sizes.append(len(found))
        for each in found:
            having[looked_for][each].append(test)
    for place, problem in enumerate(taught):
        words = words_of(problem)
        for looked_for, known in having.items():
            own = grams(words, looked_for)
            common = Counter(test for each in own for test in known.get(each, ()))
            yield from ((test, place) for test, count in common.items() if count >= share * min(len(own), sizes[test]))


def unwrapped(texts: Sequence[str]) -> Sequence[str]:
    """Texts without the words that all of them begin and end with, such as those of a prompt."""
    if len(set(texts)) < 2:
        return texts
    start = len(whole_words(os.path.commonprefix(texts)))
    backwards = [text[start:][::-1] for text in texts]
    end = len(whole_words(os.path.commonprefix(backwards)))
    return [text[end:][::-1] for text in backwards]


def whole_words(beginning: str) -> str:
    """A beginning of texts up to its last white space: the word behind it may go on."""
    end = len(beginning)
    while end and not beginning[end - 1].isspace():
        end -= 1
    return beginning[:end]


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


def screened(
    taught: Sequence[Row], tests: Mapping[str, Sequence[Row]], leakage: Mapping[str, Any]
) -> dict[str, list[Row]]:
    """The pairs of a taught and a test problem that are alike, by test set, with the verdict on each.

    Args:
        taught: id, problem and answer, which is None where nobody knows it.
        tests: name to problems of each test set.
        leakage: the policy and thresholds of the experiment.
    """
    distinct = list({(row["id"], row["problem"]): row for row in taught}.values())
    texts = [row["problem"] for row in distinct]
    more = [(row, text) for row, text in zip(distinct, unwrapped(texts), strict=True) if text != row["problem"]]
    distinct, texts = [*distinct, *(row for row, _ in more)], [*texts, *(text for _, text in more)]
    asked = [(name, row) for name, rows in tests.items() for row in rows]
    problems = [row["problem"] for _, row in asked]
    found = list(alike(texts, problems, leakage["ngram"], leakage["ratio"], leakage["ngram_share"]))
    equal = same_answers([(asked[pair.test][1]["answer"], distinct[pair.taught]["answer"] or "") for pair in found])
    made: dict[str, dict[tuple[str, str], Row]] = {name: {} for name in tests}
    for pair, same in zip(found, equal, strict=True):
        name, test = asked[pair.test]
        sibling = same is False and leakage["same_answer"] and "exact" not in pair.methods
        row = {
            "training": distinct[pair.taught]["id"],
            "test": test["id"],
            "methods": pair.methods,
            "ratio": round(pair.ratio, 4),
            "ngram_share": round(pair.share, 4),
            "same_answer": same,
            "verdict": "similar" if sibling else "leak",
        }
        known = made[name].setdefault((row["training"], row["test"]), row)
        if row["ratio"] > known["ratio"]:
            known.update(row)
    return {name: list(pairs.values()) for name, pairs in made.items()}


def summary(pairs: Sequence[Row], problems: int) -> dict[str, int]:
    """Numbers of a benchmark: pairs by method and verdict, and the test problems that a leak touches."""
    methods = Counter(method for pair in pairs for method in pair["methods"])
    verdicts = Counter(pair["verdict"] for pair in pairs)
    return {
        "problems": problems,
        **{method: methods[method] for method in METHODS},
        **{verdict: verdicts[verdict] for verdict in ("leak", "similar")},
        "problems with a leak": len({pair["test"] for pair in pairs if pair["verdict"] == "leak"}),
    }


def screen(
    training: Path, taught: Sequence[Row], tests: Mapping[str, Path], leakage: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the rows of a file and the benchmarks, whose files are ``tests``, have in common; print the leaks."""
    files = {str(path): list(counting.read(path, "id")) for path in tests.values()}
    by_file = screened(taught, files, leakage)
    pairs = {name: by_file[str(path)] for name, path in tests.items()}
    made = {
        "policy": leakage["policy"],
        "training sha256": sha256(training),
        "training problems": len({row["id"] for row in taught}),
        "training problems that leak": 0,
        "benchmarks": {name: summary(pairs[name], len(files[str(path)])) for name, path in tests.items()},
        "pairs": pairs,
    }
    for name, pair in leaks(made):
        print(visible(f"leak: {pair['training']} in {name} ({pair['test']}): {', '.join(pair['methods'])}"))
    return {**made, "training problems that leak": len({pair["training"] for _, pair in leaks(made)})}

"""Words that turn an answer into its opposite: ``15% increase`` is not ``15% decrease``."""

import re

PAIRS = [
    ("increase increased increases increasing", "decrease decreased decreases decreasing"),
    ("profit gain gained gains", "loss lost losses losing"),
    ("north", "south"),
    ("east", "west"),
    ("above", "below"),
    ("more greater", "less fewer smaller"),
    ("up upward upwards", "down downward downwards"),
    ("left", "right"),
    ("clockwise", "counterclockwise anticlockwise"),
    ("forward forwards", "backward backwards"),
    ("before", "after"),
    ("earlier", "later"),
    ("higher", "lower"),
    ("faster", "slower"),
    ("older", "younger"),
    ("longer taller", "shorter"),
    ("inside", "outside"),
    ("odd", "even"),
    ("wins", "loses"),
    ("rise rises rose", "fall falls fell"),
    ("maximum", "minimum"),
]
SIDES = {word: (pair, side) for pair, both in enumerate(PAIRS) for side in (0, 1) for word in both[side].split()}
"""Word to its pair and the side of the pair on which it stands."""
WORD = re.compile(r"(?<![a-zA-Z\\])[a-zA-Z]{2,}")


def opposite(answer: str, gold: str) -> bool:
    """Tell whether one answer has a word whose opposite the other has, and neither has both."""
    mine, theirs = sides(answer), sides(gold)
    return any(mine[pair].isdisjoint(theirs[pair]) for pair in mine.keys() & theirs.keys())


def sides(text: str) -> dict[int, set[int]]:
    """The pairs of opposites of which a text has words, and the sides of these words."""
    found: dict[int, set[int]] = {}
    for word in WORD.findall(text):
        if word.lower() in SIDES:
            pair, side = SIDES[word.lower()]
            found.setdefault(pair, set()).add(side)
    return found

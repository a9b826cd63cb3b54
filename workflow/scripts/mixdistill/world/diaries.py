"""Word problems of the miniature world: a diary of purchases and sales, with a number asked at its end.

``Tom has 14 books. Mon finds 9. Tue loses 2. Wed times 3. How many?`` The running number stays in 0..99.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from mixdistill.errors import UserError

NAMES = ("Tom", "Ann", "Bob", "Sue")
THINGS = ("apples", "coins", "cards", "books")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
VERBS = {"+": ("buys", "finds"), "-": ("sells", "loses"), "*": ("times",)}
LARGEST = 99


@dataclass(frozen=True)
class Level:
    """How hard the diaries of one benchmark are."""

    steps: tuple[int, int]
    two_digit: float
    times: float


LEVELS = {
    "gsm8k": Level((2, 2), 0.0, 0.0),
    "math": Level((2, 3), 0.3, 0.1),
    "amc": Level((3, 3), 0.5, 0.15),
    "olympiad": Level((4, 4), 0.8, 0.25),
    "aime": Level((6, 6), 0.95, 0.3),
    "retold-3": Level((3, 3), 0.6, 0.2),
    "retold-4": Level((4, 4), 0.7, 0.25),
    "retold-6": Level((5, 6), 0.8, 0.3),
    "drill": Level((2, 6), 0.15, 0.1),
    "single": Level((1, 1), 0.15, 0.1),
}
BENCHMARKS = ("gsm8k", "math", "amc", "olympiad", "aime")
RETOLD = ("gsm8k", "math", "retold-3", "retold-4", "retold-6")
"""Levels of the diaries that pretraining retells: apart from the benchmarks, whose difficulty may be tuned."""

# Every diary belongs to one of ten buckets by its numbers alone, so no split holds a problem of another
# one, not even under other names; the pretraining corpus is a split like the rest.
SPLITS = {"test": (0, 1), "dev": (2,), "train": (3, 4, 5), "corpus": (6, 7, 8, 9)}
BUCKETS = 10
ATTEMPTS = 2_000


@dataclass(frozen=True)
class Step:
    """One day of a diary, with the number before and after it."""

    day: str
    verb: str
    sign: str
    operand: int
    before: int
    after: int

    @property
    def entry(self) -> str:
        """The day as the problem words it."""
        return f"{self.day} {self.verb} {self.operand}"


@dataclass(frozen=True)
class Diary:
    """A problem with everything a solution needs."""

    name: str
    thing: str
    start: int
    steps: tuple[Step, ...]

    @property
    def story(self) -> str:
        """The problem without its question."""
        entries = " ".join(f"{step.entry}." for step in self.steps)
        return f"{self.name} has {self.start} {self.thing}. {entries}"

    @property
    def problem(self) -> str:
        """The text shown to a model."""
        return f"{self.story} How many?"

    @property
    def answer(self) -> int:
        """The number asked for."""
        return self.steps[-1].after

    @property
    def numbers(self) -> str:
        """The arithmetic without names and wording; what splits are told apart by."""
        return str(self.start) + "".join(f"{step.sign}{step.operand}" for step in self.steps)


def applied(number: int, sign: str, operand: int) -> int:
    """Work out one step."""
    return {"+": number + operand, "-": number - operand, "*": number * operand}[sign]


def operation(number: int, two_digit: float, times: float, rng: Random) -> tuple[str, int]:
    """Choose a sign and an operand that keep the running number in 0..99."""
    if rng.random() < times and number > 1:
        factors = [factor for factor in range(2, 10) if number * factor <= LARGEST]
        if factors:
            return "*", rng.choice(factors)
    low, high = (10, 59) if rng.random() < two_digit else (2, 9)
    room = {"+": LARGEST - number, "-": number}
    signs = [sign for sign in "+-" if room[sign] >= low]
    if not signs:
        low, high = 2, 9
        signs = ["+" if number < 50 else "-"]
    sign = rng.choice(signs)
    return sign, rng.randint(low, min(high, room[sign]))


def drafted(level: Level, rng: Random) -> Diary:
    """Make up a diary without regard to splits."""
    easy_start = level.two_digit == 0 or rng.random() < 0.3
    start = number = rng.randint(3, 9) if easy_start else rng.randint(10, 60)
    steps = []
    for day in DAYS[: rng.randint(*level.steps)]:
        sign, operand = operation(number, level.two_digit, level.times, rng)
        after = applied(number, sign, operand)
        steps.append(Step(day, rng.choice(VERBS[sign]), sign, operand, number, after))
        number = after
    return Diary(rng.choice(NAMES), rng.choice(THINGS), start, tuple(steps))


def bucket(diary: Diary) -> int:
    """Tell which of the ten buckets a diary falls into, on any machine and in any run."""
    digest = hashlib.sha256(diary.numbers.encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def draw(level: str, split: str, rng: Random) -> Diary:
    """Make up a diary of one level that belongs to one split."""
    while True:
        diary = drafted(LEVELS[level], rng)
        if bucket(diary) in SPLITS[split]:
            return diary


def distinct(levels: list[str], split: str, rows: int, seed: int) -> Iterator[tuple[str, Diary]]:
    """Yield ``rows`` diaries with different texts, the levels taking turns.

    Raises:
        UserError: a level or split is unknown, or a level is too small for so many rows.
    """
    for level in levels:
        if level not in LEVELS:
            raise UserError(f"level {level!r} is unknown; choose from {', '.join(LEVELS)}")
    if split not in SPLITS:
        raise UserError(f"split {split!r} is unknown; choose from {', '.join(SPLITS)}")
    rng = Random(f"{split}/{'+'.join(levels)}/{seed}")
    seen: set[str] = set()
    for row in range(rows):
        level = levels[row % len(levels)]
        for _ in range(ATTEMPTS):
            diary = draw(level, split, rng)
            if diary.problem not in seen:
                break
        else:
            raise UserError(f"level {level!r} has too few problems in split {split!r} for rows: {rows}")
        seen.add(diary.problem)
        yield level, diary

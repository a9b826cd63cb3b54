"""The schema of tables and figures: what is shown pulls what is trained."""

from typing import Annotated, Literal

from pydantic import Field

from mixdistill.config.base import Strict


class Shown(Strict):
    """Keys of every table and figure."""

    title: str = Field(min_length=1)
    """Heading."""
    paper: str | None = None
    """The table or figure of the paper that it repeats."""


class Printed(Strict):
    """Numbers that were printed of the same experiment, shown beside ours in what has ``paper``."""

    numbers: str | None = Field(None, min_length=1)
    """A CSV file with columns source, student, mixture, minus, benchmark (``average`` for averages), value and note,
    names as in this experiment; by default the paper's own, ``config/printed.csv``."""
    apart: dict[str, str] = {}
    """Student or mixture to the reason why its printed numbers are not comparable with ours."""


class OnSubset(Shown):
    """Keys of tables that can leave out test problems."""

    subset: Literal["all", "clean"] = "all"
    """``clean`` leaves out, for all arms, the test problems that leak into what any of them was taught
    (``teaching.leakage``)."""


class Pair(Strict):
    """Two mixtures whose difference is a gap: the first one's average minus the second one's."""

    title: str = Field(min_length=1)
    """What the gap is called, such as ``long CoT gap``."""
    first: str
    """A mixture: the average of its students is counted positive."""
    second: str
    """A mixture: the average of its students is subtracted."""


class OfGap(Shown):
    """Keys of what shows one gap."""

    gap: Pair
    """The two mixtures."""
    students: list[str] = Field(min_length=1)
    """Rows, blocks or points, in this order."""


class OfArms(Shown):
    """Keys of tables with a row per student and mixture."""

    students: list[str] = Field(min_length=1)
    """Blocks, in this order."""
    mixtures: list[str] = Field(min_length=1)
    """Rows of each block; where answers are counted, ``untrained`` may be one."""


class GapTable(OfGap, OnSubset):
    """Averages of two mixtures and their gap, a row per student (Tables 1 and 2)."""

    kind: Literal["gap"]
    """Averages of two mixtures and their gap, a row per student."""


class MethodsTable(OfArms, OnSubset):
    """Every benchmark and the average, a row per student and mixture (Table 3)."""

    kind: Literal["methods"]
    """Every benchmark and the average, a row per student and mixture."""


class GradersTable(Shown):
    """The same answers under every grader, and the conclusions that change with it."""

    kind: Literal["graders"]
    """The same answers under every grader, and the conclusions that change with it."""
    students: list[str] = Field(min_length=1)
    """Blocks, in this order."""
    gaps: list[Pair] = Field(min_length=1)
    """The conclusions; each block has their mixtures, then the gaps."""


class JudgeTable(OfArms):
    """How far the judge can be trusted, and what it changed; needs ``judge`` with mode ``audit``."""

    kind: Literal["judge-audit"]
    """How far the judge can be trusted, and what it changed."""


class SlicesTable(OfGap, OnSubset):
    """A gap on parts of the problems: by benchmark, level, subject, and length of the answers."""

    kind: Literal["slices"]
    """A gap on parts of the problems."""
    by: list[Literal["benchmark", "level", "subject", "length"]] = ["benchmark", "level", "subject", "length"]
    """What divides the problems; ``length`` is that of the answers, of both mixtures together, in quarters."""


class EndingsTable(OfArms, OnSubset):
    """How answers ended, and what the average would be if those that did not end well were all wrong, or all right."""

    kind: Literal["endings"]
    """How answers ended, and what that could change."""


class TrainingTable(OfArms):
    """What students were trained on: rows, cut rows, tokens and lengths of each arm."""

    kind: Literal["training"]
    """What students were trained on."""


class SamplesTable(OfArms, OnSubset):
    """Several answers to each problem: pass@k and maj@k, a row per student and mixture."""

    kind: Literal["samples"]
    """Several answers to each problem: pass@k and maj@k."""
    k: list[Annotated[int, Field(ge=1, le=1024)]] = Field(min_length=1)
    """Numbers of answers, at most ``answering.samples``."""


class OfStyle(Shown):
    """Keys of tables and figures of rank shift."""

    student: str
    """Who wrote the answers; ranks are those under the student as it came."""
    mixture: str
    """Trained on this, with the first seed; answers must be greedy."""
    answers: int = Field(200, ge=1)
    """How many answers are looked at, of all benchmarks."""
    least: int = Field(10, ge=1)
    """Tokens that occur less often are not shown."""
    top: int = Field(20, ge=1, le=60)
    """Tokens that are shown."""


class RankShiftTable(OfStyle):
    """The tokens that training has made much more likely (the paper's section on speaking style)."""

    kind: Literal["rank-shift"]
    """The tokens that training has made much more likely."""


class RankShiftFigure(OfStyle):
    """The tokens that training has made much more likely, as bars (Figure 8)."""

    kind: Literal["rank-shift"]
    """The tokens that training has made much more likely, as bars."""


class ExampleFigure(Shown):
    """One problem, and what a student answers after training on each of several mixtures (Figure 7).

    The problem is chosen by rule: of those that only the last mixture's model solves, the one whose answers are
    shortest together; if there is none, of those that it solves and not all others do.
    """

    kind: Literal["example"]
    """One problem, and the answers of several models."""
    student: str
    """Whose answers."""
    mixtures: list[str] = Field(min_length=2, max_length=4)
    """Trained on these, with the first seed; the last one is to be shown at its best."""


class SizeFigure(OfGap):
    """A gap against the students' size, a line per family (Figures 2 and 3)."""

    kind: Literal["gap-by-size"]
    """A gap against the students' size, a line per family."""


class Variant(Strict):
    """A model and its variant, such as a general student and a math expert."""

    title: str = Field(min_length=1)
    """What the two have in common."""
    students: list[str] = Field(min_length=2, max_length=2)
    """The two students."""


class VariantsFigure(Shown):
    """Gaps of students and of their variants, side by side (Figures 4 and 5)."""

    kind: Literal["variants"]
    """Gaps of students and of their variants, side by side."""
    labels: list[str] = Field(min_length=2, max_length=2)
    """What the first and the second of each pair are, for the legend."""
    variants: list[Variant] = Field(min_length=1)
    """Pairs of students."""
    gaps: list[Pair] = Field(min_length=1)
    """A panel per gap."""


class SweepFigure(Shown):
    """Average against the weight of one teacher (Figure 6)."""

    kind: Literal["sweep"]
    """Average against the weight of one teacher."""
    student: str
    """Whose average."""
    sweeps: list[str] = Field(min_length=1)
    """Lines, entries of ``sweeps``."""


Table = Annotated[
    GapTable
    | MethodsTable
    | GradersTable
    | JudgeTable
    | SlicesTable
    | EndingsTable
    | TrainingTable
    | SamplesTable
    | RankShiftTable,
    Field(discriminator="kind"),
]
Figure = Annotated[
    SizeFigure | VariantsFigure | SweepFigure | ExampleFigure | RankShiftFigure, Field(discriminator="kind")
]

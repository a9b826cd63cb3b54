"""Gaps of students and of their variants, side by side (paper, Figures 4 and 5)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill.arms import arms
from mixdistill.captions import basis, footnotes, heading, mixture_title
from mixdistill.entry import run
from mixdistill.floor import Floor, floor
from mixdistill.plotting import (
    COLUMN,
    FLOOR,
    GREY,
    PAGE,
    SMALL,
    STYLE,
    TINT,
    canvas,
    keys_of,
    mark,
    reach,
    save,
    wrapped,
    write_around,
)
from mixdistill.statistics import Estimate, difference, estimate, overall, pooled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OFFSET = 0.16
"""Half the distance between the two students of a pair, where pairs are 1 apart."""
NAMES = 0.3
"""Share of the column that names of pairs may take; longer ones are broken into lines."""


def panel(axes: "Axes", pairs: list[tuple[Estimate, Estimate]], labels: list[str]) -> None:
    """Draw a gap of every pair: two marks with intervals, joined by a thin line that shows their distance."""
    for row, pair in enumerate(pairs):
        axes.plot(
            [gap.value for gap in pair],
            [row - OFFSET, row + OFFSET],
            color=GREY,
            lw=0.6,
            ls=(0, (1, 1.5)),
            zorder=1,
        )
    for side, label in enumerate(labels):
        look, gaps = mark(side), [pair[side] for pair in pairs]
        x, y = [gap.value for gap in gaps], [row + (2 * side - 1) * OFFSET for row in range(len(pairs))]
        axes.errorbar(x, y, xerr=reach(gaps), fmt="none", ecolor=look.colour, elinewidth=1, zorder=2)
        fill = look.colour if side == 0 else "white"
        axes.plot(x, y, look.marker, color=look.colour, mfc=fill, mew=1, ms=5, label=label, zorder=3)


def range_of(gaps: list[Estimate]) -> tuple[float, float]:
    """Ends of the axis of all panels: every interval and 0, with some room."""
    ends = [0.0, *[end for gap in gaps for end in (gap.low, gap.high)]]
    room = 0.08 * max(max(ends) - min(ends), 1.0)
    return min(ends) - 2 * room, max(ends) + 2 * room


def favour(axes: "Axes", first: str, second: str, noise: Floor | None) -> None:
    """Shade the side of the second mixture and the noise floor; say above both sides which mixture they favour."""
    axes.axvspan(axes.get_xlim()[0], 0, color=TINT, lw=0, zorder=0)
    if noise and noise.points:
        axes.axvspan(-noise.points, noise.points, color=FLOOR, lw=0, zorder=0.5)
    axes.axvline(0, color="black", lw=0.7, zorder=1)
    for x, ha, text in ((0, "left", f"\u2190 favours\n{second}"), (1, "right", f"favours \u2192\n{first}")):
        axes.text(
            x,
            1.01,
            text,
            transform=axes.transAxes,
            ha=ha,
            va="bottom",
            size=SMALL,
            style="italic",
            color=GREY,
        )


def main(scores: list[Path], pdf: Path, svg: Path, png: Path, look: dict[str, Any]) -> None:
    """Write the figure in three formats."""
    from matplotlib import rc_context
    from matplotlib.ticker import MaxNLocator

    variants, gaps = look["entry"]["variants"], look["entry"]["gaps"]
    students = [student for variant in variants for student in variant["students"]]
    read = arms(scores, look, [(name, gap[side]) for name in students for gap in gaps for side in ("first", "second")])
    averages = {pair: overall(arm) for pair, arm in read.items()}
    noise, least = pooled(averages.values()), floor(scores, look)

    def gap_of(student: str, gap: dict[str, str]) -> Estimate:
        return estimate(difference(averages[student, gap["first"]], averages[student, gap["second"]]), noise)

    shown = [
        [(gap_of(variant["students"][0], gap), gap_of(variant["students"][1], gap)) for variant in variants]
        for gap in gaps
    ]
    with rc_context(STYLE):
        width = COLUMN if len(gaps) == 1 else PAGE
        figure, panels = canvas(width, 0.85 + 0.42 * len(variants), len(gaps))
        limits = range_of([one for pairs in shown for pair in pairs for one in pair])
        for axes, gap, pairs in zip(panels, gaps, shown, strict=True):
            panel(axes, pairs, look["entry"]["labels"])
            axes.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
            axes.set(xlim=limits, ylim=(len(variants) - 0.4, -0.6), xlabel=f"{gap['title']} (points)")
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            favour(axes, mixture_title(look, gap["first"]), mixture_title(look, gap["second"]), least)
        names = [wrapped(figure, variant["title"], 7, room=NAMES * COLUMN) for variant in variants]
        panels[0].set_yticks(range(len(variants)), ["\n".join(lines) for lines in names])
        keys = keys_of(panels[0])
        titles = look["titles"]["students"]
        paired = "; ".join(" and ".join(titles[name] for name in variant["students"]) for variant in variants)
        defined = "; ".join(
            f"{gap['title']}: average accuracy, {mixture_title(look, gap['first'])} minus "
            f"{mixture_title(look, gap['second'])}"
            for gap in gaps
        )
        notes = [f"{defined}. Bars: {basis(read.values())}.", f"Pairs: {paired}.", least.said() if least else ""]
        notes += footnotes(scores, look)
        write_around(figure, heading(look["entry"]), [*notes, look["note"]], keys)
    save(figure, pdf, svg, png)


if __name__ == "__main__":
    run(main)

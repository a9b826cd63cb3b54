"""Average against the weight of one teacher in the mixture, a line per sweep (paper, Figure 6)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.arms import arms
from mixdistill.captions import basis, footnotes, heading, mixture_title
from mixdistill.entry import run
from mixdistill.plotting import (
    COLUMN,
    GREY,
    SMALL,
    STYLE,
    canvas,
    keys_of,
    mark,
    reach,
    save,
    wrapped,
    write_around,
)
from mixdistill.resampling import share_of_best
from mixdistill.statistics import LEVEL, Estimate, estimate, overall, pooled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from mixdistill.arms import Array

DODGE = 0.008
"""Distance between sweeps at the same weight, as a share of the axis: keeps intervals apart."""


class Line(NamedTuple):
    """A sweep: averages by weight, index of the highest, share of resamples in which each is the highest."""

    title: str
    weights: list[float]
    averages: list[Estimate]
    best: int
    shares: "Array"


def draw(axes: "Axes", lines: list[Line]) -> None:
    """Draw every sweep with its intervals; the mark of the highest average is filled and large."""
    for index, line in enumerate(lines):
        look, shift = mark(index), DODGE * (index - (len(lines) - 1) / 2)
        x, y = [weight + shift for weight in line.weights], [found.value for found in line.averages]
        axes.errorbar(x, y, reach(line.averages), fmt="none", ecolor=look.colour, elinewidth=0.8, alpha=0.75, zorder=2)
        axes.plot(x, y, look.line, color=look.colour, zorder=3)
        axes.plot(x, y, look.marker, color=look.colour, mfc="white", mew=1, ms=4.5, zorder=4)
        axes.plot(x[line.best], y[line.best], look.marker, color=look.colour, ms=8, mew=0.6, mec="white", zorder=5)
        axes.plot([], [], look.line, marker=look.marker, color=look.colour, mfc="white", mew=1, label=line.title)


def verdict(line: Line) -> str:
    """Where a sweep is highest, how sure that is, and which weights could be the best ones."""
    said = f"{line.title}: highest at {line.weights[line.best]:g} (in {100 * line.shares[line.best]:.0f}% of resamples)"
    possible = credible(line)
    return said + ("" if len(possible) == 1 else f"; with 95% one of {', '.join(f'{weight:g}' for weight in possible)}")


def credible(line: Line) -> list[float]:
    """The fewest weights among which the best one is in ``LEVEL`` of the resamples, in order."""
    order = sorted(range(len(line.weights)), key=lambda at: (-line.shares[at], at))
    needed = next(count for count in range(1, len(order) + 1) if sum(line.shares[order[:count]]) >= LEVEL - 1e-9)
    return sorted(line.weights[at] for at in order[:needed])


def ends(axes: "Axes", sweeps: Iterable[dict[float, str]], look: dict[str, Any]) -> None:
    """Say under the ends of the axis which pure sets they are, as far as these have a title."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    deepest = 0
    for weight, x, ha in ((0.0, 0, "left"), (1.0, 1, "right")):
        mixtures = dict.fromkeys(sweep[weight] for sweep in sweeps if weight in sweep)
        titles = [f"pure {mixture_title(look, name)}" for name in mixtures if name in look["titles"]["mixtures"]]
        lines = [line for title in titles for line in wrapped(figure, title, SMALL, room=0.4 * COLUMN)]
        axes.annotate(
            "\n".join(lines),
            (x, 0),
            (0, -14),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=ha,
            va="top",
            size=SMALL,
            color=GREY,
        )
        deepest = max(deepest, len(lines))
    axes.set_xlabel("Weight in the mixture", labelpad=3 + deepest * 1.3 * SMALL)


def main(scores: list[Path], pdf: Path, svg: Path, png: Path, look: dict[str, Any]) -> None:
    """Write the figure in three formats."""
    from matplotlib import rc_context
    from matplotlib.ticker import MaxNLocator

    student = look["entry"]["student"]
    sweeps = {
        name: dict(sorted((float(weight), mixture) for weight, mixture in look["sweeps"][name].items()))
        for name in look["entry"]["sweeps"]
    }
    read = arms(scores, look, [(student, mixture) for sweep in sweeps.values() for mixture in sweep.values()])
    averages = {mixture: overall(arm) for (_, mixture), arm in read.items()}
    noise = pooled(averages.values())
    lines = []
    for name, sweep in sweeps.items():
        measures = [averages[mixture] for mixture in sweep.values()]
        shown = [estimate(measure, noise) for measure in measures]
        lines.append(Line(look["titles"]["sweeps"][name], list(sweep), shown, *share_of_best(measures, noise)))
    weights = sorted({weight for line in lines for weight in line.weights})
    with rc_context(STYLE):
        figure, (axes,) = canvas(COLUMN, 2.7)
        draw(axes, lines)
        axes.set_xticks(weights, [f"{weight:g}" for weight in weights])
        axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
        axes.set(ylabel="Average accuracy (%)")
        axes.grid(axis="y", color=GREY, alpha=0.2, lw=0.4)
        ends(axes, list(sweeps.values()), look)
        keys = keys_of(axes)
        title, found = look["titles"]["students"][student], f"{'; '.join(map(verdict, lines))}."
        notes = [
            f"Student: {title}. Bars: {basis(read.values())}.",
            f"Large filled marks: highest average. {found}",
            *footnotes(scores, look),
            look["note"],
        ]
        write_around(figure, heading(look["entry"]), notes, keys)
    save(figure, pdf, svg, png, f"{title}. {found}")


if __name__ == "__main__":
    run(main)

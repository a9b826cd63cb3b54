"""A gap against the students' size, a line per family (paper, Figures 2 and 3)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.arms import arms
from mixdistill.captions import basis, footnotes, heading, mixture_title
from mixdistill.entry import run
from mixdistill.floor import Floor, floor
from mixdistill.plotting import (
    COLUMN,
    FLOOR,
    GREY,
    SMALL,
    STYLE,
    TINT,
    canvas,
    freeze,
    keys_of,
    mark,
    reach,
    save,
    write_around,
)
from mixdistill.printed import Key, numbers
from mixdistill.statistics import Estimate, difference, estimate, overall, pooled, spread
from mixdistill.trend import fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 6.0
"""Size of the points' labels, in points."""
COMPACT, SPACIOUS, CROWD = (COLUMN, 2.6), (5.0, 3.2), 6
"""Width and height in inches, up to this many students and for more: their labels need room."""
SHADE = "#8c8c8c"
"""Colour of printed numbers, behind ours."""
APART = 2.4
"""Least distance between students, in points: keeps error bars from covering each other."""


class Point(NamedTuple):
    """A student: name on the face, size in parameters, gap in percentage points."""

    title: str
    family: str
    parameters: float
    gap: Estimate
    printed: float | None = None
    """The gap that was printed."""
    variance: float = 0.0
    """Of the gap, in squared percentage points; 0 where it is not known."""


def human(parameters: float) -> str:
    """A number of parameters as people say it: 30k, 1.5B."""
    for unit, size in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if parameters >= size:
            return f"{parameters / size:.3g}{unit}"
    return f"{parameters:.3g}"


def ticks(low: float, high: float) -> list[float]:
    """Round sizes between two sizes: powers of ten if they are enough, else finer."""
    import math

    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in ([1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]):
        found = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
        if len(found) >= 3:
            break
    return found


def ends_of(points: list[Point]) -> tuple[float, float]:
    """Ends of the size axis: the sizes, with room for labels on both sides."""
    low, high = min(p.parameters for p in points), max(p.parameters for p in points)
    room = max((high / low) ** 0.15, 1.25)
    return low / room, high * room


def apart(sizes: list[float], step: float) -> list[float]:
    """Move sizes that are closer than a factor ``step`` away from each other, to both sides."""
    order = sorted(range(len(sizes)), key=lambda index: sizes[index])
    up, down = list(sizes), list(sizes)
    for before, after in zip(order, order[1:], strict=False):
        up[after] = max(up[after], up[before] * step)
    for before, after in reversed(list(zip(order, order[1:], strict=False))):
        down[before] = min(down[before], down[after] / step)
    return [(high * low) ** 0.5 for high, low in zip(up, down, strict=True)]


def draw(axes: "Axes", points: list[Point]) -> list[tuple[float, float]]:
    """Draw the families; returns where the points are: those of the same size are moved apart a little."""
    from matplotlib.ticker import MaxNLocator

    low, high = ends_of(points)
    moved = apart([point.parameters for point in points], (high / low) ** (APART / (72 * COLUMN)))
    where = {point: (x, point.gap.value) for point, x in zip(points, moved, strict=True)}
    behind = [(where[point][0], point.printed) for point in points if point.printed is not None]
    if behind:
        x, y = zip(*behind, strict=True)
        axes.plot(x, y, "o", color=SHADE, mfc="none", mew=1.2, ms=8, zorder=1.5, label="as printed")
    for index, family in enumerate(dict.fromkeys(point.family for point in points)):
        look = mark(index)
        members = sorted((point for point in points if point.family == family), key=where.__getitem__)
        x, y = zip(*(where[point] for point in members), strict=True)
        gaps = [point.gap for point in members]
        axes.errorbar(x, y, reach(gaps), fmt="none", ecolor=look.colour, elinewidth=0.8, alpha=0.75)
        axes.plot(x, y, look.line + look.marker, color=look.colour, mec="white", mew=0.5, ms=5.5, label=family)
    ends = [end for point in points for end in (point.gap.low, point.gap.high, 0.0)] + [y for _, y in behind]
    room = 0.13 * max(max(ends) - min(ends), 1.0)
    axes.set(xscale="log", xlim=(low, high), ylim=(min(ends) - 1.3 * room, max(ends) + 1.3 * room))
    shown = ticks(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axes.set_xticks(shown, [human(size) for size in shown])
    axes.minorticks_off()
    return [where[point] for point in points]


def crossover(axes: "Axes", points: list[Point], first: str, second: str) -> str:
    """Draw the line through all points and where it crosses 0; returns what is to be said of it."""
    sizes = [point.parameters for point in points]
    line = fitted(sizes, [point.gap.value for point in points], [point.variance for point in points])
    if line is None:
        return ""
    ends = min(sizes), max(sizes)
    axes.plot(ends, [line.at(size)[0] for size in ends], ":", color=GREY, lw=1, zorder=1.2, scalex=False, scaley=False)
    found = line.crossing()
    if found is None:
        return "Crossover: cannot be told, for the gap may not depend on size (weighted line, dotted)."
    size, low, high = found
    axes.plot([low, high], [0, 0], color=GREY, lw=3, alpha=0.6, solid_capstyle="butt", zorder=1.3, scalex=False)
    axes.plot([size], [0], "d", color=GREY, ms=5, zorder=1.4, scalex=False)
    below, above = (second, first) if line.slope > 0 else (first, second)
    where = "" if ends[0] <= size <= ends[1] else ", outside the sizes shown"
    return (
        f"Crossover of a weighted line (dotted) in the logarithm of size: {human(size)} [{human(low)}, "
        f"{human(high)}]{where}; {below} is better below, {above} above."
    )


def favour(axes: "Axes", first: str, second: str, noise: Floor | None) -> None:
    """Shade the halves and the noise floor, and say which mixture each half favours."""
    low, high = axes.get_ylim()
    if noise and noise.points:
        axes.axhspan(-noise.points, noise.points, color=FLOOR, lw=0, zorder=0.5)
    axes.axhspan(low, 0, color=TINT, lw=0, zorder=0)
    axes.axhline(0, color="black", lw=0.7, zorder=1)
    for y, va, text in ((0.985, "top", f"favours {first}"), (0.015, "bottom", f"favours {second}")):
        axes.text(0.012, y, text, transform=axes.transAxes, va=va, size=SMALL, style="italic", color=GREY)


def label(axes: "Axes", points: list[Point], spots: list[tuple[float, float]]) -> None:
    """Write the students' names beside their points, where they cover neither marks nor lines nor each other."""
    from textalloc import allocate

    families = list(dict.fromkeys(point.family for point in points))
    lines = [
        sorted(spot for point, spot in zip(points, spots, strict=True) if point.family == family) for family in families
    ]
    lines += [[(x, point.gap.low), (x, point.gap.high)] for point, (x, _) in zip(points, spots, strict=True)]
    lines.append([(x, 0.0) for x in axes.get_xlim()])
    x, y = map(list, zip(*spots, strict=True))
    allocate(
        axes,
        x,
        y,
        [point.title for point in points],
        x_scatter=x,
        y_scatter=y,
        x_lines=[[x for x, _ in line] for line in lines],
        y_lines=[[y for _, y in line] for line in lines],
        textsize=LABEL,
        textcolor=[mark(families.index(point.family)).colour for point in points],
        linecolor=GREY,
        linewidth=0.4,
        nbr_candidates=400,
        avoid_label_lines_overlap=True,
    )


def show(
    points: list[Point],
    explained: str,
    look: dict[str, Any],
    pdf: Path,
    svg: Path,
    png: Path,
    noise: Floor | None = None,
) -> None:
    """Write the figure of some points; ``explained`` says what they and their bars are."""
    from matplotlib import rc_context

    gap = look["entry"]["gap"]
    with rc_context(STYLE):
        figure, (axes,) = canvas(*(SPACIOUS if len(points) > CROWD else COMPACT))
        spots = draw(axes, points)
        keys = keys_of(axes)
        favour(axes, mixture_title(look, gap["first"]), mixture_title(look, gap["second"]), noise)
        crossing = crossover(axes, points, mixture_title(look, gap["first"]), mixture_title(look, gap["second"]))
        axes.set(xlabel="Student's parameters", ylabel=f"{gap['title']} (points)")
        notes = [explained, crossing, noise.said() if noise else "", *look.get("footnotes", []), look["note"]]
        write_around(figure, heading(look["entry"]), notes, keys if len(keys) > 1 else [])
        freeze(figure)
        label(axes, points, spots)
    save(figure, pdf, svg, png, crossing)


def main(scores: list[Path], pdf: Path, svg: Path, png: Path, look: dict[str, Any]) -> None:
    """Write the figure in three formats."""
    gap, students = look["entry"]["gap"], look["entry"]["students"]
    read = arms(scores, look, [(student, gap[side]) for student in students for side in ("first", "second")])
    averages = {pair: overall(arm) for pair, arm in read.items()}
    noise, printed = pooled(averages.values()), numbers(look)
    points = []
    for student in students:
        measure = difference(averages[student, gap["first"]], averages[student, gap["second"]])
        found = spread(measure, noise)
        points.append(
            Point(
                look["titles"]["students"][student],
                look["families"][student],
                look["parameters"][student],
                estimate(measure, noise),
                printed.get(Key(student, gap["first"], gap["second"])),
                found.problems + found.seeds,
            )
        )
    first, second = mixture_title(look, gap["first"]), mixture_title(look, gap["second"])
    explained = f"{gap['title']}: average accuracy, {first} minus {second}. Bars: {basis(read.values())}."
    look = {**look, "footnotes": footnotes(scores, look)}
    show(points, explained, look, pdf, svg, png, floor(scores, look))


if __name__ == "__main__":
    run(main)

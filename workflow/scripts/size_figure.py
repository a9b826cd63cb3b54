"""A gap against the students' size, a line per family (paper, Figures 2 and 3)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.entry import run
from mixdistill.plotting import (
    COLUMN,
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
    text_width,
    write_around,
)
from mixdistill.statistics import Estimate, arms, basis, difference, estimate, heading, mixture_title, overall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = 6.0
"""Size of the points' labels, in points."""
COMPACT, SPACIOUS, CROWD = (COLUMN, 2.6), (5.0, 3.2), 6
"""Width and height in inches, up to this many students and for more: their labels need room."""
APART = 2.4
"""Least distance between students, in points: keeps error bars from covering each other."""


SIDES = [
    (1, 0),
    (-1, 0),
    (1, 1),
    (-1, 1),
    (1, -1),
    (-1, -1),
    (0, 1),
    (0, -1),
    (1, 2),
    (-1, 2),
    (1, -2),
    (-1, -2),
]
"""Directions from a point to its label, the usual ones first: right, left, above right and so on."""


class Point(NamedTuple):
    """A student: name on the face, size in parameters, gap in percentage points."""

    title: str
    family: str
    parameters: float
    gap: Estimate


class Box(NamedTuple):
    """A rectangle, in points from the lower left corner of the figure."""

    left: float
    bottom: float
    right: float
    top: float

    def shared(self, other: "Box") -> float:
        """Area in common."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(wide, 0.0) * max(high, 0.0)

    def outside(self, other: "Box") -> float:
        """Area that is not in the other."""
        return (self.right - self.left) * (self.top - self.bottom) - self.shared(other)


class Place(NamedTuple):
    """Where a label may be: what it costs, its rectangle, and the end of the line that leads to it."""

    price: float
    box: Box
    end: tuple[float, float] | None


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


def spread(points: list[Point]) -> tuple[float, float]:
    """Ends of the size axis: the sizes, with room for labels on both sides."""
    low, high = min(p.parameters for p in points), max(p.parameters for p in points)
    room = max((high / low) ** 0.15, 1.25)
    return low / room, high * room


def candidates(spot: tuple[float, float], width: float, height: float) -> list[Place]:
    """Places for a label around a point, each with its price: the nearer and the more usual, the cheaper."""
    x, y = spot
    found = []
    for ring, distance in enumerate((4.5, 8.0, 13.0, 19.0, 26.0)):
        for order, (right, up) in enumerate(SIDES):
            left = x + right * distance * (0.8 if up else 1) - (1 - right) / 2 * width
            bottom = y + up * distance - (1 - up) / 2 * height
            box = Box(left, bottom, left + width, bottom + height)
            found.append(Place(ring * 7 + order * 0.5, box, leader(spot, box)))
    return found


def leader(spot: tuple[float, float], box: Box) -> tuple[float, float] | None:
    """Where a line from a point meets its label, if the label is so far away that it needs a line."""
    near = (min(max(spot[0], box.left), box.right), min(max(spot[1], box.bottom), box.top))
    return near if abs(near[0] - spot[0]) + abs(near[1] - spot[1]) > 11 else None


def along(start: tuple[float, float], end: tuple[float, float]) -> list[Box]:
    """A line as a chain of small boxes."""
    steps = max(int(max(abs(end[0] - start[0]), abs(end[1] - start[1])) / 2), 1)
    spots = [tuple(a + (b - a) * step / steps for a, b in zip(start, end, strict=True)) for step in range(steps + 1)]
    return [Box(x - 0.8, y - 0.8, x + 0.8, y + 0.8) for x, y in spots]


def placed(
    spots: list[tuple[float, float]], choices: list[list[Place]], obstacles: list[Box], frame: Box
) -> list[Place]:
    """Choose a place for every label: free of marks, labels and their lines, inside the frame.

    Greedy, then improved by moving one label at a time; the same for the same figure.
    """
    fixed = [
        [place.price + 7 * covered(place.box, obstacles) + 20 * place.box.outside(frame) for place in places]
        for places in choices
    ]
    marks = [Box(x - 3, y - 3, x + 3, y + 3) for x, y in spots]
    chosen: dict[int, Place] = {}
    for _ in range(5):
        for label, places in enumerate(choices):
            others = [place for other, place in chosen.items() if other != label]
            boxes = [place.box for place in others]
            kept = boxes + marks[:label] + marks[label + 1 :]
            led = [(spots[other], place.end) for other, place in chosen.items() if other != label]
            lines = [box for start, end in led if end for box in along(start, end)]
            costs = []
            for place, cost in zip(places, fixed[label], strict=True):
                own = along(spots[label], place.end) if place.end else []
                crossed = sum(covered(part, kept) for part in own)
                costs.append(cost + 20 * covered(place.box, boxes) + 10 * (covered(place.box, lines) + crossed))
            chosen[label] = places[costs.index(min(costs))]
    return [chosen[label] for label in range(len(choices))]


def covered(box: Box, others: list[Box]) -> float:
    """Area of a rectangle that others cover, counted as often as it is covered."""
    return sum(box.shared(other) for other in others)


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

    low, high = spread(points)
    moved = apart([point.parameters for point in points], (high / low) ** (APART / (72 * COLUMN)))
    where = {point: (x, point.gap.value) for point, x in zip(points, moved, strict=True)}
    for index, family in enumerate(dict.fromkeys(point.family for point in points)):
        look = mark(index)
        members = sorted((point for point in points if point.family == family), key=where.__getitem__)
        x, y = zip(*(where[point] for point in members), strict=True)
        gaps = [point.gap for point in members]
        axes.errorbar(x, y, reach(gaps), fmt="none", ecolor=look.colour, elinewidth=0.8, alpha=0.75)
        axes.plot(x, y, look.line + look.marker, color=look.colour, mec="white", mew=0.5, ms=5.5, label=family)
    ends = [end for point in points for end in (point.gap.low, point.gap.high, 0.0)]
    room = 0.13 * max(max(ends) - min(ends), 1.0)
    axes.set(xscale="log", xlim=(low, high), ylim=(min(ends) - 1.3 * room, max(ends) + 1.3 * room))
    shown = ticks(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axes.set_xticks(shown, [human(size) for size in shown])
    axes.minorticks_off()
    return [where[point] for point in points]


def favour(axes: "Axes", first: str, second: str) -> None:
    """Shade the halves and say which mixture each favours."""
    low, high = axes.get_ylim()
    axes.axhspan(low, 0, color=TINT, lw=0, zorder=0)
    axes.axhline(0, color="black", lw=0.7, zorder=1)
    for y, va, text in ((0.985, "top", f"favours {first}"), (0.015, "bottom", f"favours {second}")):
        axes.text(0.012, y, text, transform=axes.transAxes, va=va, size=SMALL, style="italic", color=GREY)


def label(axes: "Axes", points: list[Point], spots: list[tuple[float, float]]) -> None:
    """Write the students' names where they cover nothing; a thin line leads to those that moved away."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = 72 / figure.dpi

    def at(x: float, y: float) -> tuple[float, float]:
        spot = axes.transData.transform((x, y)) * scale
        return float(spot[0]), float(spot[1])

    window = axes.get_window_extent()
    frame = Box(*(float(side) * scale for side in (window.x0, window.y0, window.x1, window.y1)))
    centres = [at(x, y) for x, y in spots]
    zero = at(spots[0][0], 0)[1]
    obstacles = along((frame.left, zero), (frame.right, zero))
    for point, (x, _), (left, bottom) in zip(points, spots, centres, strict=True):
        obstacles += [Box(left - 3, bottom - 3, left + 3, bottom + 3)] * 4
        obstacles += along(at(x, point.gap.low), at(x, point.gap.high))
    families = list(dict.fromkeys(point.family for point in points))
    for family in families:
        line = sorted(spot for point, spot in zip(points, centres, strict=True) if point.family == family)
        for start, end in zip(line, line[1:], strict=False):
            obstacles += along(start, end)
    for text in axes.texts:
        box = text.get_window_extent()
        obstacles += [Box(*(float(side) * scale for side in (box.x0, box.y0, box.x1, box.y1)))] * 3
    choices = [
        candidates(centre, 72 * text_width(figure, point.title, LABEL) + 1, LABEL * 1.2)
        for point, centre in zip(points, centres, strict=True)
    ]
    places = placed(centres, choices, obstacles, frame)
    for point, spot, (x, y), place in zip(points, spots, centres, places, strict=True):
        if place.end:
            away = (place.end[0] - x, place.end[1] - y)
            thin = {"arrowstyle": "-", "lw": 0.4, "color": GREY, "shrinkA": 0, "shrinkB": 3}
            axes.annotate("", spot, away, textcoords="offset points", arrowprops=thin, zorder=1.5)
        axes.annotate(
            point.title,
            spot,
            (place.box.left - x, (place.box.bottom + place.box.top) / 2 - y),
            textcoords="offset points",
            va="center_baseline",
            size=LABEL,
            color=mark(families.index(point.family)).colour,
            zorder=4,
        )


def main(scores: list[Path], pdf: Path, svg: Path, png: Path, look: dict[str, Any]) -> None:
    """Write the figure in three formats."""
    from matplotlib import rc_context

    gap, students = look["entry"]["gap"], look["entry"]["students"]
    read = arms(scores, look, [(student, gap[side]) for student in students for side in ("first", "second")])
    points = [
        Point(
            look["titles"]["students"][student],
            look["families"][student],
            look["parameters"][student],
            estimate(difference(overall(read[student, gap["first"]]), overall(read[student, gap["second"]]))),
        )
        for student in students
    ]
    first, second = mixture_title(look, gap["first"]), mixture_title(look, gap["second"])
    with rc_context(STYLE):
        figure, (axes,) = canvas(*(SPACIOUS if len(points) > CROWD else COMPACT))
        spots = draw(axes, points)
        keys = keys_of(axes)
        favour(axes, first, second)
        axes.set(xlabel="Student's parameters", ylabel=f"{gap['title']} (points)")
        explained = f"{gap['title']}: average accuracy, {first} minus {second}. Bars: {basis(read.values())}."
        notes = [explained, *look.get("footnotes", []), look["note"]]
        write_around(figure, heading(look["entry"]), notes, keys if len(keys) > 1 else [])
        freeze(figure)
        label(axes, points, spots)
    save(figure, pdf, svg, png)


if __name__ == "__main__":
    run(main)

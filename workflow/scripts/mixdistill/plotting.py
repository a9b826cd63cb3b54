"""What all figures share: style, colours that survive colour blindness and grey, notes, undated files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill.jsonl import beside
from mixdistill.statistics import Estimate
from mixdistill.terminal import visible

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

COLUMN, PAGE = 3.4, 7.0
"""Widths of a figure, in inches: one column, or the whole page."""
GREY, TINT = "#595959", "#f0f0f0"
FLOOR = "#d0d0d0"
"""Colour of the noise floor."""
SMALL = 6.5
"""Size of secondary text, in points."""
KEY, HANDLE = 7.0, 0.26
"""Legends: size of text in points, length of the sample of a line in inches."""
LONGEST = 3000
"""Characters of a title or note that a figure has room for; the table or caption beside it has all of them."""
MARGIN = 0.05
"""Space between text and the figure's edge, in inches."""
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "figure.dpi": 200,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "mixdistill",
    "text.parse_math": False,  # dollars in the text of others are dollars
}


class Mark(NamedTuple):
    """How one line or group is drawn: each of the three alone tells it from the others."""

    colour: str
    marker: str
    line: str


MARKS = [
    Mark("#0072B2", "o", "-"),
    Mark("#D55E00", "s", "--"),
    Mark("#009E73", "^", "-."),
    Mark("#CC79A7", "D", ":"),
    Mark("#E69F00", "v", "-"),
    Mark("#56B4E9", "P", "--"),
    Mark("#000000", "X", "-."),
]
"""Okabe and Ito's colours that show on white (jfly.uni-koeln.de/color), with a marker and a kind of line."""


def mark(index: int) -> Mark:
    """The mark of the n-th line; they repeat after seven."""
    return MARKS[index % len(MARKS)]


def canvas(width: float, height: float, panels: int = 1) -> "tuple[Figure, list[Axes]]":
    """Make a figure with panels side by side that share their y axis; inches without text around."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, panels, sharey=True, squeeze=False)
    return figure, list(axes[0])


def reach(found: Iterable[Estimate]) -> list[list[float]]:
    """Lengths of error bars, down and up."""
    listed = list(found)
    return [
        [max(one.value - one.low, 0.0) for one in listed],
        [max(one.high - one.value, 0.0) for one in listed],
    ]


def keys_of(axes: "Axes") -> "list[Line2D]":
    """What belongs into a legend: the lines that have a label."""
    return [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]


def text_width(figure: "Figure", text: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text, in inches."""
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=STYLE["font.family"], size=size, weight=weight)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return float(renderer.get_text_width_height_descent(text, font, False)[0]) / figure.dpi


def wrapped(figure: "Figure", text: str, size: float, weight: str = "normal", room: float | None = None) -> list[str]:
    """Break a text into lines that fit some inches, by default the figure's width; what is too long ends in dots."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    lines: list[str] = []
    room = figure.get_figwidth() - 2 * MARGIN if room is None else room
    for word in map(visible, text.split()):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(figure, longer, size, weight) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write_around(figure: "Figure", title: str, notes: Iterable[str], keys: "Sequence[Artist]" = ()) -> None:
    """Put title and legend above and notes below; the figure grows by their height, so that nothing overlaps.

    ``keys`` are the labelled lines of the legend.
    """
    heading = wrapped(figure, title, 8, "bold")
    below = [line for note in notes if note for line in wrapped(figure, note, SMALL)]
    columns, rows = key_columns(figure, keys)
    titled, keyed = block_height(len(heading), 8), block_height(rows, KEY)
    under = block_height(len(below), SMALL)
    width, height = (float(side) for side in figure.get_size_inches())
    full = height + titled + keyed + under
    figure.set_size_inches(width, full)
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(rect=(0, under / full, 1, height / full), wspace=0.05)  # type: ignore[call-arg]
    text(figure, heading, full - MARGIN, size=8, weight="bold")
    text(figure, below, under - MARGIN, size=SMALL, color=GREY)
    if keys:
        top = (full - titled - MARGIN / 2) / full
        legend = figure.legend(
            handles=list(keys),
            loc="upper left",
            bbox_to_anchor=(MARGIN / width, top),
            ncols=columns,
            borderaxespad=0,
            borderpad=0,
            labelspacing=0.3,
            handlelength=HANDLE * 72 / KEY,
            handletextpad=0.6,
            columnspacing=1.5,
        )
        legend.set_in_layout(False)


def key_columns(figure: "Figure", keys: "Sequence[Artist]") -> tuple[int, int]:
    """Columns and rows of a legend: as many beside each other as the figure's width has room for."""
    if not keys:
        return 0, 0
    widest = max(text_width(figure, str(key.get_label()), KEY) for key in keys) + HANDLE + 2.2 * KEY / 72
    columns = min(max(int((figure.get_figwidth() - 2 * MARGIN) / widest), 1), len(keys))
    return columns, -(-len(keys) // columns)


def text(figure: "Figure", lines: list[str], top: float, size: float, **style: Any) -> None:
    """Write lines from the left edge down; ``top`` in inches from the lower edge."""
    width, height = figure.get_size_inches()
    for index, line in enumerate(lines):
        y = (top - index * leading(size)) / height
        figure.text(MARGIN / width, y, line, va="top", family=STYLE["font.family"], size=size, **style)


def leading(size: float) -> float:
    """Distance of lines, in inches."""
    return 1.3 * size / 72


def block_height(lines: int, size: float) -> float:
    """Height of some lines with space around, in inches."""
    return lines * leading(size) + 2 * MARGIN if lines else 0.0


def freeze(figure: "Figure") -> None:
    """Lay the figure out once and keep it so: what is placed by position then stays right."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


def save(figure: "Figure", pdf: Path, svg: Path, png: Path, found: str = "") -> None:
    """Write the three formats, each whole or not at all; the same figure gives the same bytes.

    What was found, in words, is their description: for readers who cannot see them, and for the report.
    """
    from matplotlib import rc_context
    from matplotlib.text import Text

    for one in figure.findobj(Text):
        one.set_text(visible(one.get_text(), keep="\n"))  # an SVG with a control character is none
    found = visible(found)
    undated = {
        "pdf": {"CreationDate": None, "Subject": found},
        "svg": {"Date": None, "Description": found},
        "png": {"Description": found},
    }
    with rc_context(STYLE):
        for path in (pdf, svg, png):
            kind = path.suffix.lstrip(".")
            partial = beside(path)
            figure.savefig(partial, format=kind, dpi=200, metadata=undated[kind])
            partial.replace(path)

"""The tokens that fine-tuning has made much more likely, as bars (paper, Figure 8)."""

from pathlib import Path
from typing import Any

from mixdistill.captions import heading, mixture_title
from mixdistill.entry import run
from mixdistill.plotting import COLUMN, GREY, SMALL, STYLE, canvas, mark, save, write_around
from mixdistill.shifted import basis, most_shifted, quoted


def main(shifts: Path, pdf: Path, svg: Path, png: Path, look: dict[str, Any]) -> None:
    """Write the figure in three formats."""
    from matplotlib import rc_context

    entry = look["entry"]
    _, shown = most_shifted(shifts, entry)
    with rc_context(STYLE):
        figure, (axes,) = canvas(COLUMN, 0.5 + 0.15 * len(shown))
        places = range(len(shown))
        axes.barh(places, [row["mean"] for row in shown], color=mark(0).colour, height=0.7)
        axes.set_yticks(places, [quoted(row["token"]) for row in shown])
        for place, row in zip(places, shown, strict=True):
            axes.annotate(
                f"{row['count']:,}",
                (row["mean"], place),
                (3, 0),
                textcoords="offset points",
                va="center",
                size=SMALL,
                color=GREY,
            )
        axes.margins(x=0.15)
        axes.set(xlabel="Mean rank before training", ylim=(len(shown) - 0.4, -0.6))
        axes.tick_params(axis="y", length=0)
        title = f"{look['titles']['students'][entry['student']]}, {mixture_title(look, entry['mixture'])}"
        notes = [f"{title}; numbers: how often a token occurs. {basis(shifts, entry)}", *look.get("footnotes", [])]
        write_around(figure, heading(entry), [*notes, look["note"]])
    save(figure, pdf, svg, png)


if __name__ == "__main__":
    run(main)

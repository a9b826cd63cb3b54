"""One problem, and what a student answers after training on each of several mixtures (paper, Figure 7)."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill import counts as counting
from mixdistill.arms import read
from mixdistill.captions import heading, mixture_title
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.plotting import GREY, MARGIN, PAGE, SMALL, STYLE, leading, mark, save, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = 40
"""Lines of an answer that are shown; of longer ones the beginning and the end."""
INNER = 0.08
"""Space between a column's text and its edge, in inches."""
TEXT = 6.0
"""Size of the answers, in points."""


class Example(NamedTuple):
    """The problem that was chosen, and why."""

    benchmark: str
    identity: str
    right: list[bool]
    """Of each mixture."""
    among: int
    """How many problems there were to choose from."""
    only: bool
    """Whether they are the ones that the last mixture's model alone solves."""


def chosen(right: list[dict[tuple[str, str], bool]], lengths: dict[tuple[str, str], int]) -> Example | None:
    """The shortest of the problems that only the last model solves, else of those that it solves and not all do."""
    *others, last = right
    solved = [key for key in last if last[key] and all(key in one for one in others)]
    alone = [key for key in solved if not any(one[key] for one in others)]
    some = alone or [key for key in solved if not all(one[key] for one in others)]
    if not some:
        return None
    best = min(some, key=lambda key: (lengths[key], key))
    return Example(*best, [one[best] for one in right], len(some), bool(alone))


def shortened(lines: list[str]) -> list[str]:
    """At most ``LINES`` lines: the beginning and the end, with a line that says how much was left out."""
    if len(lines) <= LINES:
        return lines
    half = (LINES - 1) // 2
    return [*lines[:half], f"[... {len(lines) - 2 * half} lines left out ...]", *lines[-half:]]


def broken(figure: "Figure", text: str, room: float) -> Iterator[str]:
    """Yield the lines of a text, long ones broken; words without blanks are cut into pieces."""
    for line in text.strip().splitlines():
        pieces = [word[at : at + 40] for word in line.split() for at in range(0, len(word), 40)]
        yield from wrapped(figure, " ".join(pieces), TEXT, room=room) or [""]


def draw(
    problem: list[str], columns: list[tuple[str, list[str]]], title: list[str], notes: list[str], figure: "Figure"
) -> None:
    """Write problem and answers; everything is placed in inches from the top."""
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    style = {"family": STYLE["font.family"], "va": "top"}
    place = height - MARGIN

    def write(lines: list[str], left: float, top: float, size: float, **more: Any) -> float:
        for at, line in enumerate(lines):
            figure.text(left / width, (top - at * leading(size)) / height, line, size=size, **style, **more)
        return top - len(lines) * leading(size)

    place = write(title, MARGIN, place, 8, weight="bold") - 2 * MARGIN
    place = write(problem, MARGIN, place, TEXT) - 2 * MARGIN
    room = width / len(columns)
    deepest = place
    for at, (name, lines) in enumerate(columns):
        left = at * room + MARGIN
        below = write([name], left + INNER, place, SMALL, weight="bold", color=mark(at).colour) - MARGIN
        deepest = min(deepest, write(lines, left + INNER, below, TEXT))
    for at in range(len(columns)):
        corner = ((at * room + MARGIN) / width, (deepest - MARGIN) / height)
        size = (0.02 / width, (place - deepest + MARGIN) / height)
        figure.add_artist(Rectangle(corner, *size, color=mark(at).colour, lw=0))
    write(notes, MARGIN, deepest - 3 * MARGIN, SMALL, color=GREY)


def main(
    problems: list[Path], scores: list[Path], answers: list[Path], pdf: Path, svg: Path, png: Path, look: dict[str, Any]
) -> None:
    """Write the figure in three formats; ``answers`` are those of each mixture, in order."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    entry, titles = look["entry"], look["titles"]
    stored = [look["same_as"].get(mixture, mixture) for mixture in entry["mixtures"]]
    frame = read(scores[0], set(stored), ["mixture", "seed", "benchmark", "id", "sample", "correct"])
    frame = frame[frame["sample"] == 0]
    right, written = [], []
    for mixture, path in zip(stored, answers, strict=True):
        rows = frame[(frame["mixture"] == mixture) & (frame["seed"] == int(path.stem))]
        keys = zip(rows["benchmark"].astype(str), rows["id"].astype(str), strict=True)
        right.append(dict(zip(keys, rows["correct"].astype(bool), strict=True)))
        texts = counting.read(path, *counting.ANSWER)
        written.append({(one["benchmark"], one["id"]): one["completion"] for one in texts if one["sample"] == 0})
    lengths = {key: sum(len(one.get(key, "")) for one in written) for key in right[-1]}
    found = chosen(right, lengths)
    last = mixture_title(look, entry["mixtures"][-1])
    if found is None:
        raise UserError(f"{scores[0]}: no problem is solved after training on {last} and not after all others too")
    files = dict(zip(titles["benchmarks"], problems, strict=True))
    (problem,) = (one for one in counting.read(files[found.benchmark], "id") if one["id"] == found.identity)
    rule = f"only the model trained on {last} solves"
    if not found.only:
        rule = f"the model trained on {last} solves and not all others do"
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, 1))
        FigureCanvasAgg(figure)
        room = PAGE / len(answers) - 2 * INNER - MARGIN
        columns = [
            (
                f"{mixture_title(look, mixture)}: {'right' if ok else 'wrong'}",
                shortened(list(broken(figure, text[found.benchmark, found.identity], room))),
            )
            for mixture, ok, text in zip(entry["mixtures"], found.right, written, strict=True)
        ]
        asked = f"{titles['benchmarks'][found.benchmark]}, {found.identity}: {problem['problem']}"
        head = wrapped(figure, heading(entry), 8, "bold")
        question = shortened([*broken(figure, f"{asked} (Reference: {problem['answer']})", PAGE - 2 * MARGIN)])
        chosen_by = (
            f"Student: {titles['students'][entry['student']]}, first seed. Of {found.among:,} problems that {rule}, "
            "the one whose answers are shortest together."
        )
        said = [chosen_by, *look.get("footnotes", []), look["note"]]
        notes = [line for note in said if note for line in wrapped(figure, note, SMALL)]
        inches = len(head) * leading(8) + len(question) * leading(TEXT) + leading(SMALL) + 10 * MARGIN
        inches += max(len(lines) for _, lines in columns) * leading(TEXT) + len(notes) * leading(SMALL)
        figure.set_size_inches(PAGE, inches)
        draw(question, columns, head, notes, figure)
    save(figure, pdf, svg, png)


if __name__ == "__main__":
    run(main)

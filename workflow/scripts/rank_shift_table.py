"""The tokens that fine-tuning has made much more likely: highest ranks before it (paper, section on speaking style)."""

from pathlib import Path
from typing import Any

from mixdistill.captions import heading, mixture_title
from mixdistill.entry import run
from mixdistill.shifted import basis, most_shifted, quoted
from mixdistill.tabular import Row, Table, write


def main(shifts: Path, csv: Path, md: Path, html: Path, tex: Path, look: dict[str, Any]) -> None:
    """Write the table in four formats; the CSV has all tokens."""
    entry = look["entry"]
    every, shown = most_shifted(shifts, entry)
    title = f"{look['titles']['students'][entry['student']]}, {mixture_title(look, entry['mixture'])}"
    table = Table(
        title=heading(entry),
        header=["Token", "Occurs", "Mean rank before", "Median", "Not the likeliest before, %"],
        groups=[
            (
                title,
                [
                    Row([quoted(row["token"]), f"{row['count']:,}", row["mean"], row["median"], 100 * row["shifted"]])
                    for row in shown
                ],
            )
        ],
        notes=[
            "Ranks under the student as it came of the tokens that it writes after training, given the same text "
            "before them; 0 is the likeliest token. Decoding is greedy: after training all these ranks are 0.",
            basis(shifts, entry),
            *look.get("footnotes", []),
        ],
        warning=look["note"],
    )
    about = {"student": entry["student"], "mixture": entry["mixture"]}
    write(table, [{**about, **row, "note": look["note"]} for row in every], csv, md, html, tex)


if __name__ == "__main__":
    run(main)

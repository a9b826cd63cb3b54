"""Tables as CSV for machines, Markdown and HTML for readers, LaTeX for papers: the same numbers."""

import csv
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from urllib.parse import urlencode

from mixdistill.escaping import csv_cell, csv_text, html, latex, markdown, markdown_paragraph, source_of
from mixdistill.jsonl import replacing
from mixdistill.statistics import Estimate

Cell = str | float | Estimate
"""Text, a number, or a number with its interval (printed in brackets)."""


class Row(NamedTuple):
    """One line of a table."""

    cells: list[Cell]
    bold: frozenset[int] = frozenset()
    """Indices of cells that stand out."""
    rows: dict[int, str] = {}
    """Index of a cell to where the report leads from it, as ``behind`` says it."""
    hints: dict[int, str] = {}
    """Index of a cell to what a web page says of it when it is pointed at."""


class Table(NamedTuple):
    """A table as it is printed."""

    title: str
    header: list[str]
    groups: list[tuple[str, list[Row]]]
    """Name and rows of each block; a table of one block may leave out its name, where it is not set by LaTeX."""
    notes: list[str]
    """Sentences under the table."""
    warning: str
    """The experiment's note, directly under the title; may be empty."""
    text: frozenset[int] = frozenset({0})
    """Columns of text; the others are numbers, aligned right."""
    more: tuple["Table", ...] = ()
    """Tables with other columns that are shown below it."""


def sides(gap: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Mixture, and what is subtracted from it if anything is: of the two numbers that make a gap, and of the gap."""
    return (gap["first"], ""), (gap["second"], ""), (gap["first"], gap["second"])


def behind(look: dict[str, Any], student: str, mixture: str, minus: str = "", **only: str) -> str:
    """Where the report leads from a number: the answers of one or two arms, and which of them.

    Args:
        look: what the table says of itself.
        student: whose answers.
        mixture: after training on this.
        minus: and on this, if the number is a gap.
        only: names and values of the report's filters.
    """
    arms = "|".join(f"{student}/{look['same_as'].get(name, name)}" for name in (mixture, minus) if name)
    return f"{arms}?{urlencode(only)}"


def number(value: float) -> str:
    """One decimal, and no minus before zero."""
    return f"{round(value, 1) + 0.0:.1f}"


def shown(cell: Cell) -> str:
    """The text of a cell."""
    if isinstance(cell, Estimate):
        return f"{number(cell.value)} [{number(cell.low)}, {number(cell.high)}]"
    return cell if isinstance(cell, str) else number(cell)


def pipes(table: Table) -> str:
    """A pipe table with a heading; blocks open with a line that has only their name."""
    lines = [f"## {markdown(table.title)}", ""]
    if table.warning:
        lines += [f"> {markdown_paragraph(table.warning)}", ""]
    lines.append(line([markdown(name) for name in table.header]))
    lines.append(line([":---" if column in table.text else "---:" for column in range(len(table.header))]))
    for name, rows in table.groups:
        if name:
            lines.append(line([f"**{markdown(name)}**", *[""] * (len(table.header) - 1)]))
        for row in rows:
            lines.append(line([md_cell(row, index) for index in range(len(table.header))]))
    lines += ["", *[f"- {markdown_paragraph(note)}" for note in table.notes]]
    return "\n".join(lines).rstrip("\n") + "\n"


def line(cells: list[str]) -> str:
    """One line of a pipe table."""
    return "| " + " | ".join(cells) + " |"


def md_cell(row: Row, index: int) -> str:
    """One cell: what stands out is bold."""
    cell = row.cells[index]
    made = markdown(cell) if isinstance(cell, str) else shown(cell)
    return f"**{made}**" if index in row.bold else made


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; color: #222 }
h1 { font-size: 1.2em } table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid }
th, td { padding: .2em .8em; text-align: right; white-space: nowrap }
th { border-bottom: 1px solid } .text { text-align: left; white-space: normal }
.block td { border-top: 1px solid #aaa; font-style: italic }
p { max-width: 50em } li { color: #555; max-width: 50em }
"""
POLICY = f"default-src 'none'; style-src {source_of(STYLE)}; base-uri 'none'; form-action 'none'"
"""What a browser may do for a table's page: show its own style. It runs and loads nothing."""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title><style>{style}</style></head><body>
{body}</body></html>
"""
SECTION = """<h1>{title}</h1>
<p>{warning}</p>
<table>
{lines}
</table>
<ul>{notes}</ul>
"""


def webpage(table: Table) -> str:
    """A page of its own, which Snakemake's report shows as it is; every text in it is escaped."""
    body = "".join(section(one) for one in (table, *table.more))
    return PAGE.format(policy=POLICY, style=STYLE, title=html(table.title), body=body)


def section(table: Table) -> str:
    """One table of a page, with its heading and notes."""

    def cells(tag: str, texts: list[str], row: Row) -> str:
        kinds = [' class="text"' if column in table.text else "" for column in range(len(texts))]
        for at, arms in row.rows.items():
            kinds[at] += f' data-rows="{html(arms)}"'
        for at, hint in row.hints.items():
            kinds[at] += f' title="{html(hint)}"'
        return (
            "<tr>" + "".join(f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, texts, strict=True)) + "</tr>"
        )

    def cell(row: Row, index: int) -> str:
        text = html(shown(row.cells[index]))
        return f"<b>{text}</b>" if index in row.bold else text

    lines = [cells("th", [html(name) for name in table.header], Row([]))]
    for name, rows in table.groups:
        if name:
            lines.append(f'<tr class="block"><td class="text" colspan="{len(table.header)}">{html(name)}</td></tr>')
        lines += [cells("td", [cell(row, index) for index in range(len(table.header))], row) for row in rows]
    notes = "".join(f"<li>{html(note)}</li>" for note in table.notes)
    return SECTION.format(title=html(table.title), warning=html(table.warning), lines="\n".join(lines), notes=notes)


def float_of(table: Table, label: str) -> str:
    """A float for ``\\input``; a table that is wider than the line is made smaller."""
    width = len(table.header)
    lines = [
        r"% Needs \usepackage{booktabs,graphicx}.",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{latex(table.title.rstrip('.'))}.{' ' + latex(table.warning) if table.warning else ''}}}",
        rf"  \label{{tab:{label}}}",
        r"  \small",
        rf"  \sbox0{{\begin{{tabular}}{{{''.join('l' if column in table.text else 'r' for column in range(width))}}}",
        r"    \toprule",
        "    " + " & ".join(latex(name) for name in table.header) + r" \\",
    ]
    for name, rows in table.groups:
        lines += [r"    \midrule", rf"    \multicolumn{{{width}}}{{l}}{{\textit{{{latex(name)}}}}} \\"]
        for row in rows:
            lines.append("    " + " & ".join(tex_cell(row, index) for index in range(width)) + r" \\")
    lines += [r"    \bottomrule", r"  \end{tabular}}"]
    lines += [r"  \ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"]
    if table.notes:
        notes = r" \\ ".join(latex(note) for note in table.notes)
        lines += ["", r"  \smallskip", rf"  \parbox{{\linewidth}}{{\footnotesize {notes}}}"]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def tex_cell(row: Row, index: int) -> str:
    """One cell: numbers with true minus signs, intervals small, what stands out in bold."""
    cell = row.cells[index]
    value = number(cell.value) if isinstance(cell, Estimate) else shown(cell)
    made = latex(value) if isinstance(cell, str) else minus(value)
    made = rf"\textbf{{{made}}}" if index in row.bold else made
    if isinstance(cell, Estimate):
        made += rf" {{\scriptsize [{minus(number(cell.low))}, {minus(number(cell.high))}]}}"
    return made


def minus(value: str) -> str:
    """Set the sign of a number as LaTeX mathematics."""
    return value.replace("-", "$-$")


def write(table: Table, records: list[dict[str, Any]], csv_path: Path, md: Path, html: Path, tex: Path) -> None:
    """Write the four files; ``records`` are the rows of the CSV, whose numbers get four decimals."""
    with replacing(csv_path) as file:
        write_csv(file, [{name: decimals(value) for name, value in record.items()} for record in records])
    tables = (table, *table.more)
    in_pipes = "\n".join(pipes(one) for one in tables)
    floats = "\n".join(float_of(one, f"{tex.stem}-{at}" if at else tex.stem) for at, one in enumerate(tables))
    for path, text in ((md, in_pipes), (html, webpage(table)), (tex, floats)):
        with replacing(path) as file:
            file.write(text)


def write_csv(file: TextIO, records: list[dict[str, Any]]) -> None:
    """Write records as CSV: no text is a formula of a spreadsheet, numbers stay numbers."""
    writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(value) for name, value in record.items()} for record in records)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read what ``write_csv`` has written: every text as it was given."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: csv_text(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def decimals(value: Any) -> Any:
    """Four decimals: what machines with different linear algebra agree on."""
    return f"{round(value, 4) + 0.0:.4f}" if isinstance(value, float) else value

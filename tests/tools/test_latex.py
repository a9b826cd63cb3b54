"""Tables compile as LaTeX, in one column of a paper with two, whatever stands in them."""

import re
import subprocess
from pathlib import Path

import pytest
from mixdistill.escaping import TEX
from mixdistill.statistics import Estimate
from mixdistill.tabular import Row, Table, write

pytestmark = pytest.mark.tools

PAPER = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs,graphicx}
\begin{document}
\input{%s}
\end{document}
"""
SPECIAL = "".join(TEX) + " `'<b>&amp;%% \\input{/etc/passwd} \\end{table} $x_1^{ ~ ]] {["


def table(columns: int) -> Table:
    """Special characters in every place, an interval, a bold cell, and more tables below."""
    cells = [SPECIAL, Estimate(-1.25, -3.04, 0.04), -0.04, *["12.3"] * (columns - 3)]
    rows = [Row(cells, frozenset({1, 2})), Row(["a", "[1]", 2.0, *[""] * (columns - 3)])]
    header = [SPECIAL, *(f"Column {n} %" for n in range(1, columns))]
    one = Table(SPECIAL, header, [(SPECIAL, rows), ("Second", rows)], [SPECIAL, "Note."], SPECIAL)
    return one._replace(more=(one._replace(title="More", warning=""),))


@pytest.mark.parametrize("columns", [3, 14])
def test_a_table_compiles_and_fits_the_column(tmp_path: Path, columns: int) -> None:
    """Nothing is wider than the column but words that cannot be broken."""
    files = [tmp_path / f"table_1.{kind}" for kind in ("csv", "md", "html", "tex")]
    write(table(columns), [{"a": 1.0}], *files)
    (tmp_path / "paper.tex").write_text(PAPER % "table_1.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert "Undefined control sequence" not in log
    assert not re.findall(r"Missing character: .*", log)
    boxes = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) in paragraph at lines (\d+)", log)
    source = (tmp_path / "table_1.tex").read_text().splitlines()
    assert not [box for box in boxes if "usebox" in source[int(box[1]) - 1]]
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF")

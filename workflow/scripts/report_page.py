"""The report: one page with findings, tables, figures, and the way from a number to the answers behind it."""

import base64
import re
from pathlib import Path
from typing import Any

from mixdistill.digest import SCRIPTS
from mixdistill.entry import run
from mixdistill.escaping import html, script_json, source_of
from mixdistill.findings import findings
from mixdistill.jsonl import replacing
from mixdistill.provenance import costs, machine, origins
from mixdistill.terminal import visible

ASSETS = SCRIPTS.parent / "report"
LIBRARIES = ("katex.min.js", "auto-render.min.js", "tabulator.min.js", "chart.umd.min.js")
STYLES = ("katex.min.css", "tabulator.min.css")


def data_uri(path: Path, kind: str) -> str:
    """A file as an address of its own."""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def width(path: Path) -> int:
    """The width at which a picture is shown, in pixels of the page: 125 for an inch (PNG, "IHDR")."""
    return int(int.from_bytes(path.read_bytes()[16:20], "big") / 200 * 125)


def description(path: Path) -> str:
    """What was found, as the picture itself says it; empty if it says nothing."""
    from PIL import Image

    with Image.open(path) as picture:
        return str(picture.info.get("Description", ""))


def picture(path: Path, title: str, words: str) -> str:
    """A figure with its words for those who cannot see it."""
    seen = html(f"{title}. {words}".strip())
    return (
        f'<figure><img alt="{seen}" width="{width(path)}" src="{data_uri(path, "image/png")}">'
        f"<figcaption>{html(path.stem)}: also as PDF and SVG in <code>figures/</code></figcaption></figure>"
    )


def styles() -> str:
    """The libraries' styles, with their fonts in them, and the page's own."""
    vendor = ASSETS / "vendor"
    text = "\n".join((vendor / name).read_text(encoding="utf-8") for name in STYLES)
    text = re.sub(
        r"src:url\(fonts/([\w-]+)\.woff2\)[^;}]*",
        lambda font: f"src:url({data_uri(vendor / 'fonts' / f'{font[1]}.woff2', 'font/woff2')}) format('woff2')",
        text,
    )
    return re.sub(r"/\*#.*?\*/", "", text) + (ASSETS / "page" / "page.css").read_text(encoding="utf-8")


def scripts(folder: Path, names: tuple[str, ...]) -> str:
    """Scripts, one after the other; what names a source map is left out, for nothing may be looked for."""
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def policy(style: str, *scripts: str) -> str:
    """What a browser may do for the page: run its own scripts and side files, and show its own styles and pictures.

    Side files are scripts of the page's folder; for a page that was opened as a file, some browsers have no ``'self'``.
    """
    allowed = " ".join(map(source_of, scripts))
    return (
        f"default-src 'none'; script-src {allowed} 'self' file:; style-src {source_of(style)}; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def side_files(about: dict[str, Any]) -> dict[str, list[str]]:
    """Return the side files that the page may load: by name, and by the folder of those that are numbered."""
    arms, taught = about["arms"], [f"training/{name}" for name in about["training"]]
    files = [*(f"rows/{arm}" for arm in arms), *(f"problems/{name}" for name in about["benchmarks"]), *taught]
    return {"files": files, "numbered": [*(f"texts/{arm}" for arm in arms), *taught]}


def shown(path: Path) -> str:
    """A table's own page without what makes it a page."""
    body = path.read_text(encoding="utf-8").partition("<body>")[2].partition("</body>")[0]
    return body.replace("<h1>", "<h2>").replace("</h1>", "</h2>").replace("<table>", '<table class="shown">')


def row_of(pictures: list[str]) -> str:
    """Figures beside each other, as far as there is room."""
    return f'<div class="figures">{"".join(pictures)}</div>'


def said(tables: dict[str, tuple[str, str, Path]], figures: list[tuple[str, str]], note: str) -> str:
    """The findings as a list for each table, and for each figure that has words."""
    parts = [f'<p class="warning">{html(note)}</p>'] if note else []
    seen = [(title, [words]) for title, words in figures if words]
    for title, sentences in [*findings(tables), *seen]:
        listed = "".join(f"<li>{html(sentence)}</li>" for sentence in sentences)
        parts.append(f"<h2>{html(title)}</h2><ul>{listed}</ul>")
    return "\n".join(parts)


def listing(title: str, header: list[str], rows: list[list[str]]) -> str:
    """A plain table."""
    head = "".join(f'<th class="text">{html(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f'<td class="text">{html(cell)}</td>' for cell in row) + "</tr>" for row in rows)
    return f'<h2>{html(title)}</h2><section class="table"><table class="shown"><tr>{head}</tr>{body}</table></section>'


def come_from(about: dict[str, Any]) -> str:
    """Models, data, code and settings with their revisions, and what each stage cost."""
    spent = costs(*map(Path, about["measured"]))
    return "".join(
        [
            listing("Models and data sets", ["what", "repository", "commit"], origins(about["sources"])),
            listing("Code", ["what", "version"], machine()),
            listing("What it cost, by stage", ["stage", "jobs", "hours", "CPU hours", "largest memory"], spent),
            f'<h2>Experiment file</h2><pre class="config">{html(about["config"])}</pre>',
        ]
    )


def main(
    tables: list[Path],
    numbers: list[Path],
    figures: list[Path],
    rows: list[Path],
    problems: Path,
    training: Path,
    page: Path,
    about: dict[str, Any],
    assets: str,
) -> None:
    """Write the page. Rows, problems and training rows lie beside it, and are not read; ``assets`` is a digest."""
    csvs = {path.stem: path for path in numbers}
    entries = {name: (kind, title, csvs[name]) for name, (kind, title) in about["tables"].items()}
    words = [(about["figures"][path.stem], description(path)) for path in figures]
    pictures = [picture(path, *described) for path, described in zip(figures, words, strict=True)]
    sections = {path.stem: f'<section class="table">{shown(path)}</section>' for path in tables}
    gaps = [section for name, section in sections.items() if entries[name][0] == "gap"]
    data = {"arms": about["arms"], **side_files(about)}
    for kind in ("students", "mixtures", "benchmarks", "training"):
        data[kind] = {name: visible(title) for name, title in about[kind].items()}
    parts = {
        "title": html(f"mixdistill: {about['name']}"),
        "style": styles(),
        "findings": said(entries, words, about["note"]) + row_of(pictures[:2]) + "".join(gaps[:2]),
        "tables": "".join(sections.values()),
        "figures": row_of(pictures),
        "about": come_from(about),
        "data": script_json({**data, "folder": page.stem}),
        "libraries": scripts(ASSETS / "vendor", LIBRARIES),
        "scripts": scripts(ASSETS / "page", ("text.js", "app.js", "rows.js")),
    }
    parts["policy"] = policy(parts["style"], parts["libraries"], parts["scripts"])
    made = (ASSETS / "page" / "page.html").read_text(encoding="utf-8").format(**parts)
    with replacing(page) as file:
        file.write(made)
    print(f"{page}: {len(made) / 1e6:.1f} MB, {len(tables)} tables, {len(figures)} figures, {len(data['arms'])} arms")


if __name__ == "__main__":
    run(main)

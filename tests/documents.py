"""Tables of hostile text: whether Markdown, HTML, CSV and LaTeX have the form of any other table."""

import csv
import html.parser
import io
import re
from pathlib import Path

from markdown_it import MarkdownIt
from mixdistill import escaping
from mixdistill.statistics import Estimate
from mixdistill.tabular import Row, Table, webpage, write
from mixdistill.terminal import visible

SIGNS = ("=", "+", "-", "@")
HARMLESS = {"text", "softbreak", "strong_open", "strong_close"}
"""What stands inside a line of our Markdown."""
BLOCKS = {
    *("heading_open", "heading_close", "blockquote_open", "blockquote_close", "paragraph_open", "paragraph_close"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "inline"),
    *(f"{tag}_{side}" for tag in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")),
}


def table(text: str) -> Table:
    """A text in every place of a table."""
    rows = [Row([text, Estimate(-1.0, -2.0, 0.0), text], frozenset({1, 2}), {1: text}, {1: text})]
    return Table(text, [text, "number", text], [(text, rows)], [text, "1 note"], text, frozenset({0, 2}))


def written(folder: Path, text: str) -> dict[str, str]:
    """The four files of such a table."""
    files = {kind: folder / f"t.{kind}" for kind in ("csv", "md", "html", "tex")}
    write(table(text), [{"a": text, "b": -1.5, "c": 2}], *files.values())
    return {kind: path.read_bytes().decode() for kind, path in files.items()}


class Elements(html.parser.HTMLParser):
    """Elements, attributes and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.names: set[str] = set()
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


PLAIN = Elements(webpage(table("plain")))


def shown(text: str) -> str:
    """A text as documents show it."""
    return escaping.one_line(text)


def check_table(folder: Path, text: str) -> None:
    """Write a table with a text in every place, and read it as a browser, a spreadsheet and Markdown's readers do."""
    made = written(folder, text)
    page = Elements(made["html"])
    assert page.elements == PLAIN.elements
    assert page.names == PLAIN.names
    assert shown(text) in " ".join(page.words.split())
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(made["md"])
    assert {token.type for token in parsed} <= BLOCKS
    inner = [token for one in parsed for token in one.children or []]
    assert {token.type for token in inner} <= HARMLESS
    assert sum(token.type == "td_open" for token in parsed) == 6
    assert sum(token.type == "list_item_open" for token in parsed) == 2
    assert "".join(token.content for token in inner).count(shown(text)) >= 6
    (row,) = csv.DictReader(io.StringIO(made["csv"], newline=""))
    assert (row["b"], row["c"]) == ("-1.5000", "2")
    cells = re.split("[;\t\n]", row["a"])
    assert escaping.NUMBER.fullmatch(row["a"]) or not any(cell.lstrip(' "').startswith(SIGNS) for cell in cells)
    assert all(visible(line) == line for kind in ("md", "html", "tex") for line in made[kind].split("\n"))

"""Text of others in messages and logs: one line, and nothing that a terminal obeys."""

import ast
import json
import time
import unicodedata
from pathlib import Path

import pytest
from mixdistill import progress
from mixdistill.config.faults import experiment
from mixdistill.counts import save
from mixdistill.errors import UserError
from mixdistill.terminal import EMPTY, visible
from planning import REPO
from unseen import NEEDED, NOT_NEEDED

HOSTILE = {
    "clears the screen": ("a\x1b[2Jb", r"a\x1b[2Jb"),
    "sets the title": ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
    "8-bit sequence": ("\x9b31m", r"\x9b31m"),
    "overwrites": ("safe\rerror", r"safe\rerror"),
    "a line of its own": ("x\nerror: forged", r"x\nerror: forged"),
    "other line breaks": ("a\u2028b\u2029c\x85d\x0be", r"a\u2028b\u2029c\x85d\x0be"),
    "right to left": ("\u202etxt.exe\u2066", r"\u202etxt.exe\u2066"),
    "without width": ("a\u200bb\ufeff\u00ad", r"a\u200bb\ufeff\xad"),
    "another blank": ("a\u00a0b\u3000", r"a\xa0b\u3000"),
    "tags": ("a\U000e0041", r"a\U000e0041"),
    "half a character": ("\ud800", r"\ud800"),
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_what_a_terminal_obeys_or_hides_is_an_escape(text, shown):
    assert visible(text) == shown
    assert str(UserError(f"file: {text}: fix it")) == f"file: {shown}: fix it"
    assert visible(shown) == shown
    shown.encode()


def test_what_can_be_seen_stays_as_it_is():
    for text in (
        "",
        "plain",
        "Größe 5\u2009%".replace("\u2009", " "),
        "\\frac{1}{2}",
        "\u05d0\u05d1 \u6570\u5b66 \U0001f600",
        "'\"",
    ):
        assert visible(text) == text
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_what_writing_needs_stays(text):
    assert visible(text) == text
    assert str(UserError(f"file: {text}: fix it")) == f"file: {text}: fix it"


@pytest.mark.parametrize(
    ("text", "shown"),
    NOT_NEEDED,
)
def test_what_is_not_seen_and_not_needed_is_an_escape(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_nothing_invisible_is_left():
    everything = [*(chr(point) for point in range(0x20000)), *map(chr, range(0xE0000, 0xE0200))]
    for before, after in (("a", "b"), ("1", " "), ("\x1b", ""), ("a", "\u05d0")):
        made = "".join(visible(f"{before}{char}{after}") for char in everything if char not in "\u061c\u200e\u200f")
        kinds = {unicodedata.category(char) for char in made if char != " "}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
        assert EMPTY.isdisjoint(made)


def test_long_texts_of_marks_and_joiners_take_linear_time():
    for unit in ("\u200f", "\u200d", "\ufe0f", "\u0645\u200c", "\U0001f600\u200d\ufe0f"):
        before = time.process_time()
        visible(unit * 100_000)
        assert time.process_time() - before < 2


def test_lines_of_a_message_are_ours_alone():
    error = UserError("one\ntwo", "three")
    assert str(error) == "one\\ntwo\nthree"
    assert str(type(error)(*error.args)) == str(error)


def test_faults_of_an_experiment_are_a_line_each():
    raw = {"name": "x", "na\x1b[2Jme": 1, "title\nexperiment: forged": "\u202e"}
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    lines = str(caught.value).split("\n")
    assert all(line.startswith("mine.yaml: ") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert any(r"title\nexperiment: forged" in line for line in lines)


def test_last_words_of_a_log_are_printable(tmp_path):
    log = tmp_path / "sft" / "x.log"
    log.parent.mkdir()
    log.write_text("ValueError: \x1b[2J\u202eowned\n")
    (one,) = progress.failed(tmp_path, [])
    assert one.words == [r"ValueError: \x1b[2J\u202eowned"]
    log.write_text("  5/10 [00:01<00:02, \x1b[31m3 it/s]\n")
    assert progress.at(log).isprintable()


def test_reasons_that_a_server_gave_are_counted_in_printable_words(tmp_path, capsys):
    save(tmp_path / "a.counts.json", 1, {"st\x1bop": 1})
    assert capsys.readouterr().out == "1 rows: 1 st\\x1bop\n"
    assert json.loads((tmp_path / "a.counts.json").read_text())["st\x1bop"] == 1


OWN_WORDS = {
    *(
        "archive",
        "check_hub",
        "keep_screening",
        "make_model",
        "make_problems",
        "paper_figures",
        "report_page",
        "screen",
    ),
    *("screen_mixture", "sft", "clock", "devices", "downloads", "journal", "lease", "worker", "entry", "grade_pairs"),
}
"""Files that print numbers, names that fit a pattern and words of our own; ``entry`` prints a UserError, too."""


def test_prints_of_text_of_others_go_through_the_door():
    bare = set()
    for path in (REPO / "workflow" / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                made = any(
                    isinstance(part, ast.FormattedValue | ast.Starred | ast.Name)
                    for arg in node.args
                    for part in ast.walk(arg)
                )
                if made and "visible" not in ast.unparse(node):
                    bare.add(Path(path).stem)
    assert bare <= OWN_WORDS

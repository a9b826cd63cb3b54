"""Paths in an experiment: nothing outside the working directory is read, or looked at, unless the user allows it."""

import csv
import os
import sys

import pytest
from examples import changed, example
from mixdistill.config import paths
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.permissions import FOLDERS, LIMITS
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook

LOGGED = {"parameters": 1, "family": "Qwen2"}
PLACES = {
    "problems.train.source": lambda path: {"path": path},
    "teachers.long.model": lambda path: {"path": path},
    "teachers.large.completions": lambda path: {"path": path},
    "mixtures.long": lambda path: {"rows": {"path": path}},
    "students.small.model": lambda path: {"path": path},
    "students.small.trained": lambda path: {"long": [{"path": path}]},
    "students.small": lambda path: {"logs": {"long": [path]}, **LOGGED},
    "judge": lambda path: {"model": {"path": path}, "parameters": 1, "prompt": "{gold} {answer}"},
    "printed": lambda path: {"numbers": path},
}
"""Every place where an experiment names a file or folder."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty working directory, and beside it a folder with a secret."""
    folder, outside = tmp_path / "here", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "README.md").touch()
    (outside / "secret.jsonl").write_text("secret\n")
    monkeypatch.chdir(folder)
    monkeypatch.delenv(FOLDERS, raising=False)
    return folder


def faults(raw):
    """The lines about an experiment."""
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    return str(caught.value).splitlines()


TOUCHED: list[str] = []


def watch(event, arguments):
    """Note what is opened or listed, and every connection, while a test asks for it."""
    if event in ("open", "os.listdir", "os.scandir") or event.startswith("socket."):
        TOUCHED.append(f"{event} {arguments[:1]}")


sys.addaudithook(watch)


@pytest.mark.parametrize(
    "path", ["{outside}/secret.jsonl", "../outside/secret.jsonl", "link/secret.jsonl", "file.jsonl"]
)
@pytest.mark.parametrize("place", PLACES)
def test_what_lies_outside_is_refused_unread_with_what_would_allow_it(here, tmp_path, place, path):
    outside = tmp_path / "outside"
    (here / "link").symlink_to(outside)
    (here / "file.jsonl").symlink_to(outside / "secret.jsonl")
    TOUCHED.clear()
    lines = faults(changed(place, PLACES[place](path.format(outside=outside))))
    assert not [what for what in TOUCHED if "outside" in what or "socket" in what]
    line = next(line for line in lines if "lies outside the working directory" in line)
    assert line.startswith(f"mine.yaml: {place}.") or line.startswith(f"mine.yaml: {place}: ")
    assert line.endswith(f": export {FOLDERS}={outside}")


def test_a_path_that_is_spelled_as_one_outside_is_not_even_looked_at(monkeypatch):
    looked = []
    real = os.path.realpath
    monkeypatch.setattr("os.path.realpath", lambda path, **more: looked.append(str(path)) or real(path, **more))
    [line] = faults(changed("problems.train.source", {"path": "/net/evil.example.com/x"}))
    assert "lies outside" in line
    assert not [path for path in looked if "evil" in path]


def test_what_the_user_allows_is_read(tmp_path, monkeypatch):
    raw = changed("problems.train.source", {"path": str(tmp_path / "outside" / "secret.jsonl")})
    monkeypatch.setenv(FOLDERS, f"{tmp_path}/elsewhere")
    [line] = faults(raw)
    assert line.endswith(f"export {FOLDERS}=${FOLDERS}:{tmp_path}/outside")
    monkeypatch.setenv(FOLDERS, f"{tmp_path}/elsewhere:{tmp_path}/outside")
    assert experiment(raw, "mine.yaml")


def test_text_of_others_is_quoted_in_what_the_user_is_told_to_run():
    [line] = faults(changed("problems.train.source", {"path": "/tmp/$(reboot)/x.jsonl"}))
    assert line.endswith(f"export {FOLDERS}='/tmp/$(reboot)'")
    lines = faults(changed("problems.train.source", {"path": "/tmp/\x1b[2J/x.jsonl"}))
    assert not any("\x1b" in line for line in lines)


def test_a_folder_is_refused_for_a_link_in_it_that_leads_outside(here, tmp_path):
    (here / "set" / "deep").mkdir(parents=True)
    (here / "set" / "deep" / "rows.jsonl").symlink_to(tmp_path / "outside" / "secret.jsonl")
    [line] = faults(changed("problems.train.source", {"path": "set"}))
    assert line.startswith(
        "mine.yaml: problems.train.source.path: set/deep/rows.jsonl lies outside the working directory"
    )
    assert f"(a link leads to {tmp_path}/outside/secret.jsonl)" in line


def test_a_folder_of_very_many_files_is_refused_and_not_listed_for_ever(here, monkeypatch):
    (here / "set").mkdir()
    for number in range(12):
        (here / "set" / f"{number}.jsonl").touch()
    raw = changed("problems.train.source", {"path": "set"})
    assert experiment(raw, "mine.yaml")
    monkeypatch.setattr(paths, "FILES", 10)
    [line] = faults(raw)
    assert "holds too many files: set and what else is named; the limit is 10; if you trust the experiment" in line
    monkeypatch.setenv(LIMITS, "2")
    assert experiment(raw, "mine.yaml")


def test_a_pipe_is_neither_a_file_nor_a_folder(here):
    os.mkfifo(here / "pipe")
    [line] = faults(changed("problems.train.source", {"path": "pipe"}))
    assert line == "mine.yaml: problems.train.source.path: neither a file nor a folder (got 'pipe')"
    [line] = faults(changed("printed", {"numbers": "pipe"}))
    assert line.startswith("mine.yaml: printed.numbers: neither a file nor a folder")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "is no CSV in UTF-8"),
        (b"source,student,mixture,minus,benchmark,value\n", "no column 'source'"),
        (b"source,student,mixture,minus,benchmark,value,note\na,b,c,d,e,inf,\n", "line 2: value 'inf' is not a number"),
        (b"source,student,mixture,minus,benchmark,value,note\na,b\n", "no column 'mixture'"),
        (b'"' + b"x" * 200_000, "is no CSV in UTF-8 (field larger than field limit"),
        (b"x" * 1_000_001, "more than 1,000,000 characters"),
    ],
)
def test_printed_numbers_that_are_none_get_one_line(here, content, reason):
    csv.field_size_limit(131_072)  # Python's own, which readers of data sets raise
    (here / "numbers.csv").write_bytes(content)
    [line] = faults(changed("printed", {"numbers": "numbers.csv"}))
    assert line.startswith("mine.yaml: printed.numbers: numbers.csv")
    assert reason in line


@pytest.mark.parametrize("path", ["", "x" * 5000, "a\0b", "\ud800", "\x1b[2J"])
def test_what_is_no_path_gets_lines_and_no_trace(path):
    for place in ("problems.train.source", "teachers.large.completions"):
        assert all(line.startswith(f"mine.yaml: {place}") for line in faults(changed(place, {"path": path})))


def test_a_folder_is_listed_once_for_all_jobs(here):
    (here / "set").mkdir()
    (here / "set" / "rows.jsonl").touch()
    raw = example()
    raw["problems"]["train"]["source"] = {"path": "set"}
    book = Rulebook(Plan(experiment(raw, "mine.yaml")))
    assert book.files(book.experiment.problems["train"].source) == ["set", "set/rows.jsonl"]
    assert book.listed("set") is book.listed("set")


@pytest.mark.parametrize("key", PLACES)
def test_bytes_and_sets_are_no_paths(here, key):
    """YAML has tags for them, and what they become later is no longer looked at."""
    path = str(here.parent / "outside" / "secret.jsonl")
    for value in (path.encode(), {path}):
        lines = faults(changed(key, PLACES[key](value)))
        assert [line for line in lines if "remove its tag" in line]
        assert all(type(value).__name__ in line for line in lines)


def test_a_path_with_braces_is_refused(here):
    """Snakemake would fill them in, and read another file than the one that was looked at."""
    (here / "{set}.jsonl").touch()
    [line] = faults(changed("problems.train.source", {"path": "{set}.jsonl"}))
    assert "a path has no braces, which Snakemake would fill in: rename it (got '{set}.jsonl')" in line
    (here / "folder").mkdir()
    (here / "folder" / "{set}.jsonl").touch()
    [line] = faults(changed("problems.train.source", {"path": "folder"}))
    assert line.endswith("rename it: folder/{set}.jsonl")


def test_a_path_that_no_system_has_is_not_looked_at(here):
    [line] = faults(changed("problems.train.source", {"path": "a/" * 470_000}))
    assert "a path of 940,000 characters" in line

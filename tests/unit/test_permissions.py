"""What an experiment may read: below the working directory, and what the user's environment names."""

import pytest
from mixdistill.permissions import FOLDERS, may_read, refusal


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(FOLDERS, raising=False)
    return folder


def test_the_working_directory_may_be_read(here):
    assert may_read(here / "data" / "rows.jsonl")


@pytest.mark.parametrize("path", ["../rows.jsonl", "data/../../rows.jsonl", "/etc/hostname", "../hereafter/x"])
def test_nothing_else_may(here, path):
    assert not may_read(here / path)


def test_a_link_that_leads_outside_may_not(here, tmp_path):
    (here / "data").symlink_to(tmp_path)
    assert not may_read(here / "data" / "rows.jsonl")


def test_a_link_to_itself_is_no_trouble(here):
    (here / "loop").symlink_to(here / "loop")
    assert may_read(here / "loop")


def test_folders_that_the_environment_names_may(here, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDERS, f"/nowhere:{tmp_path / 'data'}")
    assert may_read(tmp_path / "data" / "rows.jsonl")
    assert not may_read(tmp_path / "rows.jsonl")


def test_the_reason_says_what_would_allow_it(here, tmp_path):
    reason = refusal(here / ".." / "data" / "rows.jsonl")
    assert f"export {FOLDERS}={tmp_path / 'data'}" in reason

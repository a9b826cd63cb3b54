"""Links in a shared folder of results, under names that jobs write to: nothing behind them is written or cut."""

import sys

import pytest
from mixdistill import entry, heads
from mixdistill.errors import UserError
from mixdistill.journal import Journal
from mixdistill.jsonl import write_json
from mixdistill.parquet import write as write_table
from mixdistill.plotting import save


@pytest.fixture
def victim(tmp_path):
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    yield file
    assert file.read_text() == "years of work"


def test_a_log_is_a_new_file(tmp_path, victim, monkeypatch):
    monkeypatch.setattr(entry.os, "dup2", lambda *_: None)
    for link in ("symlink_to", "hardlink_to"):
        log = tmp_path / link
        getattr(log, link)(victim)
        entry.redirect(str(log), sys.stderr)
        assert not log.is_symlink()
        assert log.read_text() == ""


def test_a_journal_is_no_link(tmp_path, victim):
    (tmp_path / "journal.jsonl").symlink_to(victim)
    with pytest.raises(UserError, match=r"journal\.jsonl: is a link, .*: remove it"):
        Journal(tmp_path / "journal.jsonl")


class Figure:
    def findobj(self, _):
        return []

    def savefig(self, path, **_):
        path.write_text("drawn")


def draw(path):
    save(Figure(), path, path.with_suffix(".svg"), path.with_suffix(".png"))


@pytest.mark.parametrize(
    "writes", [lambda path: write_json(path, {}), lambda path: write_table(path, [{"a": 1}], {"a": "count"}), draw]
)
def test_what_is_not_whole_yet_is_written_to_a_new_file(tmp_path, victim, writes):
    for link in ("symlink_to", "hardlink_to"):
        getattr(tmp_path / "made.pdf.partial", link)(victim)
        writes(tmp_path / "made.pdf")
        assert not (tmp_path / "made.pdf").is_symlink()


def test_what_a_run_tidies_away_does_not_lie_behind_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "1" / "digest" / "final"
    elsewhere.mkdir(parents=True)
    scratch = tmp_path / "results" / "mine" / "scratch"
    (scratch / "sft" / "small").mkdir(parents=True)
    (scratch / "sft" / "small" / "long").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "results" / "mine" / "models" / "small" / "long" / "1").mkdir(parents=True)
    known = type("Persistence", (), {"_filter_incomplete_keys": lambda self, keys: set()})()
    heads.tidy(type("Workflow", (), {"persistence": known})(), scratch)
    assert elsewhere.exists()

"""Links in a shared folder of results, under names that jobs write to: nothing behind them is written or cut."""

import errno
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import archive
import keep_proof
import pytest
from mixdistill import entry, heads, private
from mixdistill.errors import UserError
from mixdistill.journal import Journal
from mixdistill.jsonl import write_json
from mixdistill.parquet import write as write_table
from mixdistill.plotting import save
from mixdistill.training import checkpoints
from strangers import given_away, needs_root


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


def put_together(path):
    archive.main([], [], [], path, [], {"name": "mine", "config": ""})


@pytest.mark.parametrize(
    "writes",
    [
        lambda path: write_json(path, {}),
        lambda path: write_table(path, [{"a": 1}], {"a": "count"}),
        lambda path: keep_proof.main(path.with_name("thesis.tex"), path),
        draw,
        put_together,
    ],
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


def test_what_a_checkpoint_lacks_is_written_to_new_files(tmp_path, victim, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", MagicMock())
    monkeypatch.setitem(sys.modules, "transformers", MagicMock(TrainerCallback=object))
    checkpoint = tmp_path / "checkpoint-20"
    checkpoint.mkdir()
    for name in ("unlogged-0.json", "whole"):
        (checkpoint / name).symlink_to(victim)
    trainer = SimpleNamespace(_tr_loss=SimpleNamespace(item=lambda: 1.5), _globalstep_last_logged=18)
    args = SimpleNamespace(output_dir=tmp_path, process_index=0, world_size=1)
    state = SimpleNamespace(global_step=20, is_world_process_zero=True)
    before = victim.stat().st_mtime_ns
    checkpoints.keeping(trainer, timed=False).on_save(args, state, None)
    assert (checkpoint / "unlogged-0.json").read_text() == '{"loss": 1.5, "since": 18}'
    assert not (checkpoint / "whole").is_symlink()
    assert victim.stat().st_mtime_ns == before


def no_links():
    raise OSError(errno.EPERM, "a file system without links")


def test_a_model_is_handed_over_into_a_new_folder(tmp_path, victim, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "training.json").symlink_to(victim)
    (tmp_path / "1.partial").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "1").symlink_to(tmp_path / "elsewhere")
    final = tmp_path / "scratch" / "digest" / "final"
    final.mkdir(parents=True)
    (final / "training.json").write_text("{}")
    checkpoints.hand_over(final, tmp_path / "1", tmp_path / "report.json")
    assert (tmp_path / "1" / "training.json").read_text() == "{}"
    assert not (tmp_path / "1").is_symlink()
    monkeypatch.setattr(checkpoints.os, "link", lambda *_: no_links())
    with pytest.raises(FileExistsError):
        checkpoints.linked(str(final / "training.json"), str(tmp_path / "elsewhere" / "training.json"))


def test_a_folder_that_libraries_write_to_is_closed_to_others(tmp_path):
    place = tmp_path / "scratch" / "digest"
    assert private.closed(place).stat().st_mode & 0o777 == 0o700
    place.chmod(0o777)
    (place / "checkpoint-20").mkdir()
    private.closed(place)
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / "checkpoint-20").is_dir()


def test_a_folder_that_libraries_write_to_is_no_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "digest").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"digest is a link, so that nothing is put there: remove it"):
        private.closed(tmp_path / "digest")


@needs_root
def test_what_others_have_put_where_libraries_write_is_removed(tmp_path, victim, capsys):
    place = tmp_path / "digest"
    for name in ("final", "checkpoint-10", "checkpoint-20"):
        (place / name).mkdir(parents=True)
    (place / "checkpoint-20" / "trainer_state.json").symlink_to(victim)
    given_away(place / "checkpoint-20" / "trainer_state.json")
    given_away(place / "final")
    private.closed(place)
    assert [path.name for path in place.iterdir()] == ["checkpoint-10"]
    assert capsys.readouterr().out.count("others have written there, so it is removed") == 2


@needs_root
def test_a_folder_of_somebody_else_is_not_written_to(tmp_path):
    (tmp_path / "digest").mkdir()
    given_away(tmp_path / "digest")
    with pytest.raises(UserError, match=r"digest belongs to nobody, so that nothing is put there: remove it"):
        private.closed(tmp_path / "digest")

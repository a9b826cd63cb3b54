"""Lists of a hub that cannot be so: refused in one line, at once, before anything is fetched."""

import check_hub
import pytest
from huggingface_hub.errors import HFValidationError
from mixdistill import downloads

PLACE = {"kind": "dataset", "repository": "owner/set", "revision": "0" * 40, "adapter": False}


@pytest.fixture
def told(monkeypatch):
    """What is said of a list of files; nobody waits or is asked."""

    def said(*files):
        monkeypatch.setattr(check_hub, "listed", lambda *_: downloads.unique(files))
        monkeypatch.setattr(check_hub, "to_fetch", lambda *_: 0)
        monkeypatch.setattr(downloads.time, "sleep", lambda pause: 1 / 0)
        return check_hub.looked_at(PLACE)

    return said


def test_a_sound_list_is_taken(told):
    assert told(("data/train.jsonl", 5), ("odd::name.bin", None)).files == {"data/train.jsonl": 5}


@pytest.mark.parametrize("size", ["5", None, -1, 2.5, True])
def test_a_size_that_is_none_is_refused(told, size):
    problem = told(("train.jsonl", size)).problem
    assert problem.startswith(f"owner/set@{'0' * 40}: the hub gives 'train.jsonl' '{size}' for its bytes; nothing of")


@pytest.mark.parametrize("name", ["../train.jsonl", "/tmp/train.jsonl", "a\0/train.jsonl", "a/../../train.jsonl"])
def test_a_name_that_leads_away_is_refused(told, name):
    assert f"the hub lists a file {name!r}, which is not in its repository; nothing of" in told((name, 5)).problem


def test_what_stands_there_twice_or_is_no_name_is_refused(told):
    assert "the hub lists 'train.jsonl' twice; nothing of" in told(("train.jsonl", 5), ("train.jsonl", 6)).problem
    assert "the hub lists '5' as a file; nothing of" in told((5, 5)).problem


def test_too_many_files_are_refused(told, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_FILES", 2)
    assert "3 files, or their names, are too many: 2, with" in told(*((f"{n}.jsonl", 1) for n in range(3))).problem


def test_rows_that_are_all_packed_by_zstd_are_refused_before_they_are_fetched(told):
    assert (
        "its rows are packed by zstd (a.jsonl.zst), which is not read"
        in told(("a.jsonl.zst", 5), ("README.md", 1)).problem
    )
    assert told(("a.jsonl.zst", 5), ("b.jsonl", 1)).problem is None


def test_what_will_not_pass_is_not_asked_again():
    assert not downloads.passing(downloads.Refused("x"))
    assert not downloads.passing(HFValidationError("x"))
    assert downloads.passing(ConnectionError("x"))
    assert downloads.refusal(downloads.Refused("x"), "dataset", "owner/set", "0" * 40) == "x"

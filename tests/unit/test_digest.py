"""Notes of what files contain: the same digests with them, without them, and with broken ones."""

import pytest
from mixdistill import digest


@pytest.fixture(name="of_answering")
def asked_anew(tmp_path, monkeypatch):
    """A function that asks as a new process would."""
    monkeypatch.setattr(digest, "NOTES", tmp_path / "notes")

    def ask():
        digest.read.cache_clear()
        return digest.code_of("answer.py")

    return ask


def test_a_note_says_what_the_file_says(of_answering, monkeypatch):
    first = of_answering()
    monkeypatch.setattr(digest, "parsed", None)
    assert of_answering() == first


def test_a_broken_note_and_a_folder_that_is_none_do_no_harm(of_answering, monkeypatch, tmp_path):
    first = of_answering()
    for note in digest.NOTES.iterdir():
        note.write_text("")
    assert of_answering() == first
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(digest, "NOTES", tmp_path / "file")
    assert of_answering() == first

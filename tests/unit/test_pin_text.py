"""Commits written into experiment files of all styles, the rest of which stays as it is, byte by byte."""

import json
from pathlib import Path

import pin
import pytest
from mixdistill.errors import UserError

COMMIT = "a" * 40


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pin, "hush", lambda: None)
    monkeypatch.setattr(pin, "newest", lambda kind, repository: COMMIT)


def pinned(text, name="mine.yaml"):
    Path(name).write_bytes(text.encode())
    pin.main(Path(name))
    return Path(name).read_bytes().decode()


STYLES = {
    "plain": "m: {hub: a/b, revision: unpinned} # unpinned\n",
    "double quotes": 'm: {hub: a/b, revision: "unpinned"}\n',
    "single quotes": "m: {revision: 'unpinned', hub: a/b}\n",
    "an anchor": "m: {hub: a/b, revision: &unpinned unpinned}\nk: {hub: a/b, revision: *unpinned}\n",
    "a tag": "m: {hub: a/b, revision: !!str unpinned}\n",
    "a tag, an anchor and quotes": 'm: {hub: a/b, revision: !!str &r "unpinned"}\n',
    "a block": "m:\n  hub: a/b\n  revision: >-\n    unpinned\nx: 1\n",
    "Windows": "m:\r\n  hub: a/b\r\n  revision: unpinned\r\nx: 1\r\n",
    "a byte-order mark": "\ufeffm: {hub: a/b, revision: unpinned}\n",
    "merged": "b: &b {hub: a/b, revision: unpinned}\nm: {<<: *b, x: 1}\n",
    "far characters": "note: \U0001f600\u00e9\nm: {hub: a/b, revision: unpinned}\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_the_commit_takes_the_place_of_the_word_alone(text):
    marked = text.replace(": *unpinned", ": *ALIAS").replace("&unpinned", "&ALIAS").replace("# unpinned", "# WORD")
    expected = marked.replace("unpinned", COMMIT).replace("ALIAS", "unpinned").replace("WORD", "unpinned")
    assert pinned(text) == expected


def test_json_stays_json():
    text = json.dumps({"note": "\U0001f600", "m": {"hub": "a/b", "revision": "unpinned"}}, indent=1)
    assert pinned(text, "mine.json") == text.replace("unpinned", COMMIT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "m: {hub: a/b, revision: &r unpinned}\nnote: *r\n",
            "nothing was changed: an anchor stands for a revision and",
        ),
        ("m: {hub: a/b, revision: 'unpinned'}\nk: {hub: [a], revision: unpinned}\n", None),
        ("m: {hub: a/b, revision: [unpinned]}\n", None),
        ('m: {hub: a/b, revision: "un\\x70inned"}\n', "a/b: write revision: unpinned in plain letters"),
        ('{"m":\t{"hub": "a/b",\n\t"revision": "unpinned"}}', None),
    ],
)
def test_what_cannot_be_written_is_said_and_left(text, said):
    if said:
        with pytest.raises(UserError, match=said):
            pinned(text)
        assert Path("mine.yaml").read_text() == text
    else:
        assert pinned(text) == text.replace("'unpinned'", f"'{COMMIT}'").replace('"unpinned"', f'"{COMMIT}"')


def test_two_repositories_with_one_anchor_are_refused(monkeypatch):
    monkeypatch.setattr(pin, "newest", lambda kind, repository: ("a" if repository == "a/b" else "b") * 40)
    text = "m: {hub: a/b, revision: &r unpinned}\nk: {hub: c/d, revision: *r}\n"
    with pytest.raises(UserError, match=r"^mine.yaml: nothing was changed: an anchor stands for"):
        pinned(text)
    assert Path("mine.yaml").read_text() == text

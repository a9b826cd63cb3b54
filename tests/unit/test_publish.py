"""Publishing: one private commit with all files and the scores, and a clear word where it cannot be."""

import json
from types import SimpleNamespace

import huggingface_hub
import pandas as pd
import publish
import pytest
from mixdistill.errors import UserError


@pytest.fixture
def given(tmp_path):
    """A model of two files and a table of scores."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "README.md").write_text("# Card\n")
    (model / "model.safetensors").write_bytes(b"weights")
    rows = [
        {"mixture": mixture, "seed": seed, "benchmark": benchmark, "correct": (mixture, seed) == ("long", 1) and good}
        for mixture, seed in (("long", 1), ("long", 2), ("short", 1))
        for benchmark, good in (("easy", True), ("easy", True), ("hard", True), ("hard", False))
    ]
    pd.DataFrame(rows).to_parquet(tmp_path / "scores.parquet")
    return {
        "model": model,
        "scores": tmp_path / "scores.parquet",
        "published": tmp_path / "published.json",
        "repository": "me/example-small-long-1",
        "private": True,
        "mixture": "long",
        "seed": 1,
    }


@pytest.fixture
def hub(monkeypatch):
    """A hub that keeps what it is given."""
    kept = SimpleNamespace(repositories={}, commits=[])

    class Api:
        def create_repo(self, name, private, exist_ok):
            kept.repositories[name] = private

        def create_commit(self, name, operations, commit_message):
            kept.commits.append({one.path_in_repo: one.path_or_fileobj for one in operations})
            return SimpleNamespace(oid="0" * 40)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "secret")
    return kept


def test_a_student_is_published_privately_with_its_scores(given, hub):
    publish.main(**given)
    assert hub.repositories == {"me/example-small-long-1": True}
    (files,) = hub.commits
    assert set(files) == {"README.md", "model.safetensors"}
    text = files["README.md"].decode()
    assert text.startswith("# Card\n")
    assert "| easy | 100.0 | 2 |\n| hard | 50.0 | 2 |\n| **mean** | 75.0 | |" in text
    written = json.loads(given["published"].read_text())
    assert written == {"repository": "me/example-small-long-1", "revision": "0" * 40, "files": sorted(files)}


def test_without_owner_or_token_nothing_is_sent(given, hub, monkeypatch):
    with pytest.raises(UserError, match=r"publish.owner: missing"):
        publish.main(**{**given, "repository": None})
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(UserError, match="no token for the hub: set HF_TOKEN"):
        publish.main(**given)
    assert (hub.repositories, hub.commits) == ({}, [])


def test_a_refusal_is_one_line(given, hub, monkeypatch):
    from huggingface_hub.errors import HfHubHTTPError

    def refused(self, *given, **more):
        raise HfHubHTTPError("403 Forbidden: you may not\ntrace", response=SimpleNamespace(headers={}, request=None))

    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", refused)
    with pytest.raises(UserError, match=r"^me/example-small-long-1: the hub refuses: 403 Forbidden: you may not$"):
        publish.main(**given)
    assert not given["published"].exists()

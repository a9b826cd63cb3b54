"""Downloads from a hub on loopback: looked at first, fetched whole and sound, refused in one line, then offline."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple

import check_hub
import pytest
from hub import COMMIT, TOKEN, serving
from mixdistill.downloads import refusal
from planning import REPO

SCRIPTS = REPO / "workflow" / "scripts"
MODEL = {
    "config.json": b'{"model_type": "qwen2"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "model-00001-of-00002.safetensors": b"first " * 1000,
    "model-00002-of-00002.safetensors": b"second " * 1000,
    "model.safetensors.index.json": b"{}",
    "consolidated.safetensors": b"the same again",
    "pytorch_model.bin": b"pickle",
    "modeling.py": b"code",
    "original/consolidated.00.pth": b"pickle",
    "README.md": b"card",
}
USEFUL = [
    "README.md",
    "config.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
]
ROWS = {"data/test.jsonl": b'{"problem": "1+1?", "answer": "2"}\n', "set.py": b"code", "README.md": b"card"}


@pytest.fixture
def hub():
    with serving() as made:
        made.add("model/owner/model", dict(MODEL))
        made.add("dataset/owner/rows", dict(ROWS))
        yield made


@pytest.fixture
def job(hub, tmp_path):
    """Run a script by hand against the hub; returns its exit code and all it wrote."""

    def run(script, *flags, token=None, **more):
        environment = {**os.environ, **hub.environment(tmp_path / "cache", token), **more}
        command = [sys.executable, SCRIPTS / script, *map(str, flags)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120)
        assert TOKEN not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


def one(kind="model", repository="owner/model", revision=COMMIT, adapter=False):
    return {"kind": kind, "repository": repository, "revision": revision, "adapter": adapter}


@pytest.fixture
def check(job, tmp_path):
    """Check repositories; returns the lines written."""

    def run(*repositories, fine=False, **more):
        files = [tmp_path / f"{number}.json" for number, _ in enumerate(repositories)]
        code, text = job("check_hub.py", "--checked", *files, "--repositories", json.dumps(repositories), **more)
        assert code == (0 if fine else 1), text
        assert all(path.exists() for path in files) == fine
        return text.splitlines()

    return run


@pytest.fixture
def fetch(job, check, tmp_path):
    """Check and fetch one repository; returns exit code, text, and the manifest's files if there is one."""

    def run(repository, **more):
        if not (tmp_path / "0.json").exists():
            check(repository, fine=True, **more)
        place = [flag for name in ("kind", "repository", "revision") for flag in (f"--{name}", repository[name])]
        manifest = tmp_path / "manifest.json"
        code, text = job("fetch.py", "--checked", tmp_path / "0.json", "--manifest", manifest, *place, **more)
        return code, text, json.loads(manifest.read_text())["files"] if manifest.exists() else None

    return run


def test_what_is_of_use_is_fetched_once_and_then_needs_no_hub(hub, fetch, check, tmp_path):
    code, text, files = fetch(one())
    assert code == 0, text
    assert files == {name: len(MODEL[name]) for name in USEFUL}
    assert hub.downloads() == USEFUL
    assert set(hub.tokens_stored) == {None}
    hub.asked.clear()
    assert fetch(one(), HF_HUB_OFFLINE="1")[0] == 0
    assert (
        check(one(), fine=True, HF_HUB_OFFLINE="1")[-1] == "1 repositories, 0.00 GB, of which 0.00 GB are to be fetched"
    )
    assert hub.asked == []


SECRET = b'{"problem": "the key", "answer": "sk-key"}\n'


@pytest.mark.parametrize(
    "place", ["{secret}", "../../../../../../secret.jsonl", "{elsewhere}/key.jsonl", "ftp://{host}/key.jsonl"]
)
def test_a_fetched_set_reads_no_file_of_the_users_and_asks_nobody(hub, fetch, job, tmp_path, place):
    (tmp_path / "secret.jsonl").write_bytes(SECRET)
    hub.add("dataset/owner/other", {"key.jsonl": SECRET})
    elsewhere = f"{hub.endpoint}/datasets/owner/other/resolve/main"
    place = place.format(secret=tmp_path / "secret.jsonl", elsewhere=elsewhere, host=hub.endpoint.partition("//")[2])
    card = f"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: test\n    path: {place}\n---\n"
    hub.add("dataset/owner/rows", {**ROWS, "README.md": card.encode()})
    assert fetch(one("dataset", "owner/rows"))[0] == 0
    hub.asked.clear()
    made = ["--problems", tmp_path / "problems.jsonl", "--counts", tmp_path / "counts.json", "--name", "rows"]
    about = ["--part", '{"split": "test"}', "--fields", "{}", "--gold", "plain"]
    code, text = job("load_problems.py", "--source", tmp_path / "manifest.json", *made, *about)
    (line,) = [line for line in text.splitlines() if line.startswith("error: ")]
    assert code == 1
    assert line.startswith(
        f"error: owner/rows@{COMMIT}: data_files of the subset 'default', in its card, names '{place}'"
    )
    assert not (tmp_path / "problems.jsonl").exists()
    assert hub.asked == []


def test_a_cache_without_lists_is_taken_as_it_is_when_there_is_no_hub(fetch, check, tmp_path):
    fetch(one())
    shutil.rmtree(next((tmp_path / "cache").rglob("trees")))
    (tmp_path / "0.json").unlink()
    code, text, files = fetch(one(), HF_ENDPOINT="http://127.0.0.1:9")
    assert code == 0, text
    assert sorted(files) == USEFUL
    next((tmp_path / "cache").rglob("model-00001*")).unlink()
    (tmp_path / "0.json").unlink()
    lines = check(one(), HF_ENDPOINT="http://127.0.0.1:9")
    assert (
        lines[-1] == f"error: owner/model@{COMMIT}: 1 of 2 parts of its weights (model-00002-of-00002.safetensors, ...)"
    )


def test_a_gated_repository_opens_for_its_token_and_the_token_stays_secret(hub, fetch, check):
    hub.gated.add("model/owner/model")
    where = "accept its licence at https://huggingface.co/owner/model"
    login = "log in with `hf auth login`, or set HF_TOKEN"
    expected = f"error: owner/model@{COMMIT}: gated, and there is no token: {where}, then {login}"
    assert check(one()) == [expected]
    refused = check(one(), token="hf_another")
    assert refused == [f"error: owner/model@{COMMIT}: gated, and your account has no access: {where}"]
    code, text, files = fetch(one(), token=TOKEN)
    assert code == 0, text
    assert set(hub.tokens_stored) == {None}, "no other host is shown the token"


@pytest.mark.parametrize("odd", ["\x0c", "é"])
def test_a_token_that_cannot_be_sent_is_not_shown_either(hub, check, odd):
    (line,) = check(one(), token=f"hf_secret{odd}of_mine")
    assert line.startswith("error: the hub's token (HF_TOKEN, or that of `hf auth login`) has a blank or a character")
    assert "secret" not in line
    assert hub.asked == []


@pytest.fixture
def student(tmp_path):
    """Flags of a job that publishes a trained student."""
    import numpy as np
    import pandas as pd
    from safetensors.numpy import save_file

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "README.md").write_text("# Card\n")
    save_file({"w": np.zeros(2, np.float32)}, tmp_path / "model" / "model.safetensors", {"format": "pt"})
    row = {"mixture": "long", "seed": 1, "benchmark": "easy", "correct": True}
    pd.DataFrame([row]).to_parquet(tmp_path / "scores.parquet")
    made = ["--model", tmp_path / "model", "--scores", tmp_path / "scores.parquet", "--published", tmp_path / "p.json"]
    return [*made, "--repository", '"owner/model"', "--private", "true", "--mixture", "long", "--seed", "1"]


def test_a_student_is_sent_to_the_hub_and_a_refusal_is_one_line(hub, job, student):
    code, text = job("publish.py", *student, token=TOKEN)
    assert code == 1
    (line,) = [line for line in text.splitlines() if "used: " not in line]
    assert line.startswith("error: owner/model: your token may not write to it (403): give it the right to, at ")
    assert any(line.startswith("POST ") for line in hub.asked)


def test_every_problem_is_said_at_once_before_anything_is_fetched(hub, check):
    hub.add("model/owner/pickled", {"config.json": b"{}", "tokenizer.json": b"{}", "pytorch_model.bin": b"x"})
    hub.add("model/owner/mute", {"config.json": b"{}", "model.safetensors": b"x"})
    hub.add("model/owner/adapter", {"adapter_config.json": b"{}", "adapter_model.safetensors": b"x"})
    hub.add("dataset/owner/script", {"script.py": b"code", "README.md": b"card"})
    other = "f" * 40
    lines = check(
        one(),
        one(repository="owner/nothing"),
        one(revision=other),
        one(repository="owner/pickled"),
        one(repository="owner/mute"),
        one(repository="owner/adapter"),
        one(repository="owner/adapter", adapter=True),
        one("dataset", "owner/script"),
        one("dataset", "owner/model"),
    )
    unknown = "no such {} on the hub, or a private one: check its name; if it is private, log in with `hf auth login`, or set HF_TOKEN"
    assert lines == [
        f"error: owner/nothing@{COMMIT}: {unknown.format('model')}",
        f"error: owner/model@{other}: no such revision: take a commit from https://huggingface.co/owner/model/commits/main",
        f"error: owner/pickled@{COMMIT}: only pickled weights (pytorch_model.bin), which are not loaded: take a revision with .safetensors",
        f"error: owner/mute@{COMMIT}: no tokenizer (tokenizer.json, tokenizer.model, vocab.json)",
        f"error: owner/adapter@{COMMIT}: an adapter (adapter_config.json) where a whole model is needed: give its base as model, it as trained",
        f"error: owner/script@{COMMIT}: only a loading script (script.py), which is not run: take a commit of its branch refs/convert/parquet",
        f"error: owner/model@{COMMIT}: {unknown.format('dataset')}",
    ]
    assert hub.downloads() == []


def test_no_network_and_no_place_are_said_in_one_line(check, fetch, tmp_path):
    (line,) = check(one(), HF_HUB_OFFLINE="1")
    expected = "not in the cache, and HF_HUB_OFFLINE is set: unset it, or fill the cache elsewhere"
    assert line == f"error: owner/model@{COMMIT}: {expected}"
    line = check(one(), HF_ENDPOINT="http://127.0.0.1:9")[-1]
    assert line.startswith(f"error: owner/model@{COMMIT}: no answer from the hub (ConnectError: ")
    (tmp_path / "file").touch()
    (line,) = check(one(), HF_HUB_CACHE=str(tmp_path / "file" / "hub"))
    assert line.startswith(f"error: {tmp_path}/file/hub: the cache cannot be written (Not a directory)")


Usage = namedtuple("Usage", "free")


def test_a_disk_without_room_is_refused_and_a_narrow_one_warned_of(tmp_path, monkeypatch, capsys):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(5e9))
    assert list(check_hub.unfit(6_000_000_000)) == [
        f"{tmp_path}: 6.00 GB are to be fetched, 5.00 GB are free: make room, or set HF_HOME to a folder that has it"
    ]
    assert list(check_hub.unfit(4_900_000_000)) == []
    assert "warning" in capsys.readouterr().out
    assert list(check_hub.unfit(1_000_000_000)) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk of the cache is full: "),
        (errno.EROFS, "the cache cannot be written (Read-only file system: /cache): "),
    ],
)
def test_a_full_or_closed_disk_is_named(number, said):
    error = OSError(number, os.strerror(number), "/cache")
    assert refusal(error, "model", "owner/model", COMMIT).startswith(said)


def test_a_cut_connection_goes_on_where_it_ended(hub, fetch):
    hub.add("model/owner/model", {**MODEL, "model-00001-of-00002.safetensors": bytes(24 << 20)})
    hub.cuts["model-00001-of-00002.safetensors"] = 1
    code, text, _ = fetch(one())
    assert code == 0, text
    assert [line for line in hub.asked if f"bytes={10 << 20}-" in line], "it is written in pieces of 10 MiB"


def test_a_hub_that_stumbles_is_asked_again(hub, fetch):
    hub.failures["model-00001-of-00002.safetensors"] = 1
    hub.failures["config.json"] = 1
    code, text, _ = fetch(one())
    assert code == 0, text
    assert "once more in 1 s" in text
    assert hub.downloads().count("model-00002-of-00002.safetensors") == 1, "what has arrived is not fetched again"


def test_a_file_that_arrives_spoiled_is_noticed_and_fetched_again(hub, fetch):
    hub.spoiled["model-00002-of-00002.safetensors"] = 1
    code, text, _ = fetch(one())
    assert code == 0, text
    assert "Damaged: once more in 1 s" in text
    assert hub.downloads().count("model-00002-of-00002.safetensors") == 2
    assert hub.downloads().count("model-00001-of-00002.safetensors") == 1


def test_a_fetch_that_was_killed_goes_on_with_what_is_missing(hub, fetch, check, tmp_path):
    check(one(), fine=True)
    late = "model-00002-of-00002.safetensors"
    hub.held.add(late)
    place = ["--kind", "model", "--repository", "owner/model", "--revision", COMMIT]
    files = ["--checked", tmp_path / "0.json", "--manifest", tmp_path / "manifest.json"]
    command = [sys.executable, SCRIPTS / "fetch.py", *files, *place]
    first = subprocess.Popen(command, env={**os.environ, **hub.environment(tmp_path / "cache")}, stderr=subprocess.PIPE)
    snapshot = tmp_path / "cache/hub/models--owner--model/snapshots" / COMMIT
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not all((snapshot / name).exists() for name in USEFUL if name != late):
        time.sleep(0.05)
    first.kill()
    first.communicate()
    assert not (tmp_path / "manifest.json").exists()
    hub.held.clear()
    hub.asked.clear()
    code, text, found = fetch(one())
    assert code == 0, text
    assert sorted(found) == USEFUL
    assert hub.downloads() == [late]


ASKING = """
import sys
from pathlib import Path
sys.path.insert(0, {scripts!r})
from mixdistill.entry import run

def main(out: Path) -> None:
    from huggingface_hub import HfApi
    print(HfApi().model_info("owner/model"))

run(main{online})
"""


def test_a_job_that_asks_the_hub_fails_unless_it_is_one_of_the_two(hub, job, tmp_path):
    for online in ("", ", warm=True", ", online=True"):
        script = tmp_path / "asking.py"
        script.write_text(ASKING.format(scripts=str(SCRIPTS), online=online))
        hub.asked.clear()
        _, text = job(script, "--out", "x", HF_HUB_OFFLINE="0")
        assert bool(hub.asked) == ("online" in online)
        assert ("OfflineModeIsEnabled" in text) == ("online" not in online)


def test_what_is_not_pinned_is_not_fetched(check):
    assert check(one(), one(revision="unpinned")) == [
        "error: owner/model@unpinned: no commit is pinned: python workflow/scripts/pin.py --experiment FILE writes it"
    ]

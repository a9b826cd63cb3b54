"""Publishing: one private commit with all files and the scores, and a clear word where it cannot be."""

import json
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import numpy as np
import pandas as pd
import publish
import pytest
from mixdistill.errors import UserError
from mixdistill.portable import portable, without_places
from mixdistill.private import NAME
from mixdistill.training.saving import save
from mixdistill.weights import located
from models import byte_adapter, byte_model
from safetensors.numpy import save_file


def weights(path, **about):
    """A file of weights, and what it says of itself."""
    save_file({"w": np.zeros(2, np.float32)}, path, {"format": "pt", **about})


@pytest.fixture
def given(tmp_path):
    """A model of two files and a table of scores."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "README.md").write_text("# Card\n")
    weights(model / "model.safetensors")
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
    kept = SimpleNamespace(repositories={}, commits=[], public=set())

    class Api:
        def create_repo(self, name, private, exist_ok):
            kept.repositories[name] = private

        def repo_info(self, name):
            return SimpleNamespace(private=kept.repositories[name] and name not in kept.public)

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


SIGNED = "https://s3.example.com/x?X-Amz-Signature=0123abcd"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            403,
            r"your token may not write to it \(403\): give it the right to, at https://huggingface.co/settings/tokens",
        ),
        (500, "the hub answers 500; the same command tries again$"),
        (None, r"the hub has not taken it \(RuntimeError: no upload to \(an address\) for \*\*\*\); the same command"),
    ],
)
def test_a_refusal_is_one_line_without_token_or_signed_address(given, hub, monkeypatch, status, said):
    from huggingface_hub.errors import HfHubHTTPError

    def refused(self, *given, **more):
        if status is None:
            raise RuntimeError(f"no upload to {SIGNED} for secret\ntrace") from ValueError(SIGNED)
        response = SimpleNamespace(headers={}, request=None, status_code=status)
        raise HfHubHTTPError(f"{status} for {SIGNED}\ntrace", response=response)

    monkeypatch.setattr(huggingface_hub.HfApi, "create_commit", refused)
    with pytest.raises(UserError, match=rf"^me/example-small-long-1: {said}") as caught:
        publish.main(**given)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "Signature" not in str(caught.value)
    assert not given["published"].exists()


def test_what_is_there_already_and_public_gets_nothing_private(given, hub):
    hub.public.add(given["repository"])
    with pytest.raises(UserError, match=r"^me/example-small-long-1: is there already, and is public, but .*private: f"):
        publish.main(**given)
    assert hub.commits == []
    publish.main(**{**given, "private": False})
    assert len(hub.commits) == 1


def test_only_files_of_a_model_go_up_and_no_place_of_this_machine_is_in_them(given, hub, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    model = given["model"]
    for name in (
        "notes.txt",
        ".env",
        "optimizer.pt",
        "trainer_state.json",
        "tokenizer.json",
    ):
        (model / name).write_text("{}")
    weights(model / "model-00001-of-00002.safetensors")
    (model / "linked.json").symlink_to(tmp_path / "scores.parquet")
    (tmp_path / "home").mkdir()
    said = {
        "base_model_name_or_path": f"{tmp_path}/world/big",
        "r": 2,
        "x": [f"{tmp_path}/home/.cache/y", str(tmp_path)],
    }
    (model / "adapter_config.json").write_text(json.dumps(said))
    (model / "README.md").write_text(f'# Card\n- output_dir: `"{tmp_path}/out"`, see {tmp_path}/home/.cache/z.\n')
    publish.main(**given)
    (files,) = hub.commits
    assert sorted(files) == [
        "README.md",
        "adapter_config.json",
        "model-00001-of-00002.safetensors",
        "model.safetensors",
        "tokenizer.json",
    ]
    sent = json.loads(files["adapter_config.json"])
    assert (sent["base_model_name_or_path"], sent["x"]) == ("world/big", ["home/.cache/y", "."])
    assert files["README.md"].decode().startswith('# Card\n- output_dir: `"out"`, see home/.cache/z.\n')
    assert str(tmp_path) not in repr(files["README.md"])


def test_places_are_relative_or_left_out(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    given = {"path": f"{tmp_path}/in", "other": "/etc/x/y", "prompt": "/no_think {problem}", "n": [1, None, "a/b"]}
    made = without_places(given)
    assert made == {"path": "in", "other": "y", "prompt": "/no_think {problem}", "n": [1, None, "a/b"]}
    home = Path("~").expanduser()
    monkeypatch.setenv("MIXDISTILL_FOLDERS", "/data/maths")
    assert portable(f"at {home}/x and {home}2, {tmp_path}x.") == f"at ~/x and {home}2, <tmp>{str(tmp_path)[4:]}x."
    assert portable("/data/maths/a, /data/mathsx, (/var/tmp)") == "maths/a, /data/mathsx, (<tmp>)"
    monkeypatch.setenv("TMPDIR", f"/lscratch/job7/{NAME}")  # as a job has it
    assert portable(f"/lscratch/job7/x, /lscratch/job7/{NAME}/y") == "<tmp>/x, <tmp>/y"


SENTENCES = [
    "trained from {}/x", "in {}.", "({}/a, b)", "-I{}/include", "--out={}", "file://{}/x", "see {}/.cache/huggingface/hub/z", "{}",
]  # fmt: skip
FILES = {
    "config.json": lambda text: {"_name_or_path": text, "architectures": ["A"]},
    "tokenizer_config.json": lambda text: {"name_or_path": text, "special_tokens_map_file": text, "x": {text: 1}},
    "adapter_config.json": lambda text: {"auto_mapping": {"base": [text, {text: text}]}},
    "training.json": lambda text: {"machine": {text: {"note": text}}},
    "generation_config.json": lambda text: {"_from": text},
    "special_tokens_map.json": lambda text: {"eos_token": {"content": "x", "note": text}},
    "model.safetensors.index.json": lambda text: {"metadata": {"made": text}, "weight_map": {}},
}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Places of a machine: working directory, home, cache, folders, one elsewhere."""
    places = {name: tmp_path / "m" / name for name in ("work", "home", "cache", "sets", "other")}
    for place in places.values():
        place.mkdir(parents=True)
    monkeypatch.chdir(places["work"])
    for name, place in (("HOME", "home"), ("HF_HUB_CACHE", "cache"), ("MIXDISTILL_FOLDERS", "sets")):
        monkeypatch.setenv(name, str(places[place]))
    return places


@pytest.mark.parametrize("place", ["work", "home", "cache", "sets", "other"])
def test_no_sentence_key_or_value_of_a_models_files_tells_of_this_machine(given, hub, machine, place):
    model = given["model"]
    for sentence in SENTENCES:
        text = sentence.format(machine[place])
        for name, form in FILES.items():
            (model / name).write_text(json.dumps(form(text)))
        (model / "README.md").write_text(f"# Card\n{text}\n`{text}`\n")
        (model / "loss.csv").write_text(f"step,{text}\n")
        if place == "other" and ("-I" in sentence or sentence == "file://{}/x"):
            continue
        publish.main(**given)
        for name, content in hub.commits[-1].items():
            sent = content if isinstance(content, bytes) else Path(content).read_bytes()
            if place != "other" or name != "loss.csv":
                assert str(machine[place]).encode() not in sent, (name, text)


def test_what_has_no_such_place_goes_up_to_the_byte(given, hub, machine):
    model = given["model"]
    for name, form in FILES.items():
        (model / name).write_text(json.dumps(form("owner/model and 1/2, https://example.invalid/home/x, /no_think")))
    publish.main(**given)
    for name in FILES:
        assert hub.commits[-1][name] == str(model / name)


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json", "chat_template.jinja"]
)
def test_what_a_model_reads_is_not_changed_but_refused(given, hub, machine, name):
    (given["model"] / name).write_text(json.dumps({"a": f"from {machine['home']}/x", "/root": 1, "/tmp/": 2}))
    with pytest.raises(
        UserError, match=rf"^[^ ]+{name}: holds a path of this machine \({machine['home']}/x?\), and is p"
    ):
        publish.main(**given)
    (given["model"] / name).write_text(json.dumps({"/root": 1, "/tmp/": 2, "/home": 3, "/usr/bin/": 4}))
    publish.main(**given)
    assert hub.commits[-1][name] == str(given["model"] / name)


def test_templates_and_headers_of_weights_are_looked_at_too(given, hub, machine):
    said = {"name_or_path": f"{machine['work']}/x", "chat_template": "{{ x }} /tmp/out"}
    (given["model"] / "tokenizer_config.json").write_text(json.dumps(said))
    publish.main(**given)
    assert json.loads(hub.commits[-1]["tokenizer_config.json"]) == {**said, "name_or_path": "x"}
    (given["model"] / "tokenizer_config.json").write_text(json.dumps({"chat_template": f"in {machine['work']}/x"}))
    with pytest.raises(UserError, match=r"tokenizer_config.json: holds a path of this machine"):
        publish.main(**given)
    (given["model"] / "tokenizer_config.json").unlink()
    weights(given["model"] / "model.safetensors", base=f"{machine['home']}/base")
    with pytest.raises(UserError, match=r"model.safetensors: holds a path of this machine"):
        publish.main(**given)


def test_to_plan_looks_at_no_path_that_an_experiment_names(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    known = portable("")

    def asked(path, *given, **more):
        raise AssertionError(path)

    monkeypatch.setattr("os.path.lexists", asked)
    assert known == ""
    assert without_places({"title": "/net/host/x", "note": "see /net/host/x"}) == {
        "title": "x",
        "note": "see /net/host/x",
    }


def test_an_adapter_names_its_base_by_the_hubs_name_and_commit(tmp_path):
    base, folder = byte_model(tmp_path / "base"), tmp_path / "adapter"
    model = SimpleNamespace(
        peft_config={}, save_pretrained=lambda place, state_dict: byte_adapter(place, base), to=lambda kind: None
    )
    trainer = SimpleNamespace(model=model, is_deepspeed_enabled=False, is_world_process_zero=lambda: True)
    save(trainer, folder, "float32", True, "owner/base@" + "0" * 40)
    said = json.loads((folder / "adapter_config.json").read_text())
    assert (said["base_model_name_or_path"], said["revision"]) == ("owner/base", "0" * 40)
    located(base, [folder]).load("float32")  # with the base that the experiment names, as before
    save(trainer, folder, "float32", True)
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base)

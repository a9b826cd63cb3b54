"""A data set or a model from elsewhere leads nowhere else: neither to the user's other files nor to the network."""

import json
import os
import socket
from pathlib import Path

import pytest
import yaml
from mixdistill import hub, inside
from mixdistill.data.files import rows
from mixdistill.errors import UserError
from mixdistill.inside import leads_away
from mixdistill.jsonl import write, write_json
from mixdistill.tensors import of_model
from mixdistill.weights import located

COMMIT = "0" * 40
KEY = "sk-this-is-a-key"
ROWS = [{"problem": "1+1?", "answer": "2"}]


@pytest.fixture(autouse=True)
def no_connections(monkeypatch):
    """Nothing is looked up and nothing is connected to."""
    asked = []
    for what in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, what, lambda *given: asked.append(given) or 1 / 0)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: asked.append(given) or 1 / 0)
    yield
    assert asked == []


@pytest.fixture
def secret(tmp_path):
    """A file of the user's, beside what is read."""
    write(tmp_path / "secret.jsonl", [{"problem": KEY, "answer": KEY}])
    return tmp_path / "secret.jsonl"


@pytest.fixture
def local(tmp_path):
    write(tmp_path / "set" / "train.jsonl", ROWS)
    return tmp_path / "set"


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A set in the cache, as a download leaves it: files are links to where the repository's contents are."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    repository = tmp_path / "hub" / "datasets--owner--set"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    write(repository / "blobs" / "abc", ROWS)
    (snapshot / "train.jsonl").symlink_to("../../blobs/abc")
    files = {"train.jsonl": (snapshot / "train.jsonl").stat().st_size}
    write_json(
        tmp_path / "set.json", {"kind": "dataset", "repository": "owner/set", "revision": COMMIT, "files": files}
    )
    return tmp_path / "set.json", snapshot


def refused(source, *words, part=()):
    with pytest.raises(UserError) as caught:
        list(rows(source, dict(part)))
    said = str(caught.value)
    assert "\n" not in said
    assert KEY not in said
    assert all(word in said for word in words), said


def card(folder, name="README.md", **subset):
    text = yaml.safe_dump({"configs": [{"config_name": "default", **subset}]})
    (folder / name).write_text(f"---\n{text}---\n" if name.endswith(".md") else text)


PLACES = [
    "{secret}",
    "../secret.jsonl",
    "sub/../../secret.jsonl",
    "/**/secret.jsonl",
    "~/secret.jsonl",
    "file://{secret}",
    "ftp://127.0.0.1:9/x.jsonl",
    "http://127.0.0.1:9/x.jsonl",
    "hf://datasets/owner/other/x.jsonl",
    "zip://x.jsonl::http://127.0.0.1:9/x.zip",
    "gzip::{secret}",
    "local:{secret}",
]
FORMS = [
    lambda place: {"data_files": place},
    lambda place: {"data_files": ["train.jsonl", place]},
    lambda place: {"data_files": [{"split": "train", "path": ["train.jsonl", place]}]},
    lambda place: {"data_dir": place},
]


@pytest.mark.parametrize("place", PLACES)
def test_a_card_names_files_of_its_set_alone(local, fetched, secret, place):
    place = place.format(secret=secret)
    source, snapshot = fetched
    for form in FORMS:
        for folder, given in ((local, local), (snapshot, source)):
            for name in ("README.md", ".huggingface.yaml"):
                card(folder, name, **form(place))
                refused(given, "in its card, names", "which is not in its folder")
                (folder / name).unlink()


def test_a_pattern_that_would_be_looked_at_for_ever_is_refused(local):
    (local / ("a" * 200 + ".jsonl")).touch()
    card(local, data_files="*a" * 10 + "*b")
    refused(local, "names '*a*a", "4 stars between slashes are the most: write fewer")


def test_a_pattern_of_many_folders_is_refused(local):
    deep = local
    for _ in range(30):
        deep /= "a"
    deep.mkdir(parents=True)
    card(local, data_files="**/" * 12 + "z.jsonl")
    refused(local, "names '**/**/", "and ** may stand there 2 times: write it once")
    (deep / "a" / "a" / "a").mkdir(parents=True)
    refused(local, "more than 32 folders inside of each other; give the folder needed")


def test_many_empty_folders_are_counted(local, monkeypatch):
    monkeypatch.setattr(inside, "MOST_FILES", 9)
    for number in range(9):
        (local / str(number)).mkdir()
    refused(local, "more than 9 files and folders, the limit; give the folder needed")


def test_a_version_or_a_name_that_is_a_path_is_refused(local, tmp_path):
    """The library makes a folder of its cache from them, and removes one that is empty."""
    (tmp_path / "theirs").mkdir()
    for key in ("version", "config_name"):
        card(local, **{"data_files": "train.jsonl", key: str(tmp_path / "theirs")})
        refused(local, f"'{key}' in its card names", "which is not in its folder")
    card(local, data_files="train.jsonl", config_name=5)
    refused(local, "config_name 5 in its card is no text; quote it there")
    assert (tmp_path / "theirs").is_dir()


def test_the_librarys_cache_is_left_as_it_was(local, tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    card(local, data_files="train.jsonl", version="1.0.0")
    assert [entry.row for entry in rows(local, {})] == ROWS
    assert not (tmp_path / "cache").exists()


def test_a_message_names_some_of_many_subsets(local):
    subsets = [{"config_name": f"c{number}", "data_files": "train.jsonl"} for number in range(99)]
    (local / "README.md").write_text(f"---\n{yaml.safe_dump({'configs': subsets})}---\n")
    refused(local, "no such subset; it has c0, c1,", "c19 and 79 more: name one")


def test_a_file_that_becomes_a_link_while_others_are_read_is_refused(local, secret, monkeypatch):
    monkeypatch.delenv("MIXDISTILL_FOLDERS", raising=False)
    names = [local / f"train-0000{number}-of-00002.jsonl" for number in range(2)]
    for name in names:
        write(name, ROWS)
    (local / "train.jsonl").unlink()
    found = rows(local, {})
    assert next(found).row == ROWS[0]
    names[1].unlink()
    names[1].symlink_to(secret)
    with pytest.raises(UserError, match="lies outside the working directory"):
        list(found)


def test_a_number_in_a_card_that_takes_for_ever_to_read_is_refused(local):
    (local / "README.md").write_text("---\nx: " + ":".join(["1"] * 100_000) + "\n---\n")
    refused(local, "README.md: its YAML cannot be read: a number of more than 100 characters")


def test_what_leads_nowhere_else_is_read(local, fetched):
    source, snapshot = fetched
    card(local, data_files=[{"split": "train", "path": "train.jsonl"}])
    card(snapshot, data_files="*.jsonl")
    assert [entry.row for given in (local, source) for entry in rows(given, {})] == 2 * ROWS
    assert not any(
        map(leads_away, ["data/train-*.parquet", "**/*.jsonl", "a..b/c.json", "level 1/ä.csv", "x/a:b.json"])
    )


def test_a_link_out_of_a_set_is_not_followed(local, fetched, secret, monkeypatch):
    source, snapshot = fetched
    monkeypatch.delenv("MIXDISTILL_FOLDERS", raising=False)
    (local / "test.jsonl").symlink_to(secret)
    refused(local, "lies outside the working directory", f"export MIXDISTILL_FOLDERS={secret.parent}")
    monkeypatch.setenv("MIXDISTILL_FOLDERS", str(secret.parent))
    assert len(list(rows(local, {"split": "test"}))) == 1
    (snapshot / "test.jsonl").symlink_to(secret)  # what was fetched never leaves its repository, whatever is allowed
    refused(source, "test.jsonl leads out of its repository", "fetch it again")


def test_links_of_folders_and_what_is_no_file_are_refused(local):
    (local / "more").symlink_to(local)
    refused(local, "is a link to a folder that is read anyway")
    (local / "more").unlink()
    (local / "disk").symlink_to("/")
    refused(local, "is a link to a folder that is read anyway")  # of which it is a part
    (local / "disk").unlink()
    (local / "etc").symlink_to("/etc")
    refused(local, "lies outside the working directory")
    (local / "etc").unlink()
    os.mkfifo(local / "pipe.jsonl")
    refused(local, "pipe.jsonl is neither file nor folder")


def test_folders_of_save_to_disk_name_their_own_files_alone(tmp_path, secret):
    from datasets import Dataset, DatasetDict

    other = tmp_path / "other"
    Dataset.from_list([{"problem": KEY}]).save_to_disk(str(other))
    DatasetDict({"train": Dataset.from_list(ROWS)}).save_to_disk(str(tmp_path / "two"))
    state, splits = tmp_path / "two" / "train" / "state.json", tmp_path / "two" / "dataset_dict.json"
    known = json.loads(state.read_text())
    (arrow,) = other.glob("*.arrow")
    for place in ("../../other/" + arrow.name, str(arrow), "http://127.0.0.1:9/x.arrow", 7, None):
        write_json(state, {**known, "_data_files": [{"filename": place}]})
        refused(tmp_path / "two", "state.json, _data_files, names", "no name of a file in it")
    write_json(state, {**known, "_indices_data_files": [{"filename": "x"}]})
    refused(tmp_path / "two", "an index picks its rows; save it again after flatten_indices()")
    write_json(state, known)
    for place in ("../other", str(other), ".."):
        write_json(splits, {"splits": [place]})
        refused(tmp_path / "two", "dataset_dict.json, splits, names", "no name of a file in it")
    write_json(splits, {"splits": ["train"]})
    assert [entry.row for entry in rows(tmp_path / "two", {})] == ROWS


def test_files_that_name_others_are_not_read_by_datasets_itself(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(b"x")
    (tmp_path / "set" / "metadata.csv").write_text("file_name\n../secret.jsonl\n")
    refused(tmp_path / "set", "save them as Parquet or JSON Lines, or give a single file as the path")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{two}: &{two} [{','.join([f'*{one}'] * 9)}]\n" for one, two in zip("abcdefgh", "bcdefghi", strict=True)
)
YAML = {
    "aliases": (BOMB, "more than 200,000 values, with its aliases written out"),
    "an alias in itself": ("a: &a [*a]\n", "an alias in itself"),
    "nesting": ("a: " + "[" * 500 + "]" * 500 + "\n", "nested more than 64 times"),
    "code": ("a: !!python/object/apply:os.system [true]\n", "could not determine a constructor"),
    "a list": ("- a\n", "its YAML is no object of keys"),
    "subsets": ("configs: {a: b}\n", "configs is no list of subsets"),
    "length": ("a: " + "x" * 2**20 + "\n", "more than 1 Mi characters"),
}


@pytest.mark.parametrize("kind", YAML)
def test_yaml_of_cards_is_bounded(local, kind):
    text, message = YAML[kind]
    for name in ("README.md", ".huggingface.yaml"):
        (local / name).write_text(f"---\n{text}---\n" if name == "README.md" else text)
        refused(local, name, message)
        (local / name).unlink()


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "../.."},
        {"repository": "owner/.."},
        {"revision": "../../../other"},
        {"revision": "main"},
        {"kind": "space"},
        {"files": {"../x": 1}},
        {"files": {"x": "1"}},
    ],
)
def test_rows_that_look_like_a_manifest_lead_nowhere(tmp_path, change):
    made = {"kind": "dataset", "repository": "owner/set", "revision": COMMIT, "files": {"x.jsonl": 1}}
    write_json(tmp_path / "x.json", {**made, **change})
    assert hub.manifest(tmp_path / "x.json") is None
    write_json(tmp_path / "x.json", made)
    assert hub.manifest(tmp_path / "x.json") == hub.Manifest(**made)
    assert Path(tmp_path / "x.json").is_file()


def model(folder):
    from safetensors.numpy import save

    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    (folder / "model-00001-of-00001.safetensors").write_bytes(save({}))
    return folder


NAMED = [
    ("config.json", {"transformers_weights": "../other/model.safetensors"}),
    ("tokenizer_config.json", {"vocab_file": "/etc/passwd"}),
    ("tokenizer_config.json", {"fast_tokenizer_files": ["tokenizer.json", "../x.json"]}),
    ("tokenizer_config.json", {"merges_file": "http://127.0.0.1:9/x"}),
]


@pytest.mark.parametrize(("name", "said"), NAMED)
def test_files_of_a_model_name_files_of_its_folder_alone(tmp_path, name, said):
    folder = model(tmp_path / "model")
    located(folder, [])
    write_json(folder / name, said)
    with pytest.raises(UserError, match=f"model: {next(iter(said))} in {name} names .* which is not in its folder"):
        located(folder, [])


def test_notes_of_where_a_model_was_saved_are_no_fault(tmp_path):
    folder = model(tmp_path / "model")
    write_json(folder / "config.json", {"_name_or_path": "/home/them/model"})
    write_json(folder / "tokenizer_config.json", {"special_tokens_map_file": "/root/x.json", "name_or_path": "/mnt/x"})
    located(folder, [])


def test_an_index_of_weights_names_weights_alone(tmp_path):
    folder = model(tmp_path / "model")
    for place in ("../other/model.safetensors", "/etc/passwd", "config.json", 7):
        write_json(folder / "model.safetensors.index.json", {"weight_map": {"a": place}})
        with pytest.raises(UserError, match=r"index.json: names '.*', no file of weights in its folder"):
            of_model(folder)


def test_links_out_of_a_models_folder_are_not_followed(tmp_path, secret, monkeypatch):
    folder = model(tmp_path / "model")
    monkeypatch.delenv("MIXDISTILL_FOLDERS", raising=False)
    (folder / "chat_template.jinja").symlink_to(secret)
    with pytest.raises(UserError, match="lies outside the working directory.* export MIXDISTILL_FOLDERS="):
        located(folder, [])
    monkeypatch.setenv("MIXDISTILL_FOLDERS", str(tmp_path))
    located(folder, [])


def test_adapters_that_load_others_are_refused(tmp_path):
    base, adapter = model(tmp_path / "base"), model(tmp_path / "adapter")
    (adapter / "model-00001-of-00001.safetensors").rename(adapter / "adapter_model.safetensors")
    write_json(adapter / "adapter_config.json", {"peft_type": "XLORA"})
    with pytest.raises(UserError, match="an adapter of the kind XLORA loads other models: give a LoRA"):
        located(base, [adapter])

"""Keys and tokens in experiment files: refused, and never repeated."""

import time

import pytest
from examples import changed, example
from mixdistill.config.faults import experiment
from mixdistill.config.files import parsed
from mixdistill.config.secrets import is_secret, looks_secret
from mixdistill.errors import UserError
from planning import REPO

HIDDEN = "Zq7" * 9
KEYS = {
    "the hub": f"hf_{HIDDEN}",
    "OpenAI": f"sk-proj-{HIDDEN}",
    "GitHub": f"ghp_{HIDDEN}",
    "a header": f"Bearer {HIDDEN}",
    "a signed token": f"eyJ{HIDDEN}.eyJ{HIDDEN}.x",
    "Amazon": "AKIAZZ7ZZ7ZZ7ZZ7ZZ7Z",
    "a private key": f"-----BEGIN RSA PRIVATE KEY-----\n{HIDDEN}",
}
LOOKS = "looks like a secret, and an experiment holds none: revoke it, and set a variable of your shell"


@pytest.fixture(autouse=True)
def readme(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def lines(raw):
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize("value", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("key", ["note", "caption", "students.small.title", "teaching.prompt", "seeds"])
def test_what_looks_like_a_key_is_refused_wherever_it_stands(key, value):
    assert lines(changed(key, f"my token: {value}")) == [f"mine.yaml: {key}: {LOOKS}"]


def test_a_name_that_looks_like_a_key_is_not_repeated_either():
    raw = example()
    raw["students"][f"hf_{HIDDEN}"] = {"family": "Llama"}
    assert lines(raw) == [f"mine.yaml: students.***: {LOOKS}"]


MISPLACED = {
    "hf_token": "HIDDEN",
    "token": ["HIDDEN"],
    "judge.api_key": "HIDDEN",
    "publish": {"owner": "me", "token": "HIDDEN"},
    "publish.owner": {"token": "HIDDEN"},
    "students.small.family": {"apiKey": "HIDDEN", "cookie": "HIDDEN"},
    "teachers.short.endpoint": {"url": "https://h/v1", "model": "m", "headers": {"Authorization": "HIDDEN"}},
    "sft.args.hub_token": "HIDDEN",
    "sft.args.api_token": "HIDDEN",
    "students.accessKey": "HIDDEN",
    "students.pat": {"family": "Llama", "parameters": "HIDDEN"},
    "teachers.short.endpoint.key": "HIDDEN",
    "world.models.big.architecture.token": "HIDDEN",
    "note.token": "HID\bDEN",
}


@pytest.mark.parametrize(("key", "value"), MISPLACED.items())
def test_what_stands_under_a_name_of_a_secret_is_not_repeated(key, value):
    found = lines(changed(key, value) if key != "note.token" else {**example(), "note": {"token": value}})
    assert found
    assert not [line for line in found if "HID" in line or "DEN" in line]


@pytest.mark.parametrize("name", ["auth", "cookie", "accessKey", "pat", "x-api-key", "Authorization", "apikey", "AUTH"])
def test_names_of_secrets_in_what_an_endpoint_is_sent(name):
    raw = example()
    raw["teachers"]["short"] = {
        "endpoint": {"url": "http://127.0.0.1:1/v1", "model": "m", "args": {"x": {name: "HIDDEN"}}},
        "sampling": {"max_tokens": 40},
    }
    [line] = lines(raw)
    assert line.startswith("mine.yaml: teachers.short.endpoint.args.x: a secret never stands in an experiment")
    assert "HIDDEN" not in line


def test_what_a_yaml_parser_quotes_is_masked(tmp_path):
    (tmp_path / "mine.yaml").write_text(f"token: *hf_{HIDDEN}\n")
    with pytest.raises(UserError, match=r"^\S+mine.yaml:1:8: not YAML: found undefined alias '\*\*\*'"):
        parsed(tmp_path / "mine.yaml")


@pytest.mark.parametrize("path", sorted((REPO / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_that_comes_with_this_looks_like_a_secret(path):
    assert not looks_secret(path.read_text())


@pytest.mark.parametrize(
    "name", ["max_tokens", "monkey", "key_value_heads", "compat", "tokenizer", "patience", "author"]
)
def test_names_of_other_things(name):
    assert not is_secret(name)


@pytest.mark.parametrize(
    "text",
    [
        "hf_hub_download of owner/model",
        "task-specific-evaluation-of-models-2",
        "sk-learn",
        "sk-distill-qwen2-math-long-cot",
        "pk_2_model_variants_for_table",
        "Basic Llama-3.2-1B-Instruct",
        "The basic Qwen2.5-Math-7B-Instruct",
        "basic GSM8K-style-questions",
        "Basic arithmetic/addition-subtraction/grade3",
    ],
)
def test_texts_of_other_things(text):
    assert not looks_secret(text)


@pytest.mark.parametrize("part", ["sk-", "eyJ-", "bearer ", "hf_", "-----BEGIN ", "sk-a "])
def test_a_long_text_is_looked_at_in_a_moment(part):
    began = time.process_time()
    looks_secret(part * (1_000_000 // len(part)))
    assert time.process_time() - began < 3

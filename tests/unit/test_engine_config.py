"""Engines and endpoints in an experiment file: what is merged, what is refused, what jobs are given."""

from types import SimpleNamespace

import pytest
from examples import changed, example
from mixdistill.config.engine import BATCH
from mixdistill.config.engine_arguments import OURS, known
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook

SERVER = {"url": "https://api.example.com/v1", "model": "large", "key": "EXAMPLE_KEY", "concurrency": 5}


def book(raw):
    raw["teachers"]["large"]["completions"]["path"] = "README.md"
    return Rulebook(Plan(experiment(raw, "mine.yaml")))


@pytest.fixture(autouse=True)
def readme(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def hosted(**more):
    raw = example()
    raw["teachers"]["short"] = {"endpoint": {**SERVER, **more}, "sampling": {"max_tokens": 40}}
    return raw


def of(raw, **wildcards):
    return book(raw).engine(SimpleNamespace(**wildcards))


def test_defaults_depend_on_the_engine():
    assert of(example(), teacher="long") == {
        "name": "transformers",
        "dtype": "float32",
        "batch_size": BATCH,
        "lora": "merged",
        "args": {},
    }
    vllm = of(changed("engine", {"name": "vllm", "dtype": "bfloat16"}), student="small")
    assert vllm == {"name": "vllm", "dtype": "bfloat16", "batch_size": None, "lora": "adapter", "args": {}}


def test_a_model_changes_the_engine_key_by_key():
    raw = changed("engine", {"name": "vllm", "args": {"max_num_seqs": 64, "enforce_eager": True}})
    raw["teachers"]["long"]["engine"] = {"dtype": "bfloat16", "args": {"max_num_seqs": 16}}
    raw["students"]["small"]["engine"] = {"name": "transformers"}
    assert of(raw, teacher="long")["args"] == {"max_num_seqs": 16, "enforce_eager": True}
    assert (of(raw, teacher="long")["dtype"], of(raw, teacher="short")["dtype"]) == ("bfloat16", "float32")
    assert (of(raw, student="small")["name"], of(raw, student="small")["args"]) == ("transformers", {})
    assert of(raw, student="medium")["name"] == "vllm"


def test_a_judge_has_an_engine_too():
    raw = changed("judge", {"model": {"world": "big"}, "parameters": 7e9, "prompt": "{gold} {answer}"})
    raw["judge"]["engine"] = {"name": "vllm", "batch_size": 100}
    assert book(raw).judge_engine(SimpleNamespace(student="small"))["batch_size"] == 100


def test_an_endpoint_needs_no_gpu_no_weights_and_no_size():
    made, wildcards = book(hosted()), SimpleNamespace(teacher="short")
    assert made.teacher_weights(wildcards) == []
    assert made.resource("generate", "gpu")(wildcards, 1) == 0
    assert made.resource("generate", "requests")(wildcards, 1) == 5
    settings = made.engine(wildcards)
    assert settings == {
        "name": "endpoint",
        "batch_size": None,
        "url": SERVER["url"],
        "model": "large",
        "key": "EXAMPLE_KEY",
        "args": {},
    }


def test_a_judge_may_be_an_endpoint():
    made = book(changed("judge", {"endpoint": SERVER, "prompt": "{gold} {answer}"}))
    assert (
        made.judge_weights,
        made.resource("judge", "gpu")(None, 1),
        made.resource("judge", "requests")(None, 1),
    ) == ([], 0, 5)
    assert made.judge_title(SimpleNamespace()) == "large"
    assert made.judge_engine(SimpleNamespace(student="small"))["name"] == "endpoint"


VLLM = {"name": "vllm"}
WRONG = [
    ("engine.batch_size", 0, "engine.batch_size: must be at least 1 (got 0)"),
    (
        "engine.args",
        {"max_num_seqs": 8},
        "engine.args: these are vLLM's, and the engine is transformers: add name: vllm",
    ),
    ("engine.lora", "adapter", "engine.lora: for vllm only, and the engine is transformers, which merges"),
    (
        "engine",
        {**VLLM, "args": {"max_num_seq": 8}},
        "engine.args.max_num_seq: vLLM's EngineArgs has no such argument (got 8); did you mean 'max_num_seqs'?",
    ),
    (
        "engine",
        {**VLLM, "args": {"max_num_seqs": "8"}},
        "engine.args.max_num_seqs: must be a number (got '8')",
    ),
    (
        "engine",
        {**VLLM, "args": {"enforce_eager": "yes"}},
        "engine.args.enforce_eager: must be true or false (got 'yes')",
    ),
    (
        "engine",
        {**VLLM, "args": {"trust_remote_code": True}},
        "engine.args.trust_remote_code: the workflow sets this itself (got True): no code that a file names is run",
    ),
    (
        "students.small.engine",
        {**VLLM, "args": {"tensor_parallel_size": 2}},
        "students.small.engine.args.tensor_parallel_size: the workflow sets this itself (got 2): GPUs are the job's",
    ),
    (
        "teachers.long.engine",
        {"args": {"max_num_seqs": 8}},
        "teachers.long.engine.args: these are vLLM's, and the engine is transformers",
    ),
    (
        "teachers.short.endpoint",
        SERVER,
        "teachers.short: give one of model, endpoint (a teacher to ask) and completions",
    ),
    ("judge", {"prompt": "{gold} {answer}"}, "judge: give either model or endpoint"),
]


@pytest.mark.parametrize(("key", "value", "line"), WRONG)
def test_what_does_not_fit_is_said_in_one_line(key, value, line):
    with pytest.raises(UserError) as caught:
        experiment(changed(key, value), "mine.yaml")
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(f"mine.yaml: {line}")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            {"key": "sk-abcdef"},
            "key: must be the name of an environment variable, in capitals, and never the key itself",
        ),
        (
            {"url": "https://user:secret@host/v1"},
            "url: must be an address like https://api.example.com/v1, without user",
        ),
        ({"url": "https://host/v1?token=secret"}, "url: must be an address like"),
        (
            {"args": {"seed": 1}},
            "args.seed: the workflow sets this itself (got 1): every request has a seed of its own",
        ),
    ],
)
def test_an_endpoint_is_no_place_for_secrets_or_sampling(more, line):
    with pytest.raises(UserError) as caught:
        experiment(hosted(**more), "mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml: teachers.short.endpoint.{line}")
    assert "secret" not in str(caught.value)
    assert "sk-" not in str(caught.value)


def test_an_endpoint_is_not_run_by_an_engine():
    raw = hosted()
    raw["teachers"]["short"]["engine"] = {"dtype": "bfloat16"}
    with pytest.raises(UserError, match="teachers.short.engine: an endpoint runs its model itself"):
        experiment(raw, "mine.yaml")


def test_every_argument_of_vllm_that_is_ours_exists():
    assert set(OURS) <= set(known())

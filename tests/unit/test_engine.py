"""The engine door: equal to transformers' own generate, blind to neighbours, bounded by context and stop strings."""

import json
import os
import re

import pytest
from mixdistill.engines import Request
from mixdistill.engines.hf import TransformersEngine, drawn
from mixdistill.engines.vllm import ON_CPU, UNFUSED, arguments, rank, set_environment
from mixdistill.errors import UserError
from mixdistill.weights import Weights
from models import CHATML, byte_model

GREEDY = {"temperature": 0.0, "top_p": 1.0, "max_tokens": 24, "stop": []}
PROMPTS = ["1+1", "What is the sum of two and three?", "x", "Solve the equation. " * 4]


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def engine(request, tmp_path_factory):
    folder = byte_model(tmp_path_factory.mktemp("model") / request.param, request.param)
    return TransformersEngine(Weights(str(folder)), "float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("model") / "short-context", context=64)


def asked(prompts=PROMPTS):
    return [Request(prompt, seed) for seed, prompt in enumerate(prompts)]


def test_greedy_equals_transformers_generate_one_by_one(engine):
    import torch

    made = engine.batch(asked(), GREEDY)
    for prompt, one in zip(PROMPTS, made, strict=True):
        ids = torch.tensor(engine.chat.encoded([prompt]))
        out = engine.model.generate(ids, max_new_tokens=24, do_sample=False)[0, ids.shape[1] :]
        assert engine.chat.tokenizer.decode(out, skip_special_tokens=True) == one.text
        assert len(out) == one.tokens


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_completion_does_not_depend_on_its_neighbours(engine, temperature):
    sampling = {**GREEDY, "temperature": temperature, "top_p": 0.9}
    together = engine.batch(asked(), sampling)
    alone = [engine.batch([request], sampling)[0] for request in asked()]
    assert together == alone
    assert engine.batch(asked()[::-1], sampling) == together[::-1]


def test_seeds_decide_samples(engine):
    sampling = {**GREEDY, "temperature": 1.0}
    texts = [one.text for one in engine.batch([Request("1+1", seed) for seed in (1, 2, 1)], sampling)]
    assert texts[0] == texts[2] != texts[1]


def test_the_limit_cuts_and_says_so(engine):
    for one in engine.batch(asked(), {**GREEDY, "max_tokens": 3}):
        assert (one.tokens, one.finish_reason) in {(3, "length"), (1, "stop"), (2, "stop"), (3, "stop")}
    assert {one.finish_reason for one in engine.batch(asked(), {**GREEDY, "max_tokens": 1})} == {"length"}


def test_what_the_template_begins_is_part_of_the_completion_and_of_nothing_else(tmp_path):
    """R1's template opens the thoughts in the prompt; without that, a student would be taught to close what never began."""
    folder = byte_model(tmp_path / "thinking")
    plain = TransformersEngine(Weights(str(folder)), "float32").chat.template
    (folder / "chat_template.jinja").write_text(
        CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    )
    engine = TransformersEngine(Weights(str(folder)), "float32")
    template = engine.chat.template
    [one] = engine.batch(asked(["1+1"]), {**GREEDY, "max_tokens": 5})
    assert one.text.startswith("<think>\n")
    assert one.tokens <= 5
    own = engine.chat.tokenizer(one.text.removeprefix("<think>\n"), add_special_tokens=False)["input_ids"]
    assert template.completion(one.text) == [*own, template.end]
    opened = engine.chat.tokenizer("<think>\n", add_special_tokens=False)["input_ids"]
    assert plain.completion(one.text) == [*opened, *own, template.end]
    assert template.prompt("1+1") == [*plain.prompt("1+1"), *opened]


@pytest.mark.parametrize("prefill", ["</think>", "<think>\n\n</think>\n\n", "\n"])
def test_what_the_template_has_closed_is_no_part_of_the_completion(tmp_path, prefill):
    folder = byte_model(tmp_path / "closed")
    (folder / "chat_template.jinja").write_text(
        CHATML.replace("assistant\n{% endif %}", f"assistant\n{prefill}{{% endif %}}")
    )
    engine = TransformersEngine(Weights(str(folder)), "float32")
    assert engine.chat.template.prefill
    assert not engine.batch(asked(["1+1"]), {**GREEDY, "max_tokens": 2})[0].text.startswith(("<", "\n"))


def test_a_stop_string_ends_a_completion_and_is_not_part_of_it(engine):
    whole = engine.batch(asked(["1+1"]), GREEDY)[0].text
    stop = whole[5:7]
    ended = engine.batch(asked(["1+1"]), {**GREEDY, "stop": [stop]})[0]
    assert ended.text == whole[: whole.index(stop)]
    assert ended.finish_reason == "stop"
    assert ended.tokens < 24


def test_a_stop_string_may_have_characters_of_many_bytes(engine):
    ids = engine.chat.tokenizer("wait: 以上で終わりです!")["input_ids"]
    assert [engine.chat.stopped(ids[:count], ["以上で終わりです"]) for count in (len(ids) - 2, len(ids) - 1)] == [
        False,
        True,
    ]


def test_the_context_is_never_exceeded(folder):
    engine = TransformersEngine(Weights(str(folder)), "float32")
    prompt = "a" * 20
    room = 64 - len(engine.chat.encoded([prompt])[0])
    assert engine.batch(asked([prompt]), {**GREEDY, "max_tokens": 500})[0].tokens <= room
    with pytest.raises(UserError, match="a prompt has .* tokens, the model takes 64"):
        engine.batch(asked(["a" * 200]), GREEDY)


def test_without_a_chat_template_the_prompt_goes_in_bare(tmp_path):
    engine = TransformersEngine(Weights(str(byte_model(tmp_path / "bare", chat=False))), "float32")
    assert engine.chat.tokenizer.decode(engine.chat.encoded(["1+1"])[0]) == "1+1"


def test_draws_follow_the_probabilities_of_the_nucleus():
    import torch

    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().repeat(20_000, 1)
    noise = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn(logits, noise, {"temperature": 1.0, "top_p": 1.0}), minlength=4) / 20_000
    assert torch.allclose(shares, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.01)
    nucleus = torch.bincount(drawn(logits, noise, {"temperature": 1.0, "top_p": 0.7}), minlength=4) / 20_000
    assert torch.allclose(nucleus, torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=0.01)
    edge = drawn(logits[:1], torch.tensor([1.0 - 1e-7]), {"temperature": 1.0, "top_p": 1.0})
    assert edge.tolist() == [3]


@pytest.mark.parametrize(
    ("config", "expected"), [({"r": 8, "rank_pattern": {}}, 8), ({"r": 12, "init_lora_weights": "gaussian"}, 16)]
)
def test_an_adapter_gets_the_least_room_that_vllm_can_give(tmp_path, config, expected):
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"\x02" + bytes(7) + b"{}")  # a header without tensors
    assert rank(tmp_path) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"modules_to_save": ["lm_head"]},
        {"use_dora": True},
        {"bias": "all"},
        {"rank_pattern": {"q_proj": 40}},
        {"alpha_pattern": {"q_proj": 40}},
        {"init_lora_weights": "pissa"},
        {"r": 600},
        {"peft_type": "IA3"},
    ],
)
def test_an_adapter_that_vllm_cannot_serve_is_to_be_merged(tmp_path, more):
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 8, "bias": "none", **more}))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"\x02" + bytes(7) + b"{}")
    [(name, value)] = more.items()
    line = rf"vLLM serves .*\b{name}\b.*{re.escape(str(value))}|got {value}, r: 8"
    with pytest.raises(UserError, match=rf"({line}).*: give lora: merged"):
        rank(tmp_path)


ENGINE = {"name": "vllm", "dtype": "bfloat16", "batch_size": None, "lora": "adapter", "args": {}}


def test_vllm_is_told_what_suits_the_machine():
    alone, several, cpu = (arguments(ENGINE, gpus, {}) for gpus in (1, 4, 0))
    assert [one["tensor_parallel_size"] for one in (alone, several, cpu)] == [1, 4, 1]
    assert several["compilation_config"] is UNFUSED
    assert "compilation_config" not in alone
    assert ON_CPU.items() <= cpu.items()
    assert not ON_CPU.keys() & alone.keys()


def test_a_batch_of_fixed_composition_leaves_no_step_in_flight():
    fixed = {**ENGINE, "batch_size": 8}
    assert arguments(fixed, 1, {})["async_scheduling"] is False
    assert "async_scheduling" not in arguments(ENGINE, 1, {})


def test_an_experiments_arguments_come_last():
    args = {"async_scheduling": True, "enable_prefix_caching": False}
    made = arguments({**ENGINE, "batch_size": 8, "args": args}, 1, {})
    assert (made["async_scheduling"], made["enable_prefix_caching"]) == (True, False)


def test_vllm_compiles_no_sampler_unless_the_user_says_so(monkeypatch):
    for name in ("VLLM_USE_FLASHINFER_SAMPLER", "VLLM_CPU_OMP_THREADS_BIND", "VLLM_ENABLE_V1_MULTIPROCESSING"):
        monkeypatch.setenv(name, "1")
    set_environment(in_process=True)
    assert os.environ["VLLM_USE_FLASHINFER_SAMPLER"] == "1"
    monkeypatch.delenv("VLLM_USE_FLASHINFER_SAMPLER")
    set_environment(in_process=True)
    assert os.environ["VLLM_USE_FLASHINFER_SAMPLER"] == "0"

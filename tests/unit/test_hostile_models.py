"""Files of a model or an adapter that are of thousands of layers, of endless patterns or of foreign code: one line."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from mixdistill import probing
from mixdistill import weights as module
from mixdistill.described import require_parts
from mixdistill.errors import UserError
from mixdistill.weights import Weights, located
from models import byte_adapter, byte_model


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    model = byte_model(folder / "model")
    return model, byte_adapter(folder / "adapter", model)


@pytest.fixture
def changed(sound, tmp_path, monkeypatch):
    """Copies of a sound model and adapter, of whose files one is changed; little time and memory to check them."""
    monkeypatch.setattr(module, "SECONDS", 0.5)
    monkeypatch.setattr(module, "MEMORY", 2**28)
    model, adapter = (shutil.copytree(folder, tmp_path / folder.name) for folder in sound)

    def change(file, **settings):
        path = (adapter if file.startswith("adapter") else model) / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))
        return Weights(str(model), adapter=str(adapter) if file.startswith("adapter") else None)

    return change


def refusal(act):
    begun = time.process_time()
    with pytest.raises(UserError) as caught:
        act()
    assert "\n" not in str(caught.value)
    assert time.process_time() - begun < 2
    return str(caught.value)


KERNEL = "kernels-community/flash-attn2"
CONFIGS = {
    "layers": ({"num_hidden_layers": 20_000}, "says num_hidden_layers: 20,000, but its 26 tensors have 2 different"),
    "layers, nested": (
        {"text_config": {"num_hidden_layers": 10**12}},
        "says num_hidden_layers: 1,000,000,000,000, but",
    ),
    "experts": ({"num_local_experts": 10**6}, "says num_local_experts: 1,000,000, but"),
    "kinds of layers": ({"layer_types": ["full_attention"] * 20_000}, "says a list of 20,000 under layer_types"),
    "labels": (
        {"num_labels": 10**9},
        "model: a model without weights, made as its config.json says, takes more than (256 MiB|0.5 s); give",
    ),
    "width": ({"hidden_size": 10**6}, "its config.json is of a model of 6,001,036,000,000 parameters, and its weights"),
    "too wide to be counted": ({"hidden_size": 10**12}, "is of no model that can be made"),
    "vocabulary": ({"vocab_size": 10**12}, "its config.json is of a model of 64,000,000,"),
    "attention from the hub": (
        {"_attn_implementation": KERNEL},
        f"attn_implementation in its config.json is {KERNEL!r}",
    ),
    "likewise": ({"attn_implementation": {"": "a/b@c"}}, "attn_implementation in its config.json is 'a/b@c'; leave it"),
    "experts from the hub": ({"experts_implementation": "a/b"}, "experts_implementation in its config.json is 'a/b'"),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_configuration_of_what_is_not_there_is_refused_whatever_reads_it(changed, kind):
    weights = changed("config.json", **CONFIGS[kind][0])
    said = refusal(weights.check)
    assert re.search(CONFIGS[kind][1], said), said
    assert refusal(weights.configuration) == said


@pytest.mark.parametrize(
    "sizes",
    [
        {"block_dim": 2048, "block_ff_dim": 12_288, "block_multiple_of": 256},
        {"vocab_size_per_layer_input": 262_144, "num_kv_shared_layers": 15},
        {"moe_layers_intermediate_size": 5632, "shared_expert_intermediate_size": 20_480},
    ],
    ids=["LFM2", "Gemma 3n", "MoE"],
)
def test_sizes_of_real_models_are_no_counts(sizes):
    require_parts("model", {"text_config": sizes, "num_hidden_layers": 16}, dict.fromkeys("abc"))
    with pytest.raises(UserError, match="num_hidden_layers: 20,000"):
        require_parts("model", {"text_config": sizes, "num_hidden_layers": 20_000}, dict.fromkeys("abc"))


def test_tables_that_no_file_holds_are_bounded(tmp_path):
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"vocab_size": 40, "n_embd": 8, "n_layer": 1, "n_head": 1, "rotary_dim": 4, "bos_token_id": 0}
    AutoModelForCausalLM.from_config(AutoConfig.for_model("gptj", **sizes)).save_pretrained(tmp_path)
    Weights(str(tmp_path)).check()
    AutoConfig.for_model("gptj", **sizes, n_positions=10**9).save_pretrained(tmp_path)
    said = refusal(Weights(str(tmp_path)).check)
    assert "as it is described, it makes tables of 15,259 Mi bytes beside its weights, and 256 Mi are the limit" in said


ENDLESS = r"((\w+\.?)+)+!"
ADAPTERS = {
    "target_modules": {"target_modules": ENDLESS},
    "rank_pattern": {"rank_pattern": {ENDLESS: 4}},
    "modules_to_save": {"modules_to_save": [ENDLESS]},
}


@pytest.mark.parametrize("key", ADAPTERS)
def test_a_pattern_of_an_adapter_that_takes_for_ever_is_refused(changed, key):
    said = refusal(changed("adapter_config.json", **ADAPTERS[key]).check)
    assert (
        "adapter: an adapter without weights, made as its adapter_config.json says, takes more than 0.5 s; give" in said
    )


@pytest.mark.parametrize("key", [{"r": 10**9}, {"rank_pattern": {"q_proj": 10**12}}, {"peft_type": "VERA", "r": 10**8}])
def test_an_adapter_of_a_rank_that_fills_the_memory_is_refused(changed, key):
    assert "this adapter does not fit its base" in refusal(changed("adapter_config.json", **key).check)


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": r".*\.(q_proj)"},
        {"target_modules": r"(?:.*?(?:language|text|model).*?(?:self_attn|mlp).*?(?:q_proj).*?)|(?:\bmodel\.x)"},
        {"rank_pattern": {r"^model\.layers\.0\.self_attn\.q_proj": 2}, "r": 2},
    ],
)
def test_patterns_of_real_adapters_are_let_through(changed, settings):
    changed("adapter_config.json", **settings).check()


def test_a_pattern_of_a_quantised_model_that_takes_for_ever_is_refused(changed):
    quantised = {"quant_method": "fp8", "modules_to_not_convert": ["lm_head", "model.layers.0.*", "*"]}
    changed("config.json", quantization_config=quantised).check()
    said = refusal(changed("config.json", quantization_config={**quantised, "ignore": [f"re:{ENDLESS}"]}).check)
    assert "made as its config.json says, takes more than 0.5 s" in said


def test_a_configuration_is_no_file_of_elsewhere(changed):
    weights = changed("config.json", configuration_files=["../config.4.0.0.json"])
    assert "configuration_files in config.json names '../config.4" in refusal(lambda: located(Path(weights.base), []))


def test_a_model_is_looked_at_once_until_its_files_change(changed, monkeypatch):
    weights = changed("config.json", bos_token_id=None)
    weights.check()
    monkeypatch.setattr(module, "call", lambda *_: 1 / 0)
    weights.check()
    weights.configuration()
    changed("config.json", bos_token_id=7)
    with pytest.raises(ZeroDivisionError):
        weights.check()


def sequence(kind, *parts):
    return {"type": "Sequence", f"{kind}s": parts}


def replaced(pattern, content, **how):
    return {"type": "Replace", "pattern": how or {"String": pattern}, "content": content}


DOUBLING = [replaced(one * 2**n, one * 2 ** (n + 1)) for one in "a" for n in range(1)] * 30
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
TOKENIZERS = {
    "doubles": ({"normalizer": sequence("normalizer", *DOUBLING)}, r"takes more than|makes [\d,]+ tokens of a text"),
    "doubles a little": (
        {"normalizer": sequence("normalizer", *DOUBLING[:6])},
        "makes 64,000 tokens of a text of 1,000 bytes, 'aaa",
    ),
    "doubles what no probe has": (
        {"normalizer": sequence("normalizer", *[replaced("\u1234", "\u1234\u1234")] * 8)},
        r"makes [\d,]+ tokens of a text of 603 bytes",
    ),
    "doubles what is read back": (
        {"decoder": sequence("decoder", BYTES, *DOUBLING[:8])},
        "reads a text of 1,000 bytes, 'aaa.*', back as 256,000 characters",
    ),
    "an endless pattern": (
        {"normalizer": replaced("", "x", Regex="(a|aa|aaa)+(a|aa)+(aa|a)+(a|aaa)+(a|aa)+$")},
        "takes more than 1 s|fails",
    ),
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_tokenizer_that_fills_time_or_memory_is_refused(changed, monkeypatch, kind):
    monkeypatch.setattr(probing, "SECONDS", 1)
    weights = changed("tokenizer.json", **TOKENIZERS[kind][0])
    said = refusal(weights.load_tokenizer)
    assert re.search(f"model: its tokenizer ({TOKENIZERS[kind][1]}).*; give one that does less", said), said


def test_a_token_that_is_a_book_is_refused(changed):
    token = {"id": 256, "content": "x" * 5_000, "special": True}
    token |= dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    weights = changed("tokenizer.json", added_tokens=[token])
    assert "its tokenizer has a token of 5,000 characters, and 4,096 are the limit" in refusal(weights.load_tokenizer)


def test_a_tokenizer_is_tried_once_until_its_files_change(changed, monkeypatch):
    weights = changed("tokenizer.json")
    weights.load_tokenizer()
    monkeypatch.setattr(module, "call", lambda *_: 1 / 0)
    weights.load_tokenizer()
    changed("tokenizer.json", truncation=None)
    with pytest.raises(ZeroDivisionError):
        weights.load_tokenizer()

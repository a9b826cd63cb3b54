"""What is looked at before a model is loaded: whole weights, fitting tokenizer, context, layers."""

from pathlib import Path

import pytest
from mixdistill.errors import UserError
from mixdistill.proof.fitting import adaptable, check
from mixdistill.tensors import header
from mixdistill.weights import located
from models import byte_model

IDS = {1, 250}
WHOLE = {"max_length": 512, "lora": None}
LORA = {"r": 2, "lora_alpha": 4}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return located(byte_model(tmp_path_factory.mktemp("model")), [])


def test_what_fits_is_let_through(weights):
    settings = [WHOLE, {**WHOLE, "lora": {**LORA, "target_modules": "all-linear"}}]
    check("students.x", weights.configuration(), IDS, settings)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"max_length": 513}, r"students.x.sft.max_length: 513 tokens are more .* 512\); give at most 512"),
        ({"lora": {**LORA, "target_modules": ["q_prjo"]}}, r"students.x.sft.lora: .*q_prjo"),
    ],
    ids=["context", "layers"],
)
def test_settings_that_do_not_suit_the_model_are_named(weights, change, line):
    with pytest.raises(UserError, match=line):
        check("students.x", weights.configuration(), IDS, [{**WHOLE, **change}])


def test_a_tokenizer_of_another_model_is_found(weights):
    config = weights.configuration()
    config.vocab_size = 200
    with pytest.raises(UserError, match=r"students.x.model: its tokenizer makes a token 250, its embeddings have 200"):
        check("students.x", config, IDS, [])


@pytest.mark.parametrize(
    ("kept", "damage"),
    [(-1, r"torn"), (100, r"no safetensors file, or the beginning of one"), (4, r"the beginning of one")],
)
def test_torn_weights_are_found(tmp_path, weights, kept, damage):
    whole = Path(weights.base, "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:kept])
    with pytest.raises(UserError, match=rf"model.safetensors: .*{damage}"):
        header(tmp_path / "model.safetensors")


@pytest.mark.parametrize(
    ("tied", "targets", "line"),
    [
        (
            False,
            ["q_proj", "lm_head"],
            r"TRL never trains an adapter of the head \(lm_head\); leave it out, or give all",
        ),
        (True, ["lm_head"], "TRL never trains an adapter of the head"),
        (
            True,
            ["q_proj", "embed_tokens"],
            "model.embed_tokens cannot have an adapter, .* lm_head and model.embed_tokens",
        ),
        (False, ["q_proj", "q_prjo"], "the model has no layer q_prjo"),
        (False, ["q_proj", "embed_tokens"], None),
        (True, "all-linear", None),
    ],
)
def test_an_adapter_that_would_not_be_trained_or_not_be_merged_is_refused_when_the_student_is_proven(
    tmp_path, tied, targets, line
):
    lora = {"r": 2, "lora_alpha": 4, "target_modules": targets}
    config = located(byte_model(tmp_path, tied=tied), []).configuration()
    if line is None:
        adaptable("students.x", config, lora)
        return
    with pytest.raises(UserError, match=rf"^students\.x\.sft\.lora\.target_modules: .*{line}"):
        adaptable("students.x", config, lora)

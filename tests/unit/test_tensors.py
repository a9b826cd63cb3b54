"""Models and adapters whose tensors are not those that they need are refused before anything is loaded."""

import json
import shutil

import pytest
from mixdistill.errors import UserError
from mixdistill.weights import Weights, located
from models import add, byte_model, change_tensors, cut, remove, rename

QUERY = "model.layers.1.self_attn.q_proj.weight"
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"
NOT_WHOLE = r"these weights are not a whole \w+ForCausalLM: "


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model whose head is its embedding, and one that has two matrices."""
    folder = tmp_path_factory.mktemp("models")
    return {tied: byte_model(folder / str(tied), tied=tied) for tied in (True, False)}


MODELS = {
    "missing": (True, remove(QUERY), NOT_WHOLE + rf"missing {QUERY}; fetch or copy it again"),
    "renamed": (True, rename(QUERY, f"{QUERY}s"), NOT_WHOLE + rf"missing {QUERY}, unexpected {QUERY}s; fetch"),
    "misshapen": (True, cut(QUERY), NOT_WHOLE + rf"misshapen {QUERY} \(64 x 10, needs 64 x 64\); fetch"),
    "unknown": (True, add("score.weight", EMBEDDING), NOT_WHOLE + "unexpected score.weight; fetch"),
    "without embedding": (True, remove(EMBEDDING), NOT_WHOLE + rf"missing {HEAD}, {EMBEDDING}; fetch"),
    "untied without head": (
        False,
        remove(HEAD),
        NOT_WHOLE + rf'missing {HEAD}; if its head is its embedding, write "tie_word_embeddings": true',
    ),
    "many": (
        True,
        lambda tensors: [tensors.pop(name) for name in [*tensors] if "layers.1" in name],
        NOT_WHOLE + r"missing model.layers.1.input_layernorm.weight, \S+, \S+, \.\.\. \(12 in all\); fetch",
    ),
}


@pytest.mark.parametrize(("tied", "change", "line"), MODELS.values(), ids=MODELS)
def test_a_model_that_lacks_a_tensor_or_has_another_is_refused_before_and_while_it_is_loaded(
    models, tmp_path, tied, change, line
):
    weights = located(change_tensors(shutil.copytree(models[tied], tmp_path / "model"), change), [])
    for load in (weights.check, lambda: weights.load_base("float32")):
        with pytest.raises(UserError, match=f"^{tmp_path}/model: {line}") as caught:
            load()
        assert "\n" not in str(caught.value)


ALLOWED = {
    "head that is the embedding": (True, add(HEAD, EMBEDDING)),
    "head instead of the embedding": (True, rename(EMBEDDING, HEAD)),
    "frequencies": (
        True,
        lambda tensors: tensors.update({"model.layers.0.self_attn.rotary_emb.inv_freq": tensors[QUERY]}),
    ),
    "names without prefix": (
        True,
        lambda tensors: [tensors.update({name.removeprefix("model."): tensors.pop(name)}) for name in [*tensors]],
    ),
    "two matrices": (False, lambda tensors: None),
}


@pytest.mark.parametrize(("tied", "change"), ALLOWED.values(), ids=ALLOWED)
def test_what_transformers_knows_how_to_read_is_let_through(models, tmp_path, tied, change):
    import torch

    weights = located(change_tensors(shutil.copytree(models[tied], tmp_path / "model"), change), [])
    loaded, sound = (one.load("float32")(torch.arange(50)[None]).logits for one in (weights, located(models[tied], [])))
    assert torch.equal(loaded, sound)


def test_a_head_that_differs_from_the_embedding_that_it_is_tied_to_is_refused(models, tmp_path):
    folder = change_tensors(shutil.copytree(models[True], tmp_path / "model"), add(HEAD, EMBEDDING, factor=2))
    with pytest.raises(UserError, match=f"model: {HEAD} and {EMBEDDING} differ, .*write .tie_word_embeddings.: false"):
        located(folder, []).check()


@pytest.mark.parametrize("kind", ["qwen3_moe", "mixtral", "gpt2", "gemma3_text", "phi3", "gpt_oss"])
def test_models_that_are_stored_otherwise_than_they_are_computed_are_let_through(tmp_path, kind):
    """Experts are stored one by one and computed as one tensor, for example."""
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {
        "hidden_size": 32,
        "intermediate_size": 16,
        "moe_intermediate_size": 16,
        "num_hidden_layers": 2,
        "n_layer": 2,
    }
    heads = {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "num_experts": 4,
        "num_local_experts": 4,
    }
    config = AutoConfig.for_model(kind, vocab_size=40, pad_token_id=0, **sizes, **heads)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    Weights(str(tmp_path)).check()
    change_tensors(tmp_path, lambda tensors: tensors.pop(max(name for name in tensors if ".0." in name)))
    with pytest.raises(UserError, match=r"not a whole|cannot be made"):
        Weights(str(tmp_path)).check()


def test_of_a_quantised_model_only_the_files_are_looked_at(models, tmp_path):
    folder = change_tensors(shutil.copytree(models[True], tmp_path / "model"), rename(QUERY, f"{QUERY}.qweight"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "quantization_config": {"quant_method": "gptq", "bits": 4}})
    )
    located(folder, []).check()
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    with pytest.raises(UserError, match="model: weights in parts without model.safetensors.index.json"):
        located(folder, []).check()


@pytest.fixture
def parts(models, tmp_path):
    """A model in two files, the folder and the names of its files."""
    from transformers import AutoModelForCausalLM

    folder = shutil.copytree(models[True], tmp_path / "parts", ignore=shutil.ignore_patterns("*.safetensors"))
    AutoModelForCausalLM.from_pretrained(models[True]).save_pretrained(folder, max_shard_size="200KB")
    files = sorted(folder.glob("*.safetensors"))
    assert len(files) == 2
    located(folder, []).check()
    return folder, *files


def change_index(folder, change):
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))


INDICES = {
    "names a file that is not there": (
        lambda folder, first, second: change_index(
            folder, lambda index: index["weight_map"].update({QUERY: "x.safetensors"})
        ),
        "index.json: names x.safetensors, which is not there",
    ),
    "one file in place of the other": (
        lambda folder, first, second: shutil.copy(first, second),
        r"in both model-00001-of-00002.safetensors and model-00002-of-00002.safetensors",
    ),
    "tensor in another file": (
        lambda folder, first, second: change_index(
            folder,
            lambda index: index["weight_map"].update(
                {QUERY: first.name if index["weight_map"][QUERY] == second.name else second.name}
            ),
        ),
        rf"index.json: {QUERY} not in model-0000\d-of-00002.safetensors, where",
    ),
    "tensor in no file": (
        lambda folder, first, second: change_index(folder, lambda index: index["weight_map"].update(more=first.name)),
        "index.json: more not in model-00001-of-00002.safetensors, where",
    ),
    "no index": (
        lambda folder, first, second: (folder / "model.safetensors.index.json").unlink(),
        "weights in parts without model.safetensors.index.json",
    ),
    "no map": (lambda folder, first, second: change_index(folder, dict.clear), "index.json: no weight_map"),
}


@pytest.mark.parametrize(("spoil", "line"), INDICES.values(), ids=INDICES)
def test_an_index_that_is_not_about_the_files_that_there_are_is_refused(parts, spoil, line):
    spoil(*parts)
    with pytest.raises(UserError, match=line):
        located(parts[0], []).check()

"""Adapters that do not fit their base are refused, and those that do answer merged as PEFT does unmerged."""

import json

import pytest
from mixdistill.engines.chat import Chat
from mixdistill.engines.vllm import VllmEngine, rank
from mixdistill.errors import UserError
from mixdistill.weights import Weights, located
from models import add, byte_adapter, byte_model, change_tensors, cut, remove, rename

EMBEDDING = "model.embed_tokens.weight"
LORA = "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"
OTHER_LAYER = LORA.replace("layers.1", "layers.7")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model whose head is its embedding, and one that has two matrices."""
    folder = tmp_path_factory.mktemp("models")
    return {tied: byte_model(folder / str(tied), tied=tied) for tied in (True, False)}


def set_config(**changes):
    """Change an adapter's configuration."""

    def change(folder):
        path = folder / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def tensors(change):
    return lambda folder: change_tensors(folder, change)


NAME = LORA.replace("lora_A", "lora_A.default")
MISFITS = {
    "missing": (tensors(remove(LORA)), rf"does not fit its base \S+True: missing {NAME}; give as model the base"),
    "renamed": (tensors(rename(LORA, OTHER_LAYER)), rf"missing {NAME}, unexpected {OTHER_LAYER}; give as model"),
    "misshapen": (tensors(cut(LORA)), rf"misshapen {NAME} \(2 x 10, needs 2 x 64\); .*config.json names .*True"),
    "other layers": (tensors(add(OTHER_LAYER, LORA)), rf"unexpected {OTHER_LAYER}; give as model"),
    "other rank": (set_config(r=4), r"misshapen .* \(4 in all\)"),
    "other modules": (set_config(target_modules=["W_pack"]), r"Target modules \{'W_pack'\} not found"),
    "no head": (set_config(modules_to_save=["lm_head"]), r"missing base_model.model.lm_head.weight"),
    "other embedding": (
        tensors(lambda found: found.update({f"base_model.model.{EMBEDDING}": found[LORA]})),
        rf"misshapen base_model.model.{EMBEDDING} \(2 x 64, needs \d+ x 64\)",
    ),
    "no kind": (
        lambda folder: (folder / "adapter_config.json").write_text("{}"),
        "adapter_config.json names no peft_type",
    ),
    "prompt": (
        lambda folder: (folder / "adapter_config.json").write_text(
            json.dumps({"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 2})
        ),
        "an adapter of the kind PROMPT_TUNING loads other models: give a LoRA",
    ),
    "drawn anew": (
        set_config(init_lora_weights="pissa_niter_4"),
        "PEFT draws its base anew .*pissa_niter_4.*convert it",
    ),
    "no JSON": (
        lambda folder: (folder / "adapter_config.json").write_text("{"),
        "adapter_config.json: not JSON: Expecting property name",
    ),
    "other file": (
        lambda folder: (folder / "adapter_model.safetensors").rename(folder / "model.safetensors"),
        "no adapter_model.safetensors",
    ),
}


@pytest.mark.parametrize(("spoil", "line"), MISFITS.values(), ids=MISFITS)
def test_an_adapter_that_does_not_fit_its_base_is_refused_by_every_engine(models, tmp_path, spoil, line):
    spoil(byte_adapter(tmp_path / "adapter", models[True]))
    served = {"dtype": "float32", "batch_size": None, "lora": "adapter", "args": {}}
    for load in (lambda it: it.load("float32"), lambda it: VllmEngine(it, served, 0, [], tmp_path / "merged")):
        with pytest.raises(UserError, match=f"^{tmp_path}/adapter: .*{line}") as caught:
            load(located(models[True], [tmp_path / "adapter"]))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "targets",
    [
        ["q_proj", "lm_head"],
        ["q_proj", "embed_tokens"],
        r".*(q_proj|embed_tokens)",
        {"trainable_token_indices": {"lm_head": [5, 6]}},
        {"trainable_token_indices": {"embed_tokens": [3, 4], "lm_head": [5, 6]}},
    ],
)
def test_an_adapter_of_one_matrix_that_is_head_and_embedding_is_refused(models, tmp_path, targets):
    settings = targets if isinstance(targets, dict) else {"target_modules": targets}
    byte_adapter(tmp_path / "adapter", models[True], **settings)
    line = (
        r"adapter: adapts (lm_head|model.embed_tokens), and its base .* one matrix for lm_head and model.embed_tokens"
    )
    with pytest.raises(UserError, match=line):
        located(models[True], [tmp_path / "adapter"]).check()


@pytest.mark.parametrize(
    ("tied", "settings"),
    [
        (False, {"target_modules": ["q_proj", "lm_head", "embed_tokens"]}),
        (False, {"modules_to_save": ["lm_head", "embed_tokens"]}),
        (True, {"modules_to_save": ["lm_head", "embed_tokens"]}),
        (True, {"modules_to_save": ["embed_tokens"]}),
        (True, {"trainable_token_indices": [1, 2]}),
        (True, {"target_modules": "all-linear", "use_dora": True}),
    ],
    ids=["head and embedding", "saved", "saved, tied", "saved embedding, tied", "tokens, tied", "DoRA"],
)
def test_an_adapter_answers_merged_as_peft_does_unmerged(models, tmp_path, tied, settings):
    import torch
    from peft import PeftModel

    base, adapter = models[tied], byte_adapter(tmp_path / "adapter", models[tied], **settings)
    ids = torch.arange(50)[None]
    plain = located(base, []).load_base("float32")
    with torch.no_grad():
        before = plain(ids).logits
        beside = PeftModel.from_pretrained(plain, adapter)(ids).logits
        merged = located(base, [adapter]).load("float32")
        merged.save_pretrained(tmp_path / "merged")
        saved = Weights(str(tmp_path / "merged")).load_base("float32")
        assert float((beside - before).abs().max()) > 0.1
        assert merged(ids).logits.numpy() == pytest.approx(beside.numpy(), abs=1e-3)
        assert torch.equal(saved(ids).logits, merged(ids).logits)
    with pytest.raises(UserError, match=r"vLLM serves no adapter .*: give lora: merged"):
        rank(adapter)


@pytest.mark.parametrize("content", ['{"eos_token_id": [[1]]}', "[1]", '{"eos_token_id": "</s>"}'])
def test_a_generation_config_that_is_none_is_one_line(tmp_path, content):
    folder = byte_model(tmp_path / "model", tied=True)
    (folder / "generation_config.json").write_text(content)
    with pytest.raises(
        UserError, match="its (eos_token_id must be a number|generation_config.json cannot be read)"
    ) as caught:
        Chat(located(folder, []))
    assert "\n" not in str(caught.value)

"""Proof of tokens: it holds for the families of the paper, and it fails, with one line, where something is wrong."""

import json
import shutil
from pathlib import Path

import pytest
from families import FAMILIES, family_model
from mixdistill.errors import UserError
from mixdistill.proof import require, teaching
from mixdistill.training.rows import IGNORED
from models import byte_adapter, change_tensors
from proving import DOCUMENT, document, encoded, proofs, proven
from students import trained

NOTES = {
    "qwen2.5": {"after", "control"},
    "qwen2.5-base": {"after", "control", "end", "stops"},
    "llama3.1": {"beginning", "date", "problem", "completion", "padding", "control"},
    "llama3.2": {"beginning", "date", "problem", "completion", "padding", "control"},
    "llama3-base": {"beginning", "padding", "control"},
    "gemma2": {"beginning", "problem", "completion", "after", "end", "stops", "control"},
    "r1-qwen": {"beginning", "prefill", "completion", "padding", "control"},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return proofs(tmp_path_factory.mktemp("families"))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_proven(found, family):
    proof = found[family]
    assert proof["compared"]["prompts"] == 14
    assert proof["compared"]["tokens"] > 10_000
    assert proof["end"] in proof["stops"]
    assert proof["completion"][-1] == proof["end"]
    assert set(proof["notes"]) == NOTES.get(family, set(proof["notes"]))


def test_prompts_begin_once(found):
    for family, proof in found.items():
        assert proof["prompt"].count(FAMILIES[family].bos) == FAMILIES[family].adds_bos


def test_the_date_of_todays_template_is_fixed(found):
    assert "today's date" in found["llama3.2"]["notes"]["date"]
    assert found["llama3.2"]["turn"] == found["llama3.1"]["turn"]
    assert "26 Jul 2024" in found["llama3.2"]["turn"]["before"]


def test_the_document_is_what_the_proofs_say(found):
    assert DOCUMENT.read_text("utf-8") == document(found), "python tests/proving.py writes it anew"


@pytest.fixture
def model(tmp_path):
    return family_model(tmp_path / "model", "qwen2.5")


def declare(folder, **changes):
    """Change the tokenizer's configuration; None takes a key away."""
    path = folder / "tokenizer_config.json"
    content = {**json.loads(path.read_text("utf-8")), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), "utf-8")


def template(folder, text):
    """Give a model another chat template."""
    (folder / "chat_template.jinja").write_text(text, "utf-8")


def test_a_model_without_a_template_reads_plain_text_only_on_purpose(tmp_path, model):
    base = family_model(tmp_path / "base", "llama3-base")
    with pytest.raises(UserError, match=r"students.x: the model has no chat template; .*: plain: true"):
        encoded(base, "llama3-base", reader="students.x", plain=False)
    with pytest.raises(
        UserError, match=r"students.x.plain: true, but the model has a chat template; leave the key out"
    ):
        encoded(model, "qwen2.5", reader="students.x", plain=True)


def test_a_tokenizer_without_an_end_is_refused(tmp_path):
    base = family_model(tmp_path / "base", "llama3-base")
    declare(base, eos_token=None)
    with pytest.raises(UserError, match="nothing ends a completion; its tokenizer needs an eos_token"):
        encoded(base, "llama3-base")


def test_a_tokenizer_that_can_pad_nothing_is_refused(tmp_path):
    folder = family_model(tmp_path / "llama", "llama3.1")
    declare(folder, eos_token=None)
    with pytest.raises(UserError, match="no token to pad rows with; its tokenizer needs a pad_token or an eos_token"):
        proven(folder, "llama3.1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ raise_exception('only tools') }}", "its chat template refuses a conversation of user and assistant"),
        (
            "{% for m in messages %}{% if m.role == 'assistant' and '=' in m.content %}{{ m.content | upper }}"
            "{% else %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}",
            "its chat template writes .* but teaching writes",
        ),
        (
            "{% for m in messages %}{{ m.role + ':' + m.content }}<|im_end|>{% endfor %}"
            "{% if add_generation_prompt %}Answer:{% endif %}",
            "writes a turn as .* but asks for one by",
        ),
    ],
    ids=["refuses roles", "changes an answer", "asks otherwise than it writes"],
)
def test_a_template_that_cannot_be_taught_is_refused(model, text, message):
    template(model, text)
    with pytest.raises(UserError, match=message):
        proven(model, "qwen2.5")


def test_a_tokenizer_that_its_class_changes_is_refused(tmp_path):
    folder = family_model(tmp_path / "llama", "llama3.1")
    declare(folder, tokenizer_class="Qwen2Tokenizer")
    with pytest.raises(
        UserError, match=r"for tokenizer.json as it is written; a local copy of the model with tokenizer_cl"
    ):
        encoded(folder, "llama3.1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda asked: asked["prompts"][3]["ids"].insert(0, 1),
            "the problem 'blanks'.*: token 0 is .* for training, but",
        ),
        (lambda asked: asked["prompts"][0]["ids"].pop(), "the problem 'plain'.*: token .* for training, but"),
        (
            lambda asked: asked["completions"]["plain"].pop(),
            r"the completion 'plain': token .* but missing for transformers",
        ),
        (lambda asked: asked["completions"]["blanks"].pop(0), "the completion 'blanks': token .* for training, but"),
        (lambda asked: asked.update(template="other"), "have another chat template each"),
        (lambda asked: asked.update(stops=[1]), "ends with '<|im_end|>', at which inference does not stop"),
    ],
    ids=["prompt begins otherwise", "prompt ends early", "no end", "completion trimmed", "template", "stops"],
)
def test_an_inference_that_differs_is_refused(model, change, message):
    import prove

    encoding = encoded(model, "qwen2.5")
    asked = json.loads(encoding.read_text("utf-8"))
    change(asked)
    encoding.write_text(json.dumps(asked), "utf-8")
    with pytest.raises(UserError, match=message.replace("|", r"\|")):
        prove.main(base=model, encoding=encoding, proof=model / "proof.json", student="x", settings=[])
    assert not (model / "proof.json").exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda ids, end: [IGNORED if token == end else token for token in ids],
            "tokens of the completion have no label",
        ),
        (lambda ids, end: [7, *ids[1:]], "1 tokens of the prompt have a label"),
    ],
    ids=["end not learnt", "prompt learnt"],
)
def test_a_training_that_labels_otherwise_is_refused(model, monkeypatch, spoil, message):
    original = teaching.prepared

    def spoilt(rows, template, *more):
        made = original(rows, template, *more)
        return made._replace(training=[one._replace(labels=spoil(one.labels, template.end)) for one in made.training])

    monkeypatch.setattr(teaching, "prepared", spoilt)
    with pytest.raises(UserError, match=message):
        proven(model, "qwen2.5")


def test_a_proof_of_another_model_trains_nothing(tmp_path):
    (tmp_path / "proof.json").write_text('{"model": "one"}')
    require(tmp_path / "proof.json", "one")
    with pytest.raises(UserError, match="proves the model one, but what lies there now is other; delete this file"):
        require(tmp_path / "proof.json", "other")


def test_a_model_without_all_its_tensors_is_neither_asked_nor_proven_nor_trained(tmp_path, model):
    import prove

    encoding = encoded(model, "qwen2.5")
    change_tensors(model, lambda tensors: tensors.pop(max(tensors)))
    line = f"{model}: these weights are not a whole Qwen2ForCausalLM: missing model.norm.weight"
    with pytest.raises(UserError, match=line):
        encoded(model, "qwen2.5")
    with pytest.raises(UserError, match=line):
        prove.main(base=model, encoding=encoding, proof=tmp_path / "proof.json", student="x", settings=[])
    with pytest.raises(UserError, match=line):
        trained(tmp_path / "run", model)
    assert not (tmp_path / "proof.json").exists()
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_what_was_trained_elsewhere_is_looked_at_with_its_base(tmp_path, model):
    sound, adapter = shutil.copytree(model, tmp_path / "sound"), byte_adapter(tmp_path / "adapter", model)
    encoded(model, "qwen2.5", trained=[sound, adapter])
    for spoilt, line in (
        (sound, "sound: these weights are not a whole"),
        (adapter, "adapter: this adapter does not fit"),
    ):
        change_tensors(spoilt, lambda tensors: tensors.pop(max(tensors)))
        with pytest.raises(UserError, match=line):
            encoded(model, "qwen2.5", trained=[spoilt])


def test_the_judge_is_asked_in_the_tokens_of_its_template(model):
    prompts = {"judge": "{problem}: is {answer} right? It is {gold}."}
    asked = json.loads(encoded(model, "qwen2.5", reader="judge", prompts=prompts).read_text("utf-8"))
    assert [row["prompt"] for row in asked["prompts"]] == ["judge"] * 7
    assert asked["prompts"][0]["text"] == "What is 2 + 2?: is  0.5  right? It is \\frac{1}{2}."


@pytest.fixture
def no_device(monkeypatch):
    """vLLM finds no device, as its build for GPUs on a node without one; the build for CPU always finds one."""
    from vllm.config import DeviceConfig
    from vllm.platforms import current_platform

    monkeypatch.setattr(type(current_platform), "device_type", "")
    with pytest.raises(RuntimeError, match="Failed to infer device type"):
        DeviceConfig()


@pytest.mark.vllm
@pytest.mark.usefixtures("no_device")
@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"r1-llama"}))
def test_vllm_reads_chats_alike_without_a_gpu(tmp_path, family):
    proof = proven(family_model(tmp_path / "model", family), family, engine="vllm")
    assert "vLLM's own chat" in proof["agrees"]


@pytest.mark.vllm
def test_vllm_reads_a_tokenizer_by_its_declared_class(tmp_path):
    folder = family_model(tmp_path / "model", "r1-llama")
    with pytest.raises(UserError, match="token .* for vllm, but 'Ġ.*' .* as it is written; a local copy"):
        proven(folder, "r1-llama", engine="vllm")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    declare(copy, tokenizer_class="PreTrainedTokenizerFast")
    assert "vLLM's own chat" in proven(copy, "r1-llama", engine="vllm")["agrees"]

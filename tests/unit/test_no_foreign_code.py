"""A model's folder brings code that its config.json names: it is never run, and nobody is asked whether it may be."""

import ast
import json
import os
import subprocess
import sys

import pytest
from mixdistill import launch
from mixdistill.completeness import check_adapter, check_model
from mixdistill.digest import SCRIPTS
from mixdistill.engines.chat import Chat
from mixdistill.errors import UserError
from mixdistill.proof import fitting
from mixdistill.training import zero
from mixdistill.training.checkpoints import MARKER, newest
from mixdistill.weights import Weights
from models import byte_model
from strangers import given_away, needs_root

RUNS_NO_CODE = {"GenerationConfig", "PeftConfig"}
"""Classes with a ``from_pretrained`` that reads JSON and knows no ``trust_remote_code``."""

TRUSTING = {"LLM", "ModelConfig", "SFTConfig", "EngineArgs", "AsyncEngineArgs"}
"""Classes that take ``trust_remote_code`` when they are made."""


def distrusts(call):
    """Tell whether a call has ``trust_remote_code=False``, as a keyword or in a dictionary that it unpacks."""
    pairs = [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
    for unpacked in (keyword.value for keyword in call.keywords if keyword.arg is None):
        if isinstance(unpacked, ast.Dict):  # what stands behind the last dictionary in it, which would replace it
            last = max((place for place, key in enumerate(unpacked.keys) if key is None), default=-1)
            pairs += [
                (key.value, value) for key, value in list(zip(unpacked.keys, unpacked.values, strict=True))[last + 1 :]
            ]
    return any(name == "trust_remote_code" and getattr(value, "value", None) is False for name, value in pairs)


def loads(code):
    """Yield the line of each way to load a model, tokenizer or configuration, and whether it distrusts."""
    tree = ast.parse(code)
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        method = isinstance(node, ast.Attribute) and node.attr in ("from_pretrained", "from_config", "pipeline")
        made = isinstance(node, ast.Name) and node.id in TRUSTING and id(node) in calls
        if made or (method and getattr(node.value, "id", "") not in RUNS_NO_CODE):
            yield node.lineno, id(node) in calls and distrusts(calls[id(node)])


def test_every_load_in_the_workflow_distrusts():
    found = {
        f"{path.relative_to(SCRIPTS)}:{line}": sound
        for path in SCRIPTS.rglob("*.py")
        for line, sound in loads(path.read_text())
    }
    assert len(found) >= 10
    assert [place for place, sound in found.items() if not sound] == []


@pytest.mark.parametrize(
    ("code", "sound"),
    [
        ("AutoConfig.from_pretrained(folder)", [False]),
        ("AutoConfig.from_pretrained(folder, trust_remote_code=asked)", [False]),
        ("load = AutoModel.from_pretrained\nload(folder, trust_remote_code=False)", [False]),
        ("LLM(**{'model': m, 'trust_remote_code': False, **args})", [False]),
        ("LLM(**{'model': m, **args, 'trust_remote_code': False})", [True]),
        ("AutoModel.from_config(config, trust_remote_code=False)", [True]),
        ("GenerationConfig.from_pretrained(folder)", []),
    ],
)
def test_the_look_at_the_code_sees_what_it_should(code, sound):
    assert [each for _, each in loads(code)] == sound


CODE = """
from pathlib import Path
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
Path(__file__).with_name("ran").touch()
Path({ran!r}).touch()
class EvilConfig(PretrainedConfig): model_type = "evil"
class EvilModel(PreTrainedModel): config_class = EvilConfig
class EvilTokenizer(PreTrainedTokenizerFast): pass
"""


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A sound model whose files can be made to name code; whoever is asked says yes."""
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = byte_model(tmp_path / "model")
    (folder / "evil.py").write_text(CODE.format(ran=str(tmp_path / "ran")))

    def name_code(file, **changes):
        described = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**described, **changes}))
        return Weights(str(folder))

    return name_code


CONFIG = {"auto_map": {"AutoConfig": "evil.EvilConfig", "AutoModelForCausalLM": "evil.EvilModel"}}
TOKENIZER = {"tokenizer_class": "EvilTokenizer", "auto_map": {"AutoTokenizer": [None, "evil.EvilTokenizer"]}}


@pytest.mark.parametrize("use", [Weights.configuration, Weights.check, Chat, lambda w: w.load("float32")])
def test_code_of_an_unknown_model_is_not_run(evil, use, tmp_path):
    weights = evil("config.json", model_type="evil", architectures=["EvilModel"], **CONFIG)
    with pytest.raises(UserError, match="cannot read its config.json: .*custom code") as caught:
        use(weights)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_code_of_a_known_model_is_left_out(evil, tmp_path):
    weights = evil("config.json", **CONFIG)
    weights.load("float32")
    config = weights.configuration()
    check_model(tmp_path / "model", "m", config)
    zero.parameters(config)
    fitting.adaptable("s", config, {"r": 2, "target_modules": "all-linear"})
    assert not (tmp_path / "ran").exists()


def test_code_of_a_tokenizer_is_not_run(evil, tmp_path):
    evil("config.json", model_type="evil")
    weights = evil("tokenizer_config.json", **TOKENIZER)
    with pytest.raises(UserError, match="cannot read its tokenizer: .*custom code") as caught:
        weights.load_tokenizer()
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_an_adapter_of_prompts_reads_no_other_model(evil, tmp_path):
    empty = check_model(tmp_path / "model", "m", Weights(str(tmp_path / "model")).configuration())
    evil("config.json", model_type="evil")
    weights = evil("tokenizer_config.json", **TOKENIZER)
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    described = {"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 2}
    described |= {"prompt_tuning_init": "TEXT", "prompt_tuning_init_text": "x", "tokenizer_name_or_path": weights.base}
    (adapter / "adapter_config.json").write_text(json.dumps(described))
    (adapter / "adapter_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(UserError, match="an adapter of the kind PROMPT_TUNING cannot be merged"):
        check_adapter(adapter, "a", empty, "m")
    assert not (tmp_path / "ran").exists()


@needs_root
@pytest.mark.parametrize("theirs", ["checkpoint-20", "checkpoint-20/global_step20/states.pt"])
def test_a_checkpoint_that_others_have_written_is_not_continued_from(tmp_path, capsys, theirs):
    for step in (10, 20):
        states = tmp_path / f"checkpoint-{step}" / f"global_step{step}"
        states.mkdir(parents=True)
        (states / "states.pt").touch()
        (states.parent / MARKER).touch()
    assert newest(tmp_path) == str(tmp_path / "checkpoint-20")
    given_away(tmp_path / theirs)
    assert newest(tmp_path) == str(tmp_path / "checkpoint-10")
    assert capsys.readouterr().out.startswith(f"{tmp_path}/checkpoint-20: others have written there")


JOB = """
import sys
from types import SimpleNamespace
sys.path.insert(0, {scripts!r})
from mixdistill.entry import run
snakemake = SimpleNamespace(input={{}}, output={{}}, params={{}}, log=[], resources=None)
if sys.argv[1:]:
    del snakemake
def main() -> None:
    "Read."
    print("heard", repr(sys.stdin.read()))
sys.argv[1:] = []
run(main)
"""


@pytest.mark.parametrize("how", ["a job", "by hand"])
def test_what_is_piped_in_is_no_answer(tmp_path, how):
    command = [sys.executable, "-c", JOB.format(scripts=str(SCRIPTS)), *([how] if how == "by hand" else [])]
    done = subprocess.run(command, input="y\n" * 1000, capture_output=True, text=True, cwd=tmp_path)
    assert "heard ''\n" in done.stdout, done.stderr


def test_ranks_are_not_answered_either(monkeypatch):
    heard, told = os.pipe()
    kept = os.dup(0)
    os.dup2(heard, 0)
    try:
        look = f"import os; raise SystemExit(os.readlink('/proc/self/fd/0') != {os.devnull!r})"
        monkeypatch.setattr(launch, "command", lambda *_: [sys.executable, "-c", look])
        launch.launch(SCRIPTS / "sft.py", {}, 2, 1)
    finally:
        os.dup2(kept, 0)
        for descriptor in (heard, told, kept):
            os.close(descriptor)

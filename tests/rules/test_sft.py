"""Training: the loss is on the completion, a killed run continues, cut rows are counted, adapters stay adapters."""

import csv
import json
import os
import shutil
import signal
from hashlib import sha256

import pytest
from mixdistill import stopping
from mixdistill.errors import UserError
from mixdistill.weights import located
from models import byte_model
from students import ARGS, ROWS, curve_of, trained


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("base"))


def weights(model):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in model.glob("*.safetensors")}


class Killed(BaseException):
    """A kill that the trainer cannot catch."""


@pytest.fixture
def killed_in(monkeypatch):
    """Kill the training in its n-th step; returns the list in which all steps are noted, those of later runs too."""
    import trl

    original = trl.SFTTrainer.training_step

    def arm(number):
        steps = []

        def dying(self, *given, **more):
            steps.append(self.state.global_step)
            if len(steps) == number:
                raise Killed
            return original(self, *given, **more)

        monkeypatch.setattr(trl.SFTTrainer, "training_step", dying)
        return steps

    return arm


@pytest.mark.parametrize(
    "lora", [None, {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"}], ids=["full", "lora"]
)
def test_a_killed_run_continues_and_ends_in_the_same_weights(tmp_path, base, lora, killed_in):
    args = {**ARGS, "save_strategy": "steps", "save_steps": 3, "logging_steps": 4}
    whole = trained(tmp_path / "whole", base, args, lora)
    steps = killed_in(8)
    with pytest.raises(Killed):
        trained(tmp_path / "killed", base, args, lora)
    assert not (tmp_path / "killed" / "model").exists()
    continued = trained(tmp_path / "killed", base, args, lora)
    assert steps == [*range(8), *range(6, 12)]
    assert weights(continued) == weights(whole) != {}
    assert (continued / "loss.csv").read_text() == (whole / "loss.csv").read_text()
    [final] = (tmp_path / "killed" / "checkpoints").glob("*/*")
    assert final.name == "final"
    assert final.parent.stat().st_mode & 0o777 == 0o700


def test_what_is_trained_is_not_trained_again_when_nobody_noted_its_end(tmp_path, base, killed_in):
    model = trained(tmp_path / "run", base)
    first = {path.name: path.read_bytes() for path in model.iterdir()}
    shutil.rmtree(model)
    steps = killed_in(1)
    assert {path.name: path.read_bytes() for path in trained(tmp_path / "run", base).iterdir()} == first
    assert steps == []
    with pytest.raises(Killed):
        trained(tmp_path / "run", base, {**ARGS, "learning_rate": 2e-3})


@pytest.mark.parametrize("timed", [False, True], ids=["by steps", "by time"])
def test_a_training_that_is_asked_to_end_saves_the_step_it_is_in(tmp_path, base, monkeypatch, killed_in, timed):
    more = {} if timed else {"save_strategy": "steps", "save_steps": 100}
    args = {**ARGS, "logging_steps": 3, **more}
    whole = trained(tmp_path / "whole", base, args)
    steps = killed_in(999)
    monkeypatch.setitem(stopping.state, "asked", False)
    listening = signal.getsignal(signal.SIGTERM)
    stopping.listen()
    from trl import SFTTrainer

    original = SFTTrainer.training_step

    def interrupted(self, *given, **more):
        if self.state.global_step == 4 and not stopping.asked():
            os.kill(os.getpid(), signal.SIGTERM)
        return original(self, *given, **more)

    monkeypatch.setattr(SFTTrainer, "training_step", interrupted)
    with pytest.raises(stopping.Stopped) as stopped:
        trained(tmp_path / "stopped", base, args)
    assert stopped.value.code == 143
    assert not (tmp_path / "stopped" / "model").exists()
    signal.signal(signal.SIGTERM, listening)
    stopping.state["asked"] = False
    monkeypatch.setattr(SFTTrainer, "training_step", original)
    continued = trained(tmp_path / "stopped", base, args)
    assert steps == [*range(5), *range(5, 12)]
    assert weights(continued) == weights(whole) != {}
    assert (continued / "loss.csv").read_text() == (whole / "loss.csv").read_text()


def test_checkpoints_of_other_settings_are_not_continued(tmp_path, base, killed_in):
    steps = killed_in(5)
    with pytest.raises(Killed):
        trained(tmp_path / "run", base, {**ARGS, "save_strategy": "steps", "save_steps": 2})
    trained(tmp_path / "run", base, {**ARGS, "save_strategy": "steps", "save_steps": 2, "learning_rate": 2e-3})
    assert steps == [*range(5), *range(12)]


def test_training_lowers_the_loss_and_writes_its_curve(tmp_path, base):
    model = trained(tmp_path / "run", base, {**ARGS, "num_train_epochs": 4})
    with (model / "loss.csv").open() as file:
        curve = list(csv.DictReader(file))
    assert len(curve) == 24
    assert float(curve[-1]["loss"]) < float(curve[0]["loss"]) / 2
    report = json.loads((model / "training.json").read_text())
    assert (report["rows"], report["cut rows"], report["steps"]) == (24, 0, 24)
    assert json.loads(model.with_name("report.json").read_text()) == report


def test_a_short_training_has_a_curve_too(tmp_path, base):
    args = {name: value for name, value in ARGS.items() if name != "logging_steps"}
    losses = [entry["loss"] for entry in curve_of(trained(tmp_path / "run", base, args)) if "loss" in entry]
    assert len(losses) == 12


def test_an_adapter_stays_one_and_answers_through_its_base(tmp_path, base):
    from mixdistill.engines import Request
    from mixdistill.engines.hf import TransformersEngine

    model = trained(tmp_path / "run", base, {**ARGS, "learning_rate": 2e-2}, {"r": 4, "lora_alpha": 8})
    assert (model / "adapter_config.json").exists()
    assert not (model / "config.json").exists()
    before, after = located(base, []), located(base, [model])
    assert after.adapter == str(model)
    modules = json.loads((model / "adapter_config.json").read_text())["target_modules"]
    assert modules == sorted(modules) != []
    assert before.fingerprint() != after.fingerprint()
    greedy = {"temperature": 0.0, "top_p": 1.0, "max_tokens": 12, "stop": []}
    texts = [TransformersEngine(which, "float32").batch([Request("1+1", 0)], greedy) for which in (before, after)]
    assert texts[0] != texts[1]


def test_rows_cut_by_the_limit_are_counted(tmp_path, base):
    report = json.loads((trained(tmp_path / "run", base, max_length=36) / "training.json").read_text())
    assert 0 < report["cut rows"] <= report["rows"]
    with pytest.raises(UserError, match=r"sft.max_length: 16 tokens leave no completion in any of 24 rows; raise it"):
        trained(tmp_path / "short", base, max_length=16)


def test_the_loss_is_on_the_completion_and_its_end_alone(tmp_path, base, monkeypatch):
    import trl

    seen, original = [], trl.SFTTrainer.training_step

    def watching(self, model, inputs, *more):
        tokenizer = self.processing_class
        for ids, labels in zip(inputs["input_ids"], inputs["labels"], strict=True):
            seen.append((tokenizer.decode(ids[labels != -100]), tokenizer.decode(ids[(labels == -100)])))
        return original(self, model, inputs, *more)

    monkeypatch.setattr(trl.SFTTrainer, "training_step", watching)
    trained(tmp_path / "run", base, {**ARGS, "num_train_epochs": 1})
    assert len(seen) == 24
    for learnt, given in seen:
        assert learnt.rstrip("\n") in {row["completion"] + "<|im_end|>" for row in ROWS}
        assert "boxed" not in given


def test_what_is_computed_in_bfloat16_is_kept_in_float32_and_saved_in_bfloat16(tmp_path, base, monkeypatch):
    import torch
    import trl
    from safetensors.torch import load_file

    seen, original = set(), trl.SFTTrainer.training_step

    def watching(self, model, *given, **more):
        seen.update(weight.dtype for weight in model.parameters())
        return original(self, model, *given, **more)

    monkeypatch.setattr(trl.SFTTrainer, "training_step", watching)
    model = trained(tmp_path / "run", base, {**ARGS, "num_train_epochs": 1}, dtype="bfloat16")
    assert seen == {torch.float32}
    assert {weight.dtype for weight in load_file(model / "model.safetensors").values()} == {torch.bfloat16}
    assert json.loads((model / "config.json").read_text())["dtype"] == "bfloat16"


def test_a_merged_adapter_writes_what_the_adapter_does(tmp_path, base):
    import torch
    from mixdistill.weights import located
    from peft import PeftModel

    model = trained(tmp_path / "run", base, {**ARGS, "learning_rate": 2e-2}, {"r": 4, "lora_alpha": 8})
    plain = located(base, []).load_base("float32")
    ids = torch.arange(100)[None]
    with torch.no_grad():
        before = plain(ids).logits
        adapted = PeftModel.from_pretrained(plain, model)
        beside = adapted(ids).logits
        merged = adapted.merge_and_unload()(ids).logits
    assert float((beside - before).abs().max()) > 0.1
    assert merged.numpy() == pytest.approx(beside.numpy(), abs=1e-4)


def test_the_card_names_data_parent_settings_and_versions(tmp_path, base):
    import torch

    model = trained(tmp_path / "run", base, {**ARGS, "num_train_epochs": 1}, max_length=36, validation=0.1)
    text = (model / "README.md").read_text()
    report = json.loads((model / "training.json").read_text())
    assert sha256((tmp_path / "run" / "mixture.jsonl").read_bytes()).hexdigest() in text
    row = "| t | {training rows} | {validation rows} | {rows without completion} | {cut rows} | {prompt tokens} | "
    assert row.format(**report["teachers"]["t"]) in text
    assert f"digest `{report['base']}`" in text
    assert "- max_length: `36`" in text
    assert f"- torch {torch.__version__}" in text
    assert str(tmp_path) not in text


def test_a_tracker_is_told_of_losses_and_changes_nothing(tmp_path, base, monkeypatch):
    unwatched = trained(tmp_path / "unwatched", base)
    assert not (tmp_path / "unwatched" / "watched").exists()
    monkeypatch.setenv("MIXDISTILL_TRACKERS", "tensorboard")
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", "of the user's shell")
    watched = trained(tmp_path / "watched", base)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told = EventAccumulator(str(tmp_path / "watched" / "watched")).Reload().Scalars("train/loss")
    assert [(one.step, pytest.approx(one.value)) for one in told] == [
        (entry["step"], entry["loss"]) for entry in curve_of(watched) if "loss" in entry
    ]
    assert len(told) == 12
    assert weights(watched) == weights(unwatched)


@pytest.mark.parametrize("name", ["tensorbord", "tensorboard,comet_ml"])
def test_a_tracker_that_is_not_there_is_refused_before_a_model_is_loaded(tmp_path, base, monkeypatch, name):
    monkeypatch.setenv("MIXDISTILL_TRACKERS", name)
    with pytest.raises(
        UserError, match=r"^MIXDISTILL_TRACKERS: (no such tracker .*tensorboard|comet_ml is not installed)"
    ):
        trained(tmp_path / "run", base)

"""Numbers and words of settings that would end in a trace hours later: refused with the file, in one line."""

import time

import pytest
from examples import changed, example, faults
from mixdistill import tuning
from mixdistill.config import sft_arguments
from mixdistill.config.contradictions import arms_apart
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.spans import FLAGS, SCHEDULES, SPANS, WORDS
from planning import REPO
from sft import configured

pytestmark = pytest.mark.usefixtures("readme")


WRONG = {
    "per_device_train_batch_size": [0, -1, 2.5, None, True, 10**9],
    "gradient_accumulation_steps": [0, None],
    "logging_steps": [0, -1],
    "save_steps": [0],
    "dataloader_num_workers": [-1, 1_000_000, 0.5],
    "adam_beta1": [1, -0.1],
    "pad_to_multiple_of": [0, "many"],
    "max_steps": [-2, 0.5],
    "num_train_epochs": [-1, None],
    "optim": ["nonsense", "galore_adamw", 3, "adamw"],
    "log_level": ["loud", 10, True],
    "eval_strategy": [False, "epochs"],
    "lr_scheduler_type": ["line"],
    "loss_type": ["nil"],
    "torch_compile_mode": ["fast", 1],
    "metric_for_best_model": ["accuracy"],
    "tf32": ["yes please", 1],
    "include_num_input_tokens_seen": [1, "some"],
    "gradient_checkpointing_kwargs": [{"context_fn": "x"}, {"use_reentrant": 1}, {"debug": True}],
    "lr_scheduler_kwargs": [{"foo": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
@pytest.mark.parametrize("place", ["sft", "students.small.sft"])
def test_a_number_or_word_that_no_training_takes_is_one_line(place, name, value):
    [line] = faults(f"{place}.args", {name: value})
    assert line.startswith(f"mine.yaml: {place}.args.{name}: ")
    if value is not None and name != "lr_scheduler_kwargs":  # null is Python's own default, a schedule stands beside
        with pytest.raises(UserError, match=rf"^args\.{name}: "):
            tuning.check({name: value}, tuning.SFT, "TRL")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("per_device_train_batch_size", 0, "must be a whole number from 1 to 1,000,000 (got 0)"),
        ("logging_steps", 0, "must be a number above 0 to 1,000,000,000 (got 0)"),
        ("adam_beta2", 1, "must be a number from 0 below 1 (got 1)"),
        ("loss_type", "nil", "must be one of nll, dft, chunked_nll (got 'nil'); did you mean 'nll'?"),
        ("save_strategy", False, "must be one of no, steps, epoch, best; in quotes, 'no' (got False)"),
        ("learning_rate", None, "is empty, and must be a number: remove it, or give one"),
        ("lr_scheduler_kwargs", {"min_lr": 1}, "the schedule linear has no min_lr; it has none at all (got 1)"),
    ],
)
def test_the_line_says_what_to_write(name, value, line):
    assert faults("sft.args", {name: value}) == [f"mine.yaml: sft.args.{name}: {line}"]


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("cosine_with_min_lr", {}, "needs min_lr or min_lr_rate, and not both"),
        ("cosine_with_min_lr", {"min_lr": 0.1, "min_lr_rate": 0.1}, "needs min_lr or min_lr_rate, and not both"),
        ("warmup_stable_decay", None, "needs num_decay_steps"),
        ("warmup_stable_decay", {"num_decay_steps": 1, "decay_type": "round"}, "decay_type must be one of linear"),
        ("inverse_sqrt", {"timescale": 0}, "timescale must be a whole number from 1"),
    ],
)
def test_a_schedule_takes_what_is_its_own(kind, given, said):
    [line] = faults("sft.args", {"lr_scheduler_type": kind, "lr_scheduler_kwargs": given})
    assert line.startswith(f"mine.yaml: sft.args.lr_scheduler_kwargs: the schedule {kind} ")
    assert said in line


def test_a_schedule_may_come_from_the_experiment_and_what_it_takes_from_the_student():
    raw = changed("sft.args", {"lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr": 0}})
    raw["students"]["small"]["sft"] = {"args": {"lr_scheduler_type": "cosine"}}
    with pytest.raises(UserError, match=r"^mine.yaml: students.small.sft.args.lr_scheduler_kwargs: .* has no min_lr"):
        experiment(raw, "mine.yaml")
    raw["students"]["small"]["sft"]["args"]["lr_scheduler_kwargs"] = {"num_cycles": 1}
    assert experiment(raw, "mine.yaml")


def test_workers_are_needed_by_what_asks_for_them():
    [line] = faults("sft.args", {"dataloader_prefetch_factor": 2})
    assert line.endswith("only with dataloader_num_workers above 0: give these, or remove this")
    assert experiment(changed("sft.args", {"dataloader_prefetch_factor": 2, "dataloader_num_workers": 1}), "mine.yaml")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("num_attention_heads", 0, "must be a whole number from 1 to 10,000 (got 0)"),
        ("num_hidden_layers", -5, "must be a whole number from 1 to 1,000 (got -5)"),
        ("num_hidden_layers", 2**40, "must be a whole number from 1 to 1,000 (got 1099511627776)"),
        ("mlp_bias", 1, "must be true or false (got 1)"),
        ("rope_theta", 0, "must be a number above 0 to 1,000,000,000 (got 0)"),
        ("attention_dropout", 1, "must be a number from 0 below 1 (got 1)"),
    ],
)
def test_a_world_model_can_be_built(name, value, line):
    [found] = faults("world.models.big.architecture", {"type": "qwen2", name: value})
    assert found == f"mine.yaml: world.models.big.architecture.{name}: {line}"


def test_heads_divide_what_they_share():
    sizes = {"type": "llama", "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 3}
    [line] = faults("world.models.big.architecture", sizes)
    assert line.endswith("num_attention_heads: must be a multiple of num_key_value_heads (got 4)")
    [line] = faults("world.models.big.architecture", {**sizes, "num_key_value_heads": 2, "hidden_size": 36})
    assert line.endswith("hidden_size: must be an even multiple of num_attention_heads (got 36)")


@pytest.mark.parametrize("word", ["bitsandbytes", "gguf"])
def test_a_quantization_that_loads_weights_in_its_own_way_is_refused(word):
    [line] = faults("engine", {"name": "vllm", "args": {"quantization": word}})
    assert line.startswith("mine.yaml: engine.args.quantization: not given to vLLM: it brings a way of its own")


def test_every_setting_of_trl_has_its_numbers_or_words():
    untyped = {name for name in tuning.SFT if sft_arguments.known()[name] != "bool"}
    assert untyped == {*SPANS, *FLAGS, *WORDS, *tuning.SECTIONS}
    assert set(SCHEDULES) <= set(WORDS["lr_scheduler_type"])


@pytest.mark.slow  # seconds to import transformers
def test_the_words_are_those_of_transformers_as_installed():
    from transformers.trainer_utils import IntervalStrategy, SaveStrategy, SchedulerType
    from transformers.training_args import OptimizerNames, trainer_log_levels

    assert set(WORDS["optim"]) == {
        one.value for one in OptimizerNames if not one.value.startswith(("galore", "apollo"))
    }  # these want the names of layers
    assert set(WORDS["lr_scheduler_type"]) == {one.value for one in SchedulerType}
    assert set(WORDS["eval_strategy"]) == {one.value for one in IntervalStrategy}
    assert set(WORDS["save_strategy"]) == {one.value for one in SaveStrategy}
    assert set(WORDS["log_level"]) == set(trainer_log_levels)


def test_very_many_teachers_are_looked_at_once_each():
    raw = example()
    teachers = {f"t{number}": raw["teachers"]["long"] for number in range(4_900)}
    raw["teachers"] |= teachers
    raw["comparisons"]["all"] = {"teachers": [*teachers]}
    parts = dict.fromkeys(teachers, 1.0)
    raw["mixtures"] |= {f"m{number}": {"comparison": "all", "parts": parts} for number in range(8)}
    began = time.process_time()
    assert not [*arms_apart(raw)]
    assert time.process_time() - began < 1
    raw["mixtures"]["m0"] = {"comparison": "all", "parts": {"long": 1}}
    [(key, reason)] = arms_apart(raw)
    assert key == "mixtures.m0"
    assert "(it has t0, t1, " in reason
    assert ", t19, ...): add it there" in reason


def test_what_trl_itself_refuses_is_one_line():
    def config(**settings):
        raise ValueError("--load_best_model_at_end requires\n the save and eval strategy to match")

    with pytest.raises(UserError, match=r"^sft.args: TRL does not take them: --load_best_model_at_end requires the sa"):
        configured(config, {"load_best_model_at_end": True})


@pytest.mark.parametrize("path", sorted((REPO / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_experiments_that_come_with_this_are_taken(path, monkeypatch):
    from mixdistill.config.files import parsed

    monkeypatch.chdir(REPO)
    found = [*sft_arguments.wrong_arguments(parsed(path))]
    assert not found

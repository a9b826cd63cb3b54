"""Settings that are passed on to libraries: those that tune are, and none that runs, reads or sends anything."""

from datetime import date

import pytest
from examples import changed, faults
from mixdistill import tuning
from mixdistill.config import engine_arguments, sft_arguments
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from planning import REPO

pytestmark = pytest.mark.usefixtures("readme")


ONLY = "only settings that tune, which run or read nothing; docs/engines.md lists them"
CODE = "no code that a file names is run"
ATTACKS = {
    "log_config_file": ("log.json", CODE),
    "logging_config": ({"factory": "os.system"}, CODE),
    "structured_outputs_config": ({"reasoning_parser_plugin": "evil.py"}, CODE),
    "compilation_config": ({"backend": "evil.backend"}, CODE),
    "speculative_config": ({"method": "custom_class", "model": "evil.Drafter"}, "no model is loaded beside"),
    "ec_manager_config": ({"class": "evil.Manager"}, CODE),
    "logits_processors": (["evil.Processor"], CODE),
    "hf_overrides": ({"auto_map": {}}, "a model's config.json is taken as it is"),
    "allowed_local_media_path": ("/", ONLY),
    "weight_transfer_config": ({"backend": "nccl"}, ONLY),
}


@pytest.mark.parametrize(("name", "value", "reason"), [(name, *attack) for name, attack in ATTACKS.items()])
def test_an_argument_of_vllm_that_may_name_code_or_files_is_refused(name, value, reason):
    [line] = faults("engine", {"name": "vllm", "args": {name: value}})
    start = f"mine.yaml: engine.args.{name}: vLLM's EngineArgs has this, and an experiment may not set it (got "
    assert line.startswith(start)
    assert reason in line


@pytest.mark.parametrize("value", ["/etc/x", "a.b.C", "owner/kernel", "a b", {"x": 1}, ["awq"], "é", "x" * 65, 2**70])
def test_a_value_is_a_plain_word_or_number(value):
    [line] = faults("engine", {"name": "vllm", "args": {"quantization": value}})
    assert line.startswith("mine.yaml: engine.args.quantization: must be a number, true or false, or a word of letters")


def test_numbers_without_end_are_none():
    [line] = faults("engine", {"name": "vllm", "args": {"cpu_offload_gb": float("inf")}})
    assert line.endswith("(got inf)")


TRAINING = {
    "hub_token": (
        "hf_abcdefgh",
        "a secret never stands in an experiment: set HF_TOKEN, or log in with `hf auth login`",
    ),
    "hub_model_id": ("owner/x", "give publish, and call `snakemake push`"),
    "push_to_hub": (True, "give publish, and call `snakemake push`"),
    "trackio_space_id": ("owner/x", "set the variable MIXDISTILL_TRACKERS"),
    "project": ("x", "set the variable MIXDISTILL_TRACKERS"),
    "report_to": ("wandb", "set the variable MIXDISTILL_TRACKERS"),
    "torch_compile_backend": ("evil", "torch_compile and torch_compile_mode tune"),
    "fsdp_config": ("/etc/passwd", "the machine decides"),
    "accelerator_config": ("a.json", "the machine decides"),
    "parallelism_config": ({}, "the machine decides"),
    "liger_kernel_config": ({}, "the machine decides"),
    "debug": ("underflow_overflow", "docs/training.md lists them"),
    "optim_target_modules": ("(a+)+$", "give an optimiser that needs none"),
}


@pytest.mark.parametrize(("name", "value", "fix"), [(name, *attack) for name, attack in TRAINING.items()])
@pytest.mark.parametrize("place", ["sft", "students.small.sft", "mixtures.long.sft"])
def test_an_argument_of_trl_that_may_send_read_or_run_is_refused(place, name, value, fix):
    [line] = faults(place, {"args": {name: value}})
    assert line.startswith(f"mine.yaml: {place}.args.{name}: ")
    assert fix in line
    assert "hf_abcdefgh" not in line


@pytest.mark.parametrize("value", ['{"a": 1}', {"context_fn": "a.b"}, {"a-b": 1}, {"x": [1]}, {"x": {"y": 1}}, 3])
def test_a_section_of_arguments_holds_plain_values(value):
    [line] = faults("sft.args", {"lr_scheduler_kwargs": value})
    assert line.startswith("mine.yaml: sft.args.lr_scheduler_kwargs: must be a section whose values are numbers")


def test_what_tunes_is_taken():
    given = {
        **{
            "learning_rate": 1e-5,
            "optim": "adamw_bnb_8bit",
            "lr_scheduler_type": "cosine_with_min_lr",
            "packing": False,
        },
        **{"lr_scheduler_kwargs": {"min_lr_rate": 0.1}, "gradient_checkpointing_kwargs": {"use_reentrant": False}},
        **{"max_steps": -1, "bf16_full_eval": True, "neftune_noise_alpha": 5, "disable_tqdm": None},
    }
    assert experiment(changed("sft.args", given), "mine.yaml").sft.args == given
    served = {"quantization": "compressed-tensors", "kv_cache_dtype": "fp8_e4m3", "gpu_memory_utilization": 0.9}
    made = experiment(changed("engine", {"name": "vllm", "args": served}), "mine.yaml")
    assert made.engine.args == served


def test_a_job_that_is_started_by_hand_is_given_no_more():
    for args in ({"log_config_file": "x.json"}, {"quantization": "a.b"}):
        with pytest.raises(UserError, match=rf"^args\.{next(iter(args))}: not given to vLLM"):
            tuning.check(args, tuning.VLLM, "vLLM")
    tuning.check({"max_num_seqs": 8}, tuning.VLLM, "vLLM")


def test_what_may_be_given_exists_and_stands_in_the_docs():
    for allowed, module, page in (
        (tuning.VLLM, engine_arguments, "engines.md"),
        (tuning.SFT, sft_arguments, "training.md"),
    ):
        assert allowed <= set(module.known())
        assert set(module.OURS) | set(module.REASONS) <= set(module.known())
        assert not allowed & (set(module.OURS) | set(module.REASONS))
        text = (REPO / "docs" / page).read_text()
        assert not [name for name in allowed if f"`{name}`" not in text]


@pytest.mark.parametrize("targets", ["(a+)+$", ".*_proj", "q_proj", ["q_proj", "(a|a)*"], ["x" * 3, ""], []])
def test_modules_of_an_adapter_are_names_and_no_patterns(targets):
    [line] = faults("sft.lora", {"r": 1, "lora_alpha": 1, "target_modules": targets})
    assert line.startswith("mine.yaml: sft.lora.target_modules: give all-linear or a list of modules' names")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"attn_implementation": "owner/kernel"}, "not given to transformers (got 'owner/kernel')"),
        ({"num_hiden_layers": 2}, "not given to transformers (got 2); did you mean 'num_hidden_layers'?"),
        ({"hidden_size": "32"}, "must be a number, or true or false (got '32')"),
        ({"hidden_size": [32]}, "must be a number, or true or false (got [32])"),
    ],
)
def test_a_model_of_the_world_has_sizes_and_nothing_else(more, reason):
    [line] = faults("world.models.big.architecture", {"type": "qwen2", **more})
    assert line.startswith(f"mine.yaml: world.models.big.architecture.{next(iter(more))}: {reason}")
    [line] = faults("world.models.big.architecture", {"type": "gpt2"})
    assert line.endswith("architecture.type: must be qwen2 or llama (got 'gpt2')")


@pytest.mark.parametrize("task", ["../../evil", "a/b", ".hidden", "-x", "", "a b", "x" * 129, "é", "a\n"])
def test_a_task_is_no_path(task):
    [line] = faults("benchmarks.test.tasks", [task])
    assert line.startswith("mine.yaml: benchmarks.test.tasks.0: must ")
    assert experiment(changed("benchmarks.test.tasks", ["AIME", "gsm8k_cot.v2"]), "mine.yaml")


HUBS = [
    "../..",
    "a/..",
    "a/b--c",
    "a/b..c",
    "a/.b",
    "a/b.",
    "-a/b",
    "a/b/c",
    "a",
    "a/b.git",
    "a/" + "b" * 97,
    "é/b",
    "a/b\n",
]


@pytest.mark.parametrize("name", HUBS)
def test_a_repository_has_a_name_that_the_hub_takes(name):
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    [line] = faults("teachers.short.model.hub", name)
    assert line.startswith("mine.yaml: teachers.short.model.hub: must be owner/name, each of up to 96")
    if name not in ("a", "é/b", "a/b\n"):  # one without an owner, letters beyond ASCII, a last line break
        with pytest.raises(HFValidationError):
            validate_repo_id(name)


def test_no_secret_stands_in_what_an_endpoint_is_sent():
    server = {"url": "https://api.example.com/v1", "model": "large"}
    raw = changed("teachers.short", {"sampling": {"max_tokens": 40}, "endpoint": {**server, "args": {}}})
    for name, value in (("api_key", "sk-1"), ("token", "sk-1"), ("Authorization", "sk-1")):
        raw["teachers"]["short"]["endpoint"]["args"] = {name: value}
        with pytest.raises(UserError, match=r"a secret never stands in an experiment: name the environment") as caught:
            experiment(raw, "mine.yaml")
        assert "sk-1" not in str(caught.value)
    raw["teachers"]["short"]["endpoint"]["args"] = {"max_completion_tokens": 3, "x": {"y": [1, "two", None]}}
    assert experiment(raw, "mine.yaml")
    raw["teachers"]["short"]["endpoint"]["args"] = {"x": {"y": float("nan")}}
    with pytest.raises(UserError, match=r"endpoint.args.x.y: must be a number below 10\^15"):
        experiment(raw, "mine.yaml")
    raw["teachers"]["short"]["endpoint"]["args"] = {"x": {date(2026, 1, 1): 1}}
    with pytest.raises(UserError, match=r"endpoint.args.x: a name must be text, and not date: write it in quotes"):
        experiment(raw, "mine.yaml")

"""Check engines: ``args`` against vLLM's ``EngineArgs`` without importing vLLM, and what does not go together.

``engine_arguments.json`` is written by ``document_config.py`` where the vLLM pinned in ``envs/inference.yaml`` is
installed.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mixdistill.config.arguments import Taker, numbers_as_text, wrong
from mixdistill.config.nearest import shown
from mixdistill.config.references import Found, Keys, at, entries
from mixdistill.config.secrets import is_secret
from mixdistill.tuning import VLLM

FILE = Path(__file__).with_name("engine_arguments.json")

MODEL, CODE = "give model", "no code that a file names is run"
MACHINE = "GPUs are the job's resource gpu; see profiles/"
NETWORK = "models are fetched by jobs of their own, and nothing else is"

OURS = {
    **dict.fromkeys(["model", "model_weights", "tokenizer", "revision", "code_revision", "tokenizer_revision"], MODEL),
    **dict.fromkeys(["served_model_name", "hf_config_path", "config_format", "runner", "convert"], MODEL),
    **dict.fromkeys(["trust_remote_code", "worker_cls", "worker_extension_cls", "scheduler_cls"], CODE),
    **dict.fromkeys(["tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size", "device_ids"], MACHINE),
    **dict.fromkeys(["distributed_executor_backend", "nnodes", "node_rank", "master_addr", "master_port"], MACHINE),
    **dict.fromkeys(["download_dir", "otlp_traces_endpoint"], NETWORK),
    **dict.fromkeys(
        ["enable_lora", "max_loras", "max_lora_rank", "default_mm_loras"], "a student that is an adapter is one"
    ),
    **dict.fromkeys(["generation_config", "override_generation_config"], "give sampling"),
    "dtype": "give engine.dtype",
    "seed": "every request has a seed of its own",
    "max_model_len": "it follows from the prompts and sampling.max_tokens",
    "load_format": "safetensors only",
    "skip_tokenizer_init": "stop strings need the tokenizer",
}
"""Arguments that the workflow sets itself, and what to use instead."""

REASONS = {
    **dict.fromkeys(["logits_processors", "io_processor_plugin", "reasoning_parser_plugin"], CODE),
    **dict.fromkeys(["model_class_overrides", "kv_transfer_config", "ec_transfer_config", "kv_events_config"], CODE),
    **dict.fromkeys(["log_config_file", "logging_config", "structured_outputs_config", "ec_manager_config"], CODE),
    "compilation_config": f"{CODE}; optimization_level and enforce_eager tune",
    **dict.fromkeys(["speculative_config", "spec_model"], "no model is loaded beside the pinned one"),
    "hf_overrides": "a model's config.json is taken as it is: change it in a copy of the model, and give that as path",
    "hf_token": "a secret never stands in an experiment; models are fetched with HF_TOKEN, or after `hf auth login`",
}
"""Why others may not be given, where more is to be said than that they do not tune."""

BODY = {
    "model": "give endpoint.model",
    "messages": "the prompt is the message",
    "seed": "every request has a seed of its own",
    "n": "give samples",
    "stream": "answers are taken whole",
    **dict.fromkeys(["temperature", "top_p", "max_tokens", "stop"], "give sampling"),
}
"""Parts of a request to an endpoint that the workflow sets itself, and what to use instead."""


@cache
def known() -> dict[str, str]:
    """Name to type (``float``, ``int``, ``bool``, ``str`` or ``any``) of every argument."""
    arguments: dict[str, str] = json.loads(FILE.read_text())["arguments"]
    return arguments


def vllm() -> Taker:
    """Return what vLLM takes."""
    return Taker("vLLM's EngineArgs", "docs/engines.md", known(), VLLM, OURS, REASONS)


def wrong_engines(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of what engines and endpoints cannot be given."""
    users: list[tuple[Keys, Any]] = [(("judge",), at(raw, "judge"))]
    users += [(("teachers", name), entry) for name, entry in entries(raw, "teachers").items()]
    users += [(("students", name), entry) for name, entry in entries(raw, "students").items()]
    common = at(raw, "engine", "name") or "transformers"
    yield from unfit(("engine",), at(raw, "engine"), common)
    for keys, user in users:
        own = at(user, "engine")
        yield from unfit((*keys, "engine"), own, at(own, "name") or common)
        if at(user, "endpoint") is not None:
            if own is not None:
                yield ".".join((*keys, "engine")), "an endpoint runs its model itself: remove this, or endpoint"
            yield from wrong_body((*keys, "endpoint", "args"), entries(user, "endpoint", "args"))


def wrong_body(keys: Keys, body: Mapping[str, Any]) -> Iterator[Found]:
    """Yield key and reason of parts of a request that are ours, or may be secrets."""
    for name, value in body.items():
        key = ".".join((*keys, name))
        if name in BODY:
            yield key, f"the workflow sets this itself (got {shown(value)}): {BODY[name]}"
        elif is_secret(name) or holds_secret(value):
            yield key, "a secret never stands in an experiment: name the environment variable that holds it as key"
        yield from numbers_as_text((*keys, name), value)


def holds_secret(value: Any) -> bool:
    """Tell whether a name inside of a value is one of a key, a password or the like."""
    if isinstance(value, Mapping):
        return any(is_secret(str(name)) or holds_secret(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(holds_secret, value))


def unfit(keys: Keys, engine: Any, name: str) -> Iterator[Found]:
    """Yield key and reason of settings that the engine of this name does not have."""
    arguments = entries(engine, "args")
    if name == "vllm":
        yield from wrong((*keys, "args"), arguments, vllm())
        return
    if arguments:
        yield ".".join((*keys, "args")), f"these are vLLM's, and the engine is {name}: add name: vllm, or remove them"
    if at(engine, "lora") == "adapter":
        yield ".".join((*keys, "lora")), f"for vllm only, and the engine is {name}, which merges (got 'adapter')"

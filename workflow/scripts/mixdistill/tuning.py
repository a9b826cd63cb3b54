"""Settings of vLLM and TRL that an experiment, which may be a stranger's, can give: they tune, and nothing more.

Each is a number, true or false, or a word; none names code, a file, a host or another model. What a library adds, or
what is not known to matter here, is not given to it.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from mixdistill.errors import UserError
from mixdistill.spans import unfit

VLLM = frozenset(
    [
        "async_scheduling",
        "attention_backend",
        "block_size",
        "cpu_offload_gb",
        "disable_cascade_attn",
        "disable_custom_all_reduce",
        "disable_hybrid_kv_cache_manager",
        "disable_sliding_window",
        "enable_chunked_prefill",
        "enable_expert_parallel",
        "enable_prefix_caching",
        "enforce_eager",
        "gpu_memory_utilization",
        "kv_cache_dtype",
        "kv_cache_memory_bytes",
        "long_prefill_token_threshold",
        "max_cudagraph_capture_size",
        "max_num_batched_tokens",
        "max_num_seqs",
        "max_parallel_loading_workers",
        "num_gpu_blocks_override",
        "optimization_level",
        "performance_mode",
        "quantization",
        "scheduling_policy",
    ]
)
"""Arguments of ``EngineArgs``: memory, batching, caching, kernels, formats."""

SFT = frozenset(
    [
        "activation_checkpointing",
        "activation_checkpointing_kwargs",
        "activation_offloading",
        "adam_beta1",
        "adam_beta2",
        "adam_epsilon",
        "bf16_full_eval",
        "dataloader_drop_last",
        "dataloader_num_workers",
        "dataloader_persistent_workers",
        "dataloader_pin_memory",
        "dataloader_prefetch_factor",
        "ddp_broadcast_buffers",
        "ddp_bucket_cap_mb",
        "ddp_find_unused_parameters",
        "ddp_timeout",
        "disable_tqdm",
        "eval_accumulation_steps",
        "eval_delay",
        "eval_on_start",
        "eval_steps",
        "eval_strategy",
        "fp16_full_eval",
        "full_determinism",
        "gradient_accumulation_steps",
        "gradient_checkpointing",
        "gradient_checkpointing_kwargs",
        "greater_is_better",
        "include_num_input_tokens_seen",
        "label_smoothing_factor",
        "learning_rate",
        "load_best_model_at_end",
        "log_level",
        "logging_first_step",
        "logging_nan_inf_filter",
        "logging_steps",
        "logging_strategy",
        "loss_type",
        "lr_scheduler_kwargs",
        "lr_scheduler_type",
        "max_grad_norm",
        "max_steps",
        "metric_for_best_model",
        "neftune_noise_alpha",
        "num_train_epochs",
        "optim",
        "packing",
        "pad_to_multiple_of",
        "padding_free",
        "per_device_train_batch_size",
        "prediction_loss_only",
        "router_aux_loss_coef",
        "save_steps",
        "save_strategy",
        "tf32",
        "torch_compile",
        "torch_compile_mode",
        "torch_empty_cache_steps",
        "train_sampling_strategy",
        "use_cache",
        "warmup_steps",
        "weight_decay",
    ]
)
"""Arguments of ``SFTConfig``: optimiser, schedule, batches, precision, memory, saving, evaluation, log."""

SECTIONS = frozenset({"activation_checkpointing_kwargs", "gradient_checkpointing_kwargs", "lr_scheduler_kwargs"})
"""Those that hold settings themselves; as text, they would be read as JSON."""

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a word is: a dot would do to name a module, a slash to name a file or a repository."""

A_WORD = "must be a number, true or false, or a word of letters, digits, dash and underscore"
A_SECTION = "must be a section whose values are numbers, true or false, or words"


def is_plain(value: Any) -> bool:
    """Tell whether a value is nothing, true or false, a finite number of a usual size, or a word."""
    if isinstance(value, int | float):
        return abs(value) < 2**63  # false of what is no number, too
    return value is None or (isinstance(value, str) and WORD.fullmatch(value) is not None)


def is_tuning(name: str, value: Any) -> bool:
    """Tell whether an argument's value is plain, or of those that are sections, a section of plain ones."""
    if name not in SECTIONS or value is None:
        return is_plain(value)
    names = isinstance(value, Mapping) and all(isinstance(key, str) and key.isidentifier() for key in value)
    return names and all(map(is_plain, value.values()))


def check(given: Mapping[str, Any], allowed: Collection[str], owner: str) -> None:
    """Refuse arguments that do more than tune: a job can be started by hand, past the check of experiment files.

    Raises:
        UserError: there is one; says which.
    """
    for name, value in given.items():
        if name not in allowed or not is_tuning(name, value):
            raise UserError(
                f"args.{name}: not given to {owner} (got {str(value)[:60]!r}): only settings that tune, which run or "
                "read nothing (mixdistill/tuning.py lists them), and plain values"
            )
        if reason := unfit(name, value):
            raise UserError(f"args.{name}: {reason} (got {str(value)[:60]!r})")

"""What numbers and words a setting of TRL, vLLM or a world model can be: others end in a trace, hours later.

They are wider than anybody means, and no advice.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Span(NamedTuple):
    """The numbers from one to another."""

    low: float
    high: float
    whole: bool = False
    above: bool = False
    """Without the lowest itself."""
    below: bool = False
    """Without the highest itself."""

    def has(self, value: Any) -> bool:
        """Tell whether a value is one of them."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        high = value < self.high if self.below else value <= self.high
        return high and (value > self.low if self.above else value >= self.low)

    def __str__(self) -> str:
        """Say which numbers these are."""
        low = f"above {self.low:,.12g}" if self.above else f"from {self.low:,.12g}"
        high = f"below {self.high:,.12g}" if self.below else f"to {self.high:,.12g}"
        return f"{'a whole number' if self.whole else 'a number'} {low} {high}"


MANY = 1_000_000_000
SHARE, SIZE, COUNT = Span(0, 1), Span(0, MANY), Span(1, MANY, whole=True)
MOMENT = Span(0, 1, below=True)
OFTEN = Span(0, MANY, above=True)

SPANS = {
    "adam_beta1": MOMENT,
    "adam_beta2": MOMENT,
    "adam_epsilon": SHARE,
    "dataloader_num_workers": Span(0, 256, whole=True),
    "dataloader_prefetch_factor": Span(1, 1_000, whole=True),
    "ddp_bucket_cap_mb": COUNT,
    "ddp_timeout": Span(1, 10_000_000, whole=True),
    "eval_accumulation_steps": COUNT,
    "eval_delay": SIZE,
    "eval_steps": OFTEN,
    "gradient_accumulation_steps": Span(1, 1_000_000, whole=True),
    "label_smoothing_factor": SHARE,
    "learning_rate": SIZE,
    "logging_steps": OFTEN,
    "max_grad_norm": SIZE,
    "max_steps": Span(-1, MANY, whole=True),
    "neftune_noise_alpha": SIZE,
    "num_train_epochs": Span(0, 1_000_000),
    "pad_to_multiple_of": Span(1, 1_000_000, whole=True),
    "per_device_train_batch_size": Span(1, 1_000_000, whole=True),
    "router_aux_loss_coef": SIZE,
    "save_steps": OFTEN,
    "torch_empty_cache_steps": COUNT,
    "warmup_steps": SIZE,
    "weight_decay": SIZE,
}
"""Setting of TRL's to its numbers."""

FLAGS = frozenset(
    [
        "activation_checkpointing",
        "ddp_broadcast_buffers",
        "ddp_find_unused_parameters",
        "disable_tqdm",
        "greater_is_better",
        "tf32",
    ]
)
"""Settings that are true, false or null, and whose type does not say so."""

STRATEGIES = ("no", "steps", "epoch")
WORDS: dict[str, tuple[str | bool, ...]] = {
    "eval_strategy": STRATEGIES,
    "include_num_input_tokens_seen": (True, False, "all", "non_padding", "no"),
    "log_level": ("detail", "debug", "info", "warning", "error", "critical", "passive"),
    "logging_strategy": STRATEGIES,
    "loss_type": ("nll", "dft", "chunked_nll"),
    "lr_scheduler_type": (
        *("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup"),
        *("inverse_sqrt", "reduce_lr_on_plateau", "cosine_with_min_lr", "cosine_warmup_with_min_lr"),
        *("warmup_stable_decay", "greedy"),
    ),
    "metric_for_best_model": tuple(
        f"{before}{name}" for name in ("loss", "mean_token_accuracy", "entropy") for before in ("", "eval_")
    ),
    "optim": (
        *("adamw_torch", "adamw_torch_fused", "adamw_torch_xla", "adamw_torch_npu_fused", "adafactor"),
        *("adamw_anyprecision", "adamw_torch_4bit", "adamw_torch_8bit", "ademamix", "sgd", "adagrad"),
        *("adamw_bnb_8bit", "adamw_8bit", "ademamix_8bit", "lion_8bit", "lion_32bit", "paged_adamw_32bit"),
        *("paged_adamw_8bit", "paged_ademamix_32bit", "paged_ademamix_8bit", "paged_lion_32bit", "paged_lion_8bit"),
        *("rmsprop", "rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit", "lomo", "adalomo", "grokadamw"),
        *("schedule_free_radam", "schedule_free_adamw", "schedule_free_sgd", "stable_adamw"),
    ),
    "save_strategy": (*STRATEGIES, "best"),
    "torch_compile_mode": ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"),
    "train_sampling_strategy": ("random", "sequential", "group_by_length"),
}
"""Setting of TRL's to its words. Optimisers that want arguments of their own are not among them."""

CHECKPOINTING = {"use_reentrant": (True, False), "preserve_rng_state": (True, False)}
PARTS: dict[str, Mapping[str, tuple[bool, ...]]] = {
    "activation_checkpointing_kwargs": CHECKPOINTING,
    "gradient_checkpointing_kwargs": CHECKPOINTING,
}
"""Section of TRL's to its keys and their values."""

UNSAFE = {
    "quantization": {
        "bitsandbytes": "it brings a way of its own to load weights: give a checkpoint that is quantized already",
        "gguf": "it brings a way of its own to load weights, which are safetensors",
    }
}
"""Setting of vLLM's to the words that do more than it says."""

CYCLES, SHAPES = Span(0, 1_000_000), ("linear", "cosine", "1-sqrt")
MINIMUM = {"num_cycles": CYCLES, "min_lr": SIZE, "min_lr_rate": SIZE}
WATCHING: dict[str, Any] = {
    **{"mode": ("min", "max"), "factor": Span(0, 1, above=True, below=True), "patience": Span(0, MANY, whole=True)},
    **{"threshold": SIZE, "threshold_mode": ("rel", "abs"), "cooldown": Span(0, MANY, whole=True)},
    **{"min_lr": SIZE, "eps": SIZE},
}
SCHEDULES: dict[str, dict[str, Any]] = {
    "cosine": {"num_cycles": CYCLES},
    "cosine_with_restarts": {"num_cycles": Span(1, 1_000_000, whole=True)},
    "polynomial": {"lr_end": SIZE, "power": SIZE},
    "inverse_sqrt": {"timescale": COUNT},
    "cosine_with_min_lr": MINIMUM,
    "cosine_warmup_with_min_lr": {**MINIMUM, "warmup_lr_rate": SIZE},
    "warmup_stable_decay": {
        **{"num_decay_steps": Span(0, MANY, whole=True), "num_stable_steps": Span(0, MANY, whole=True)},
        **{"warmup_type": SHAPES, "decay_type": SHAPES, "min_lr_ratio": SIZE, "num_cycles": CYCLES},
    },
    "reduce_lr_on_plateau": WATCHING,
    "greedy": {
        **WATCHING,
        **{"warmup": Span(0, MANY, whole=True), "max_lr": SIZE, "smooth": (True, False)},
        **{"window_size": COUNT, "reset_start": Span(0, MANY, whole=True)},
    },
}
"""Schedule of the learning rate to what its ``lr_scheduler_kwargs`` may hold; the others take none."""

NEEDED = {
    "cosine_with_min_lr": ("min_lr", "min_lr_rate"),
    "cosine_warmup_with_min_lr": ("min_lr", "min_lr_rate"),
    "warmup_stable_decay": ("num_decay_steps",),
}
"""Schedule to those of them of which it needs exactly one."""

WIDTH, HEADS = Span(1, 1_000_000, whole=True), Span(1, 10_000, whole=True)
SIZES: dict[str, Span | None] = {
    "attention_bias": None,
    "attention_dropout": MOMENT,
    "head_dim": Span(2, 10_000, whole=True),
    "hidden_size": WIDTH,
    "initializer_range": Span(0, 1_000),
    "intermediate_size": WIDTH,
    "max_window_layers": Span(0, 1_000, whole=True),
    "mlp_bias": None,
    "num_attention_heads": HEADS,
    "num_hidden_layers": Span(1, 1_000, whole=True),
    "num_key_value_heads": HEADS,
    "rms_norm_eps": SHARE,
    "rope_theta": OFTEN,
    "sliding_window": WIDTH,
    "use_sliding_window": None,
}
"""What the architecture of a world model may say besides its type, to its numbers; none for what is true or false. Of
what else transformers' configurations take, some names code: an implementation of attention may be a repository of
kernels."""


def unfit(name: str, value: Any) -> str | None:
    """Return what a setting must be if it is something else, and None if it is that; null is looked at elsewhere."""
    if value is None:
        return None
    if name in SPANS:
        return None if SPANS[name].has(value) else f"must be {SPANS[name]}"
    if name in FLAGS:
        return None if isinstance(value, bool) else "must be true or false"
    if name in WORDS:
        return None if among(value, WORDS[name]) else one_of(WORDS[name])
    if isinstance(value, str) and value in UNSAFE.get(name, {}):
        return f"not given to vLLM: {UNSAFE[name][value]}"
    if name in PARTS and isinstance(value, Mapping):
        return next((reason for _, reason in unfit_parts(value, PARTS[name])), None)
    return None


def unfit_parts(given: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and reason of parts of a section that are unknown, or of another kind than they must be."""
    for name, value in given.items():
        may = known.get(name)
        if may is None:
            yield name, f"has no {name}; it has {', '.join(known) or 'none at all'}"
        elif isinstance(may, Span):
            yield from () if may.has(value) else [(name, f"{name} must be {may}")]
        elif not among(value, may):
            yield name, f"{name} {one_of(may)}"


def among(value: Any, words: tuple[str | bool, ...]) -> bool:
    """Tell whether a value is one of words, of which 1 is not true."""
    return isinstance(value, str | bool) and any(type(value) is type(word) and value == word for word in words)


def one_of(words: tuple[str | bool, ...]) -> str:
    """Say which words there are; YAML takes some for true and false."""
    said = [str(word).lower() if isinstance(word, bool) else word for word in words]
    return f"must be one of {', '.join(said)}" + ("; in quotes, 'no'" if "no" in words else "")

"""The vLLM engine: continuous batching with a prefix cache, on the job's GPUs or on CPU, seeded per request.

vLLM is given token ids and told explicitly what ends a completion; text and reason of ending are made from the tokens
by the same code as for the transformers engine, so that equal tokens are equal rows.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mixdistill import tuning
from mixdistill.engines import Completion, Unit
from mixdistill.engines.chat import Chat
from mixdistill.errors import UserError
from mixdistill.tensors import header
from mixdistill.weights import Weights

if TYPE_CHECKING:
    from vllm import SamplingParams

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Ranks that ``max_lora_rank`` may have (vLLM 0.32, ``vllm.config.lora.MaxLoRARanks``)."""

UNSERVED = ("modules_to_save", "trainable_token_indices", "use_dora", "bias", "rank_pattern", "alpha_pattern")
"""Settings of an adapter that vLLM does not serve (``vllm.lora.peft_helper``): it refuses some, and passes over others,
so that it would answer otherwise: its scale is alpha / r in all layers."""

REBASED = ("pissa", "olora", "corda", "loftq")
"""Initialisations (``init_lora_weights``) that PEFT makes anew when it loads an adapter, since they change the base."""

ON_CPU = {"kv_cache_memory_bytes": 256 << 20, "enable_chunked_prefill": False, "enforce_eager": True}
"""On CPU vLLM would take a share of the machine's memory, cannot sample by seed where a prompt was split, and compiles
for longer than small models run."""


UNFUSED = {"pass_config": {"fuse_allreduce_rms": False}}
"""On several GPUs vLLM would compile a fused all-reduce of FlashInfer's when it starts, with a CUDA toolkit that the
environment does not have (vllm-project/vllm#48071)."""


class Asked(NamedTuple):
    """A request that vLLM is working on."""

    unit: Unit
    place: int
    """Of the request in its unit."""
    limit: int
    """Tokens it may have."""


class VllmEngine:
    """A model in vLLM."""

    def __init__(self, weights: Weights, engine: dict[str, Any], gpus: int, units: list[Unit], scratch: Path) -> None:
        """Load the model.

        Args:
            weights: the model; an adapter is served on its base, or merged into it (``lora``).
            engine: dtype, batch_size, lora, and ``args`` for vLLM under its own names.
            gpus: GPUs to divide the model over; none for CPU.
            units: what will be asked, which decides the longest sequence that room is kept for.
            scratch: a folder for the merged model while it is being loaded.

        Raises:
            UserError: tensors are missing or do not fit, vLLM does not serve an adapter of this kind, or ``args`` do
                more than tune.
        """
        tuning.check(engine["args"], tuning.VLLM, "vLLM")
        weights.check()
        self.chat = Chat(weights)
        self.fixed = engine["batch_size"] is not None
        set_environment(in_process=self.fixed or not gpus)
        from vllm import LLM
        from vllm.lora.request import LoRARequest

        served = weights.adapter is not None and engine["lora"] == "adapter"
        self.lora = LoRARequest("adapter", 1, weights.adapter) if served else None
        model = weights.base
        if weights.adapter and not served:
            model = str(scratch)
            weights.load(engine["dtype"]).save_pretrained(scratch)
        serving = {"enable_lora": True, "max_lora_rank": rank(Path(weights.adapter or ""))} if served else {}
        given = {"model": model, "tokenizer": weights.tokenizer, "max_model_len": self.longest(units), **serving}
        self.llm: LLM = LLM(**{**arguments(engine, gpus, given), "trust_remote_code": False})
        shutil.rmtree(scratch, ignore_errors=True)
        self.core = self.llm.llm_engine
        self.ahead = 2 * self.core.vllm_config.scheduler_config.max_num_seqs

    def longest(self, units: list[Unit]) -> int:
        """Tokens of the longest prompt and completion; all prompts are looked at, so that one too long is found now."""
        asked = {(request.prompt, unit.sampling["max_tokens"]) for unit in units for request in unit.requests}
        encoded = self.chat.encoded([prompt for prompt, _ in asked])
        return max(len(ids) + self.chat.limit(ids, limit) for ids, (_, limit) in zip(encoded, asked, strict=True))

    def complete(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Completion]]]:
        """Complete the requests of all units; yield each unit when it is done.

        A batch of fixed composition begins with nothing else running and nothing in the prefix cache: what is summed
        in which order then depends on the batch alone. Single requests follow each other without a gap.
        """
        waiting = iter(units)
        asked: dict[str, Asked] = {}
        made: dict[str, dict[int, Completion]] = {}
        count = 0
        while True:
            while not asked if self.fixed else len(asked) < self.ahead:
                unit = next(waiting, None)
                if unit is None:
                    break
                if self.fixed and not self.llm.reset_prefix_cache():
                    raise UserError("engine.args: a step is in flight between batches: leave out async_scheduling")
                encoded = self.chat.encoded([request.prompt for request in unit.requests])
                for place, (request, ids) in enumerate(zip(unit.requests, encoded, strict=True)):
                    limit = self.chat.limit(ids, unit.sampling["max_tokens"])
                    params = self.params(unit.sampling, limit, request.seed)
                    [prompt] = self.core.renderer.render_cmpl([{"prompt_token_ids": ids}])
                    self.core.add_request(str(count), prompt, params, lora_request=self.lora)
                    asked[str(count)] = Asked(unit, place, limit)
                    count += 1
                made[unit.key] = {}
            if not asked:
                return
            for output in self.core.step():
                if output.finished:
                    unit, place, limit = asked.pop(output.request_id)
                    written = list(output.outputs[0].token_ids)
                    made[unit.key][place] = self.chat.completion(written, limit, unit.sampling["stop"])
                    if len(made[unit.key]) == len(unit.requests):
                        done = made.pop(unit.key)
                        yield unit, [done[place] for place in range(len(done))]

    def params(self, sampling: dict[str, Any], limit: int, seed: int) -> "SamplingParams":
        """Sampling in vLLM's terms."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        return SamplingParams(
            temperature=sampling["temperature"],
            top_p=sampling["top_p"],
            max_tokens=limit,
            seed=seed if sampling["temperature"] else None,
            stop=sampling["stop"],
            stop_token_ids=sorted(self.chat.ends),
            ignore_eos=True,  # all that end a completion are among stop_token_ids
            detokenize=bool(sampling["stop"]),
            skip_special_tokens=False,
            spaces_between_special_tokens=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )


def arguments(engine: dict[str, Any], gpus: int, given: dict[str, Any]) -> dict[str, Any]:
    """Return what ``vllm.LLM`` is called with; an experiment's own ``args`` come before what suits the machine.

    Args:
        engine: dtype, batch_size and args of an experiment.
        gpus: to divide the model over; none for CPU.
        given: which model this is.
    """
    machine: dict[str, Any] = {} if gpus else ON_CPU
    if gpus > 1:
        machine = {"compilation_config": UNFUSED}
    if engine["batch_size"] is not None:
        machine = {**machine, "async_scheduling": False}  # a step in flight would hold the prefix cache
    return {
        **given,
        "dtype": engine["dtype"],
        "load_format": "safetensors",
        "generation_config": "vllm",
        "tensor_parallel_size": max(1, gpus),
        "enable_prefix_caching": True,
        **machine,
        **engine["args"],
    }


def set_environment(in_process: bool) -> None:
    """Tell vLLM to send no statistics, to compile no sampler, to leave cores to others, and where to schedule.

    Args:
        in_process: in this process, where the order of what is done does not depend on time; else in one of its own,
            beside which prompts and texts are made ready.
    """
    os.environ["VLLM_NO_USAGE_STATS"] = "1"
    # FlashInfer's sampler is compiled when vLLM starts, with a CUDA toolkit that the environment does not have
    # (vllm-project/vllm#49497, #44305); greedy and seeded requests never use it.
    os.environ.setdefault("VLLM_USE_FLASHINFER_SAMPLER", "0")
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = str(int(not in_process))


def rank(adapter: Path) -> int:
    """The smallest rank that vLLM can make room for and that this adapter fits.

    Raises:
        UserError: it is of a kind that vLLM does not serve.
    """
    config = json.loads((adapter / "adapter_config.json").read_text())
    unserved = {name: config[name] for name in UNSERVED if config.get(name) not in (None, False, "none", {})}
    if str(config.get("init_lora_weights")).lower().startswith(REBASED):
        unserved["init_lora_weights"] = config["init_lora_weights"]
    for name, value in unserved.items():
        raise UserError(f"{adapter}: vLLM serves no adapter with {name} (got {value}): give lora: merged")
    outside = [name for name in header(adapter / "adapter_model.safetensors") if not re.search(r"\.\d+\.", name)]
    if outside:
        raise UserError(f"{adapter}: vLLM serves no adapter of head or embedding (got {outside[0]}): give lora: merged")
    kind, needed = config.get("peft_type", "LORA"), config.get("r", 0)
    if kind != "LORA" or not 0 < needed <= RANKS[-1]:
        raise UserError(
            f"{adapter}: vLLM serves LoRA of a rank up to {RANKS[-1]} (got {kind}, r: {needed}): give lora: merged"
        )
    return min(allowed for allowed in RANKS if allowed >= needed)

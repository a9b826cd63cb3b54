"""Check that a model or adapter has all tensors that it needs and no others, without reading them.

transformers fills what a checkpoint lacks with random numbers and leaves out what it does not know, and so does PEFT;
both only log it. Here they load tensors without content, so that their own renamings and exceptions hold, and what
they report is an error.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixdistill import described
from mixdistill.errors import UserError
from mixdistill.tensors import AGAIN, Tensor, header, in_line, listed, of_model, same_content, without_content

if TYPE_CHECKING:
    from transformers import PretrainedConfig


READS_OTHERS = "XLORA"
"""A kind of adapter that loads further ones, from wherever its configuration says."""


def check_model(folder: Path, name: str, config: "PretrainedConfig") -> Any:
    """Check the tensors of a model; returns the model without content, on the device ``meta``.

    Of quantised models only the files are checked: what their tensors should be, the library that made them knows.

    Args:
        folder: of the model.
        name: how messages call it.
        config: its configuration.

    Raises:
        UserError: tensors are missing, unexpected or misshapen, or tied ones differ; names the first of them.
    """
    import torch
    from transformers import AutoModelForCausalLM

    tensors = of_model(folder)
    described.require_installed(name, config)
    try:
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except MemoryError:
        raise
    except Exception as error:  # whatever a config.json that anybody may have written makes of it
        raise UserError(f"{name}: its config.json is of no model that can be made: {in_line(error)}") from error
    described.require_room(name, empty, tensors)
    if quantised := getattr(config, "quantization_config", None):
        described.try_patterns(quantised, [module for module, _ in empty.named_modules()])
        return empty
    with silent_progress():
        try:
            model, report = type(empty).from_pretrained(
                None,
                config=config,
                state_dict=without_content(tensors),
                device_map={"": "meta"},
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                trust_remote_code=False,
            )
        except RuntimeError as error:  # experts that cannot be stacked: transformers has logged which
            raise UserError(
                f"{name}: {type(empty).__name__} cannot be made of its tensors: {in_line(error)}"
            ) from error
    require_complete(name, model, report)
    require_tied(name, model, tensors)
    return model


def require_complete(name: str, model: Any, report: Mapping[str, Any]) -> None:
    """Require that a model was loaded from all tensors that it has, and from no others.

    What is left of a quantised checkpoint may be the matter of the library that made it.

    Args:
        name: how messages call it.
        model: what was loaded.
        report: of ``from_pretrained(..., output_loading_info=True)``.

    Raises:
        UserError: the report says otherwise.
    """
    missing, quantised = report["missing_keys"], getattr(model.config, "quantization_config", None)
    unexpected = [] if quantised else report["unexpected_keys"]
    misshapen = [f"{key} ({by(is_now)}, needs {by(needed)})" for key, is_now, needed in report["mismatched_keys"]]
    wrong = faults(missing, unexpected, misshapen)
    if not wrong:
        return
    remedy = f"{AGAIN}, whole, or give the config.json that belongs to it"
    if {*missing} == {"lm_head.weight"} and not (unexpected or misshapen):
        remedy = f'if its head is its embedding, write "tie_word_embeddings": true in its config.json; else {AGAIN}'
    raise UserError(f"{name}: these weights are not a whole {type(model).__name__}: {wrong}; {remedy}")


def require_tied(name: str, model: Any, tensors: Mapping[str, Tensor]) -> None:
    """Require that tensors which the configuration calls the same are the same, where a checkpoint has both.

    Engines differ in which of the two they read.

    Raises:
        UserError: they differ.
    """
    for one, other in model.all_tied_weights_keys.items():
        pair = [stored(key, tensors) for key in (one, other)]
        if pair[0] and pair[1] and not same_content(pair[0], pair[1]):
            raise UserError(
                f"{name}: {one} and {other} differ, but its config.json says that they are one (tie_word_embeddings): "
                'write "tie_word_embeddings": false there if both are meant, or remove the one that is not'
            )


def stored(key: str, tensors: Mapping[str, Tensor]) -> Tensor | None:
    """Return the tensor that is loaded as a parameter: of its name, but for a prefix that either may lack."""
    found = (tensor for name, tensor in tensors.items() if f".{key}".endswith(f".{name}") or name.endswith(f".{key}"))
    return next(found, None)


def check_adapter(folder: Path, name: str, model: Any, base: str) -> None:
    """Check the tensors of an adapter against its base.

    Args:
        folder: of the adapter.
        name: how messages call it.
        model: the base without content, as ``check_model`` returns it; it is changed.
        base: how messages call it.

    Raises:
        UserError: the adapter lacks tensors, has others, or does not answer alike merged and unmerged.
    """
    from peft import PeftConfig, PeftModel, set_peft_model_state_dict
    from peft.mapping import PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING

    file = folder / "adapter_model.safetensors"
    if not file.is_file():
        raise UserError(f"{name}: no {file.name}: {AGAIN}")
    tensors = without_content(header(file))
    ends = tied_modules(model)
    embedding = next((key for key, module in model.named_modules() if module is model.get_input_embeddings()), "")
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise UserError(f"{name}: PEFT cannot read its adapter_config.json: {in_line(error)}") from error
    if config.peft_type is None:
        raise UserError(f"{name}: its adapter_config.json names no peft_type: {AGAIN}")
    if str(getattr(config, "init_lora_weights", "")).startswith("pissa_niter"):
        raise UserError(
            f"{name}: PEFT draws its base anew (init_lora_weights: {config.init_lora_weights}) and it would answer "
            "otherwise each time: convert it to a plain LoRA (path_initial_model_for_weight_conversion)"
        )
    kind = str(getattr(config.peft_type, "value", config.peft_type))
    tuner = PEFT_TYPE_TO_TUNER_MAPPING.get(config.peft_type)
    if not hasattr(tuner, "merge_and_unload") or kind == READS_OTHERS:  # before it is made: prompts read models, too
        raise UserError(f"{name}: an adapter of the kind {kind} cannot be merged: give a LoRA")
    try:
        own = described.tables(model)
        adapted = PeftModel(model, config, low_cpu_mem_usage=True)
        described.require_tables(name, described.tables(adapted) - own)
        report = set_peft_model_state_dict(adapted, tensors, low_cpu_mem_usage=True)
    except KeyError as error:
        raise UserError(misfit(name, base, config, faults([str(error.args[0])], [], []))) from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise UserError(misfit(name, base, config, misshapen_in(error) or in_line(error))) from error
    prefix = PEFT_TYPE_TO_PREFIX_MAPPING.get(config.peft_type, "")
    report.missing_keys[:] = [key for key in report.missing_keys if prefix in key and "default" in key.split(".")]
    require_fitting(name, base, config, report)
    tokens = getattr(config, "trainable_token_indices", None)
    of_head = {end for end in ends - {embedding} if isinstance(tokens, dict) and end.rpartition(".")[2] in tokens}
    if at_ends := of_head | adapted_modules(adapted) & ends:
        raise UserError(
            f"{name}: adapts {listed(at_ends)}, and its base {base} has one matrix for {' and '.join(sorted(ends))}: "
            "merged, it would change both; merge it yourself into a copy of the base with two "
            "(tie_word_embeddings: false) and give that as trained, or train it without"
        )


def require_fitting(name: str, base: str, config: Any, report: Any) -> None:
    """Require that an adapter was loaded from all tensors that it has, and from no others.

    Args:
        name: how messages call the adapter.
        base: how they call its base.
        config: of the adapter, as PEFT reads it.
        report: what PEFT's ``load_adapter`` returns.

    Raises:
        UserError: the report says otherwise.
    """
    if wrong := faults(report.missing_keys, report.unexpected_keys, []):
        raise UserError(misfit(name, base, config, wrong))


def misfit(name: str, base: str, config: Any, wrong: str) -> str:
    """Return the line that says that an adapter does not fit its base, and what to do."""
    return (
        f"{name}: this adapter does not fit its base {base}: {wrong}; give as model the base that it was trained on "
        f"(its adapter_config.json names {str(config.base_model_name_or_path)[:200]!r})"
    )


def misshapen_in(error: Exception) -> str:
    """Return the tensors that PyTorch found to have other shapes; empty if that is not the error."""
    found = re.findall(r"size mismatch for (\S+): [^\[]*\[([\d, ]*)\][^\[]*\[([\d, ]*)\]", str(error))
    return faults(
        [], [], [f"{key} ({by(is_now.split(', '))}, needs {by(needed.split(', '))})" for key, is_now, needed in found]
    )


def tied_modules(model: Any) -> set[str]:
    """Return the modules of a model whose weights are one: its embedding and its head, if it ties them."""
    return {key.rpartition(".")[0] for pair in model.all_tied_weights_keys.items() for key in pair}


def adapted_modules(adapted: Any) -> set[str]:
    """Return the modules to whose weights an adapter adds something, by their names in the base."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    names = (name for name, module in adapted.named_modules() if isinstance(module, BaseTunerLayer))
    return {name.removeprefix("base_model.model.") for name in names}


def faults(missing: Collection[str], unexpected: Collection[str], misshapen: Collection[str]) -> str:
    """Return what is wrong with tensors, in words; empty if nothing is."""
    kinds = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
    return ", ".join(f"{kind} {listed(keys)}" for kind, keys in kinds.items() if keys)


def by(shape: Iterable[Any]) -> str:
    """Return a shape as it is said."""
    return " x ".join(map(str, shape)) or "a number"


@contextmanager
def silent_progress() -> Iterator[None]:
    """Let transformers draw no bar of weights that it loads, since none are."""
    from transformers.utils import logging

    drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if drawn:
            logging.enable_progress_bar()

"""Whether a model can be trained as the experiment asks, told from its configuration alone: no weights are loaded."""

from typing import TYPE_CHECKING, Any

from mixdistill.completeness import adapted_modules, tied_modules
from mixdistill.errors import UserError
from mixdistill.tensors import in_line, listed

if TYPE_CHECKING:
    from transformers import PretrainedConfig


def check(student: str, config: "PretrainedConfig", ids: set[int], settings: list[dict[str, Any]]) -> None:
    """Check a student against its training settings.

    Args:
        student: its key in the experiment.
        config: the model's.
        ids: tokens that its tokenizer makes of texts. (Not all that it knows: some classes add tokens of their own.)
        settings: the different ``max_length`` and ``lora`` that it is trained with.

    Raises:
        UserError: the tokenizer makes tokens that the model has not, a row may be longer than the model takes, or an
            adapter has no layer to adapt.
    """
    text = config.get_text_config()
    if max(ids) >= text.vocab_size:
        raise UserError(
            f"{student}.model: its tokenizer makes a token {max(ids)}, its embeddings have {text.vocab_size} "
            "(vocab_size in config.json): tokenizer and weights are not of the same model"
        )
    context = getattr(text, "max_position_embeddings", None)
    for one in settings:
        if one["max_length"] and context and one["max_length"] > context:
            raise UserError(
                f"{student}.sft.max_length: {one['max_length']} tokens are more than the model takes "
                f"(max_position_embeddings: {context}); give at most {context}"
            )
        if one["lora"]:
            adaptable(student, config, one["lora"])


def adaptable(student: str, config: "PretrainedConfig", lora: dict[str, Any]) -> None:
    """Put an adapter on a model without weights.

    Raises:
        UserError: it has no such layers, or they are the head or a matrix that it shares with the embedding.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from peft.tuners.tuners_utils import BaseTunerLayer
    from transformers import AutoModelForCausalLM

    key = f"{student}.sft.lora"
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
        ends = tied_modules(model)
        try:
            adapted: Any = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **lora))
        except ValueError as error:
            raise UserError(f"{key}: {in_line(error)}") from error
    modules, targets = adapted_modules(adapted), adapted.peft_config["default"].target_modules
    remedy = "leave it out, or give all-linear, which does"
    unknown = (
        [] if isinstance(targets, str) else [t for t in targets if not any(f".{m}".endswith(f".{t}") for m in modules)]
    )
    if unknown:
        raise UserError(f"{key}.target_modules: the model has no layer {listed(unknown)}")
    if isinstance(adapted.get_output_embeddings(), BaseTunerLayer):
        raise UserError(f"{key}.target_modules: TRL never trains an adapter of the head (lm_head); {remedy}")
    if at_ends := modules & ends:
        raise UserError(
            f"{key}.target_modules: {listed(at_ends)} cannot have an adapter, since one matrix of this model is "
            f"{' and '.join(sorted(ends))}: merged, it would change both; {remedy}"
        )

"""Train a model of the miniature world, from nothing or from a parent, and save it for Hugging Face."""

from pathlib import Path
from random import Random
from typing import Any

from mixdistill.clock import working
from mixdistill.entry import run
from mixdistill.errors import UserError
from mixdistill.world.corpus import checked, example
from mixdistill.world.training import Plan, train
from mixdistill.world.vocabulary import END, IDS, PAD, SIZE, save_tokenizer

CARD = """# {name}

A model of **the miniature world** of mixdistill: {parameters:,} parameters ({type}, hidden size {hidden},
{layers} layers). It can do nothing but solve generated diary problems. It stands in for a real model where
a whole run has to fit into minutes on a CPU, and is evidence of nothing beyond that.

- Parent: {parent}
- Training: {steps} steps of {tokens} tokens, seed {seed}, last loss {loss:.3f}
- Kinds of text: {kinds}
- Levels of questions: {levels}
- Styles of answers: {styles}
"""


def made(architecture: dict[str, Any], seed: int) -> Any:
    """Build an untrained model from Hugging Face's names for its sizes."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    torch.manual_seed(seed)
    sizes = {name: value for name, value in architecture.items() if name != "type"}
    config = AutoConfig.for_model(
        architecture["type"],
        vocab_size=SIZE,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=IDS[PAD],
        bos_token_id=None,
        eos_token_id=IDS[END],
        **sizes,
    )
    return auto.from_config(config, dtype=torch.float32, trust_remote_code=False)


def loaded(parent: Path) -> Any:
    """Read the model to continue from."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(parent, dtype=torch.float32, trust_remote_code=False)


def save(model: Any, folder: Path, card: str) -> None:
    """Write weights, configuration, tokenizer and card."""
    from transformers import GenerationConfig

    generation: Any = GenerationConfig
    model.generation_config = generation(pad_token_id=IDS[PAD], eos_token_id=IDS[END])
    model.save_pretrained(folder)
    save_tokenizer(folder)
    (folder / "README.md").write_text(card, encoding="utf-8")


def listed(weights: dict[str, float]) -> str:
    """A mixture in words."""
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def main(
    parent: list[Path],
    model: Path,
    architecture: dict[str, Any] | None,
    corpus: dict[str, dict[str, float]],
    training: dict[str, Any],
    seed: int,
) -> None:
    """Train the model of ``architecture``, or else the parent, on a corpus: weights of kinds, levels and styles."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if len(parent) > 1:
        raise UserError(f"{model}: a model has one parent at most, not {len(parent)}")
    if not parent and not architecture:
        raise UserError(f"{model}: a model needs an architecture or a parent")
    recipe, plan = checked(corpus), Plan(**training)
    learner = loaded(parent[0]) if parent else made(architecture or {}, seed)
    with working("pretraining"):
        losses = train(learner, lambda rng: example(recipe, rng), plan, Random(seed))
    tail = losses[-20:]
    loss = sum(tail) / len(tail)
    print(f"{model}: {plan.steps} steps, loss {loss:.4f}")
    config = learner.config
    card = CARD.format(
        name=model.name,
        parameters=learner.num_parameters(),
        type=config.model_type,
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        parent=parent[0].name if parent else "none",
        steps=plan.steps,
        tokens=plan.tokens_per_step,
        seed=seed,
        loss=loss,
        kinds=listed(recipe.kinds),
        levels=listed(recipe.levels),
        styles=listed(recipe.styles),
    )
    save(learner, model, card)


if __name__ == "__main__":
    run(main, warm=True)

"""What is divided over devices, and what a job asks for."""

import pytest
from mixdistill.errors import UserError
from mixdistill.resources import activation_bytes, needs
from mixdistill.training import zero


@pytest.fixture
def architecture():
    """A model of 7.6 billion parameters, of which only the shape is made (Qwen2.5-7B)."""
    from transformers import Qwen2Config

    return Qwen2Config(
        vocab_size=152_064,
        hidden_size=3584,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        intermediate_size=18_944,
        tie_word_embeddings=False,
    )


@pytest.mark.parametrize(
    ("ranks", "memory", "lora", "stage"),
    [(1, 80e9, False, 0), (4, 80e9, False, 2), (2, 80e9, False, 3), (8, 24e9, False, 3), (2, 80e9, True, 2)],
)
def test_weights_are_divided_where_they_do_not_fit_whole(monkeypatch, architecture, ranks, memory, lora, stage):
    monkeypatch.delenv(zero.CHOICE, raising=False)
    monkeypatch.setattr(zero, "device_bytes", lambda ranks: memory)
    assert zero.parameters(architecture) == pytest.approx(7.6e9, rel=0.01)
    assert zero.stage(architecture, lora, 16_384, ranks) == stage


def test_the_environment_overrules_the_choice_on_several_devices_alone(monkeypatch, architecture):
    monkeypatch.setattr(zero, "device_bytes", lambda ranks: 80e9)
    monkeypatch.setenv(zero.CHOICE, "3")
    assert [zero.stage(architecture, False, 1000, ranks) for ranks in (1, 8)] == [0, 3]
    monkeypatch.setenv(zero.CHOICE, "1")
    with pytest.raises(UserError, match="MIXDISTILL_ZERO=1: must be 2 or 3"):
        zero.stage(architecture, False, 1000, 8)


@pytest.mark.parametrize("stage", [2, 3])
def test_nothing_is_moved_to_the_cpu(stage):
    made = zero.config(stage)
    assert made["zero_optimization"]["stage"] == stage
    assert "offload" not in str(made)
    assert ("stage3_gather_16bit_weights_on_model_save" in made["zero_optimization"]) == (stage == 3)


def test_activations_grow_with_tokens_and_size():
    assert activation_bytes(7e9, 2000) == 2 * activation_bytes(7e9, 1000)
    assert activation_bytes(7e10, 1000) > activation_bytes(7e9, 1000)


@pytest.mark.parametrize(
    ("stage", "parameters", "tokens", "gpus", "nodes"),
    [
        ("sft", 1e5, 4096, 0, 1),
        ("sft", 3.1e9, 32_768, 1, 1),
        ("sft", 7.6e9, 32_768, 4, 1),
        ("lora", 1.4e10, 16_384, 1, 1),
        ("lora", 3.2e10, 16_384, 2, 1),
        ("lora", 7e10, 16_384, 4, 1),
        ("sft", 7e10, 4096, 32, 4),
    ],
)
def test_training_asks_for_the_gpus_that_hold_it(stage, parameters, tokens, gpus, nodes):
    asked = needs(stage, parameters, tokens)
    assert (asked["gpu"], asked["nodes"]) == (gpus, nodes)

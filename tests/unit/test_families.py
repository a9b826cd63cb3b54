"""The stand-ins are what they stand for: their tokenizers load and behave as the published ones do."""

import pytest
from families import FAMILIES, chat_template, family_model


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stand_in_loads_with_its_control_tokens_in_one_piece(family, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = family_model(tmp_path, family)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    one = FAMILIES[family]
    for token in {one.eos, *one.stops, *one.special, *one.visible}:
        assert tokenizer.tokenize(f"3{token}4")[-2] == token
    begun = [tokenizer.bos_token_id] if one.adds_bos else []
    assert tokenizer("x")["input_ids"] == [*begun, *tokenizer("x", add_special_tokens=False)["input_ids"]]
    assert tokenizer.eos_token == one.eos
    assert tokenizer.pad_token == one.pad
    assert tokenizer.chat_template == chat_template(family)
    assert model.config.model_type == one.model_type
    text = "Let $x^2 = 12345$, é, 数, 🙂:\n\n  \\frac{1}{2}"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text

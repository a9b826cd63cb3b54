"""Token ids of chats: what is trained on is what is asked, and it ends."""

import pytest
from mixdistill.errors import UserError
from mixdistill.templates import Template
from models import CHATML, byte_model

THINKING = CHATML.replace("<|im_start|>assistant\n{% endif %}", "<|im_start|>assistant\n<think>\n{% endif %}")


@pytest.fixture
def tokenizer(tmp_path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(byte_model(tmp_path))


def test_prompt_and_completion_make_up_the_conversation(tokenizer):
    template = Template(tokenizer)
    written = template.prompt("1+1?") + template.completion("2")
    assert tokenizer.decode(written) == "<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>"
    assert written[-1] == template.end == tokenizer.eos_token_id


def test_what_the_template_begins_for_the_assistant_is_asked_with_it_and_never_twice(tokenizer):
    tokenizer.chat_template = THINKING
    template = Template(tokenizer)
    assert template.prefill == "<think>\n"
    assert tokenizer.decode(template.prompt("?")).endswith("assistant\n<think>\n")
    assert template.completion("<think>\nso 2") == template.completion("so 2")


def test_a_model_without_a_template_gets_plain_text_and_its_end(tokenizer):
    tokenizer.chat_template = None
    template = Template(tokenizer)
    assert tokenizer.decode(template.prompt("1+1?") + template.completion("2")) == "1+1?2<|im_end|>"


def test_a_turn_that_ends_otherwise_than_the_text_does_ends_as_the_template_says(tokenizer):
    tokenizer.eos_token = "<|pad|>"
    assert Template(tokenizer).end == tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_the_date_is_not_todays(tokenizer):
    tokenizer.chat_template = "{{ date_string }}" + CHATML
    assert tokenizer.decode(Template(tokenizer).prompt("?")).startswith("26 Jul 2024")


def test_a_completion_that_nothing_ends_is_refused(tokenizer):
    tokenizer.chat_template, tokenizer.eos_token = None, None
    with pytest.raises(UserError, match="needs an eos_token"):
        Template(tokenizer)


def test_a_template_that_asks_otherwise_than_it_writes_is_refused(tokenizer):
    tokenizer.chat_template = CHATML.replace("<|im_start|>assistant\n{% endif %}", "Answer:{% endif %}")
    with pytest.raises(UserError, match="writes a turn as .* but asks for one by"):
        Template(tokenizer)

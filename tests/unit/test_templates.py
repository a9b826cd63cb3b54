"""Token ids of chats: what is trained on is what is asked, and it ends."""

import gc
import os

import pytest
from mixdistill import rendering
from mixdistill.errors import UserError
from mixdistill.proof import traps
from mixdistill.proof.readings import by_transformers
from mixdistill.rendering import DATE, NOW
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


def test_a_template_that_asks_the_clock_writes_the_same_on_all_days(tokenizer, tmp_path, monkeypatch):
    from transformers.utils import chat_template_utils

    tokenizer.chat_template = "{{ strftime_now('%d %B %Y %H:%M') }} {{ range(10**5)|random }} " + CHATML
    template = Template(tokenizer)
    first = template.prompt("?")
    assert tokenizer.decode(first).startswith("26 July 2024 12:00 ")
    monkeypatch.setattr(chat_template_utils, "datetime", None)  # nobody asks the real one, on whatever day
    assert Template(tokenizer).prompt("?") == first == by_transformers(template, ["?"])[0]
    assert traps.of_template(template)["clock"].endswith("it is used; here that is always 26 Jul 2024, 12:00.")
    tokenizer.chat_template = "{{ date_string or strftime_now('%d %b %Y') }}" + CHATML
    assert "today's date unless told one" in traps.of_template(Template(tokenizer))["date"]
    assert NOW.strftime("%d %b %Y") == DATE


def test_many_prompts_are_the_same_as_one_by_one_and_go_through_the_door_together(tokenizer, monkeypatch):
    monkeypatch.setattr(rendering, "CHARACTERS", 3_000)
    template = Template(tokenizer)
    texts = [f"{n}: é" for n in range(600)] + ["x" * rendering.CHARACTERS, "y"]
    asked = []
    monkeypatch.setattr(template.renderer.process, "ask", ask_and_note(template.renderer.process.ask, asked))
    together = template.prompts(texts)
    assert [len(conversations) for conversations, *_ in asked] == [256, 256, 88, 1, 1]
    assert together[:600:100] == [template.prompt(text) for text in texts[:600:100]]
    assert template.prompts([]) == []


def ask_and_note(ask, asked):
    return lambda question, seconds: asked.append(question) or ask(question, seconds)


def test_a_template_that_is_slow_for_all_prompts_ends_by_their_number(tokenizer, monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 0.3)
    monkeypatch.setattr(rendering, "EACH", 0.001)
    slow = "{% for a in range(99999) %}{% for b in range(20) %}{% endfor %}{% endfor %}"
    tokenizer.chat_template = "{% if 'what' in messages[0]['content'] %}" + slow + "{% endif %}" + CHATML
    with pytest.raises(UserError, match=r"takes more than 0\.309 s, for one of 10 conversations, of which the first"):
        Template(tokenizer).prompts(["what?"] * 10)  # none takes 0.3 s, all together do
    template = Template(tokenizer)
    with pytest.raises(UserError, match=r"its chat template takes more than 0\.6\d+ s for \d+ conversations; mend"):
        [template.prompt("what?") for _ in range(99)]


def test_a_completion_that_nothing_ends_is_refused(tokenizer):
    tokenizer.chat_template, tokenizer.eos_token = None, None
    with pytest.raises(UserError, match="needs an eos_token"):
        Template(tokenizer)


def test_a_template_that_asks_otherwise_than_it_writes_is_refused(tokenizer):
    tokenizer.chat_template = CHATML.replace("<|im_start|>assistant\n{% endif %}", "Answer:{% endif %}")
    with pytest.raises(UserError, match="writes a turn as .* but asks for one by"):
        Template(tokenizer)


HOSTILE = {
    "loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}" + CHATML,
        r"its chat template takes more than 0.2 s, for a conversation of user and assistant",
    ),
    "fills the memory": ("{% set x = 'a' * 3000000000 %}" + CHATML, "its chat template takes more than 512 MiB"),
    "fills the memory in lists": (
        "{% set n = namespace(x='aaaaaaaaaaaaaaaa') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "its chat template takes more than 512 MiB",
    ),
    "writes too much": ("{{ 'a' * 300000 }}" + CHATML, r"its chat template writes 300,\d+ characters"),
    "fails": ("{{ 1 // 0 }}" + CHATML, r"its chat template fails \(ZeroDivisionError: "),
    "refuses": ("{{ raise_exception('no\nway') }}", r"refuses a conversation of user and assistant \(no way\); mend"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_template_that_takes_too_much_is_one_line(tokenizer, monkeypatch, kind):
    tokenizer.chat_template, message = HOSTILE[kind]
    monkeypatch.setattr(rendering, "SECONDS", 0.2 if kind == "loops" else 60)
    with pytest.raises(UserError, match=message) as caught:
        Template(tokenizer)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("mend the template in a local copy of the model")


def test_a_template_that_is_bad_for_long_messages_only_is_found_when_it_is_tried(tokenizer):
    tokenizer.chat_template = CHATML + "{% if messages[0]['content']|length > 5000 %}{{ 'a' * 3000000 }}{% endif %}"
    template = Template(tokenizer)
    with pytest.raises(UserError, match=r"writes 3,\d+,\d+ characters, for a conversation of .* with \d+,\d+ char"):
        template.probe()
    assert tokenizer.decode(template.prompt("1+1?")).endswith("assistant\n")  # which goes on after a refusal


def test_a_template_that_is_bad_for_some_prompts_only_is_one_line_then(tokenizer, monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 0.2)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    tokenizer.chat_template = "{% if 'now' in messages[0]['content'] %}" + loop + "{% endif %}" + CHATML
    template = Template(tokenizer)
    template.probe()
    known = template.prompt("1+1? é")
    with pytest.raises(UserError, match="takes more than 0.2 s, for a conversation of user with 3 characters"):
        template.prompt("now")
    assert template.prompt("1+1? é") == known


def test_what_renders_ends_with_its_template(tokenizer):
    template = Template(tokenizer)
    process = template.renderer.process.process
    os.kill(process, 0)
    del template
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)

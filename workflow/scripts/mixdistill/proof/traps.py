"""Where a model's chats differ from what one would guess: what a proof tells its reader."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from mixdistill.errors import UserError
from mixdistill.proof.probes import COMPLETIONS, PROBLEMS
from mixdistill.rendering import DATE, NOW
from mixdistill.templates import MARK, Template, user

ANSWER = "ANSWER"
"""Stands for what the assistant writes."""

LATER = NOW + timedelta(days=1_000, hours=5, minutes=7)
"""Another time."""


def assistant(text: str) -> dict[str, str]:
    """An assistant's message."""
    return {"role": "assistant", "content": text}


def turn(template: Template) -> dict[str, str]:
    """What the template writes around a user's message and its answer.

    Raises:
        UserError: it writes a plain answer otherwise than it is taught.
    """
    if template.tokenizer.chat_template is None:
        return {"before": "", "between": "", "after": template.tokenizer.decode([template.end])}
    whole = template.rendered([user(MARK), assistant(ANSWER)])
    before, _, rest = whole.partition(MARK)
    between, _, after = rest.partition(ANSWER)
    question, answer, end = PROBLEMS["plain"], COMPLETIONS["plain"], template.tokenizer.decode([template.end])
    plain = template.rendered([user(question), assistant(answer)])
    if not plain.startswith(before + question + between + answer + end):
        raise UserError(
            f"{template.tokenizer.name_or_path}: its chat template writes {plain!r}, but teaching writes "
            f"{before + question + between + answer + end!r}; mend the template in a local copy of the model"
        )
    return {"before": before, "between": between, "after": after}


def found(template: Template, folder: Path) -> dict[str, str]:
    """What a reader should know of a model's chats, a sentence each."""
    tokenizer = template.tokenizer
    ends = name(template, template.end)
    eos = "which it has not" if tokenizer.eos_token_id is None else name(template, tokenizer.eos_token_id)
    told: dict[str, str] = {}
    if tokenizer.chat_template is not None:
        told |= of_template(template)
    elif tokenizer("x")["input_ids"] != tokenizer("x", add_special_tokens=False)["input_ids"]:
        told["beginning"] = f"The tokenizer puts {name(template, tokenizer('x')['input_ids'][0])} before a prompt."
    if template.end != tokenizer.eos_token_id:
        told["end"] = f"A turn ends with {ends}, not with the tokenizer's eos_token, {eos}."
    if template.end not in published_stops(folder):
        told["stops"] = f"The model's own list of end tokens lacks {ends}: other programs would not stop there."
    if tokenizer.pad_token_id is None:
        told["padding"] = f"There is no token for padding; {eos} pads, without a label."
    elif tokenizer.pad_token_id == template.end:
        told["padding"] = f"{ends} pads too: a trainer that leaves out labels by token would never teach to stop."
    control = read_as_control(template)
    if control:
        told["control"] = f"Written in a problem, these are control tokens: {', '.join(dict.fromkeys(control))}."
    return told


def of_template(template: Template) -> dict[str, str]:
    """What is peculiar to the chat template."""
    tokenizer, told = template.tokenizer, {}
    asked: list[Any] = [user(MARK)]
    text = template.rendered(asked, add_generation_prompt=True)
    once, twice = (tokenizer(text, add_special_tokens=more)["input_ids"] for more in (False, True))
    if once != twice:
        told["beginning"] = f"Tokenizing the chat as a text puts a second {name(template, twice[0])} before it."
    if template.rendered(asked, date="1 Jan 1970") != template.rendered(asked):
        asks = template.rendered(asked, date=None, now=LATER) != template.rendered(asked, date=None)
        date = "today's date" if asks else DATE
        told["date"] = f"The template writes {date} unless told one; here it is always told {DATE}."
    if template.rendered(asked, now=LATER) != template.rendered(asked):
        told["clock"] = f"The template writes the time at which it is used; here that is always {NOW:%d %b %Y, %H:%M}."
    if template.prefill:
        told["prefill"] = f"A prompt ends with {template.prefill!r}, which no completion repeats."
    if template.rendered([user(" x ")]) == template.rendered([user("x")]):
        told["problem"] = "Blanks around a problem are dropped."
    changed = [
        kind
        for kind, completion in COMPLETIONS.items()
        if completion not in template.rendered([user(MARK), assistant(completion)])
    ]
    if changed:
        told["completion"] = (
            "The template would not write these completions as they are, which are taught as they are: "
            f"{', '.join(changed)}."
        )
    after = turn(template)["after"].removeprefix(tokenizer.decode([template.end]))
    if after:
        told["after"] = f"The template writes {after!r} after the end of a turn; it is not taught."
    return told


def name(template: Template, token: int) -> str:
    """A token as it is written."""
    return f"`{template.tokenizer.convert_ids_to_tokens(token)}`"


def read_as_control(template: Template) -> list[str]:
    """Control tokens that the problem of control tokens is read as."""
    tokenizer = template.tokenizer
    specials = set(tokenizer.added_tokens_decoder)
    ids = tokenizer(PROBLEMS["control"], add_special_tokens=False)["input_ids"]
    return [name(template, token) for token in ids if token in specials]


def published_stops(folder: Path) -> set[int]:
    """End tokens that a model's generation_config.json lists, or else its config.json."""
    for name in ("generation_config.json", "config.json"):
        file = folder / name
        ends = json.loads(file.read_text("utf-8")).get("eos_token_id") if file.is_file() else None
        if ends is not None:
            return set(ends if isinstance(ends, list) else [ends])
    return set()

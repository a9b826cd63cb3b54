"""Conversations in rows: OpenAI's ``messages`` (role, content) and ShareGPT's ``conversations`` (from, value)."""

from typing import Any, NamedTuple

from mixdistill.data.values import shown
from mixdistill.errors import UserError

ROLES = {
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
}
"""Names of a speaker to ours; ``model`` is Gemma's. Any other, such as a tool, is refused."""
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Keys that hold an assistant's thoughts beside its content (DeepSeek's and vLLM's servers, gpt-oss)."""


class Exchange(NamedTuple):
    """One question and its reply; what a conversation lacks is None."""

    system: str | None
    problem: str | None
    completion: str | None


def is_conversation(value: Any) -> bool:
    """Return whether a value is a list of turns."""
    return isinstance(value, list) and bool(value) and all(isinstance(turn, dict) for turn in value)


def exchange(turns: list[dict[str, Any]], place: str) -> Exchange:
    """Return the system turn, the problem and the completion of a conversation of one exchange.

    Raises:
        UserError: a turn is of a tool, is no text or unknown, or there are earlier turns, which would be lost.
    """
    found: dict[str, str] = {}
    said = [speaker(turn, f"{place}, turn {number}") for number, turn in enumerate(turns, 1)]
    for number, (role, turn) in enumerate(zip(said, turns, strict=True), 1):
        if role in found or (role == "system" and found) or (role == "user" and "assistant" in found):
            raise UserError(
                f"{place}: {len(turns)} turns ({', '.join(said)}) where one of the user and one of the assistant are "
                "expected; earlier turns would be lost: cut the conversations to one exchange per row"
            )
        found[role] = content(turn, role, f"{place}, turn {number}")
    return Exchange(found.get("system"), found.get("user"), found.get("assistant"))


def speaker(turn: dict[str, Any], place: str) -> str:
    """Return who speaks: system, user or assistant."""
    name = turn.get("role") or turn.get("from")
    if not isinstance(name, str) or name.lower() not in ROLES:
        said = f"role {name!r}" if name else f"no role and no from (it has {', '.join(turn)})"
        raise UserError(f"{place}: {said}; turns are of {', '.join(sorted(ROLES))}, and nothing else is taught")
    return ROLES[name.lower()]


def content(turn: dict[str, Any], role: str, place: str) -> str:
    """Return the text of a turn; thoughts that stand beside it come first, as chat templates write them."""
    key = "value" if turn.get("content") is None and "value" in turn else "content"
    value = turn.get(key)
    if isinstance(value, list) and value and all(is_text(part) for part in value):
        value = "".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise UserError(f"{place}: its {key} is {shown(value)}, where text is expected")
    if turn.get("tool_calls"):
        raise UserError(f"{place}: it calls a tool, which is not taught; leave such rows out")
    thoughts = next((turn[key] for key in THOUGHTS if turn.get(key)), None)
    if thoughts is None or value.lstrip().startswith("<think>"):
        return value
    if role != "assistant" or not isinstance(thoughts, str):
        raise UserError(
            f"{place}: the {role} has thoughts that are {shown(thoughts)}; only an assistant's text is taught"
        )
    return f"<think>\n{thoughts.strip()}\n</think>\n\n{value.lstrip()}"


def is_text(part: Any) -> bool:
    """Return whether a part of a turn's content is text."""
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)

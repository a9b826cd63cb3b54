"""Thoughts in a completion: what a reasoning model writes between ``<think>`` and ``</think>`` before it answers."""

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "◁think▷": "◁/think▷",
    "<|channel|>analysis": "<|channel|>final",
}
"""What opens thoughts and what closes them, in small letters, by model family; the last two: Kimi-VL, and gpt-oss,
whose thoughts end where its answer begins."""


def unclosed_thoughts(text: str) -> int | None:
    """Return the position where thoughts begin that never close; None where all of them close, or there are none."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that has no small one of its length
        lowered = text
    opened = (lowered.find(tag, lowered.rfind(ending) + 1) for tag, ending in TAGS.items())
    return min((position for position in opened if position >= 0), default=None)


def without_unclosed_thoughts(text: str) -> str:
    """Return what a completion says before thoughts that never close; the whole text where all of them close."""
    return text[: unclosed_thoughts(text)]

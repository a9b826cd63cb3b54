"""What may be a key, a token or a password: refused in an experiment, and repeated in no message."""

import re

NAMES = re.compile(
    r"(?i)(^|[_ -])(api_?)?(key|token|secret|passw(or)?d|passwd|passphrase|pwd|pat|auth|authorization|bearer|cookies?"
    r"|credentials?)$"
)
VALUES = re.compile(
    r"\bhf_[A-Za-z0-9]{20,}"
    r"|\b(?:sk|pk|rk)[-_](?=[A-Za-z_-]{0,60}\d)(?:[a-z0-9]{1,8}[-_]){0,2}[A-Za-z0-9]{20,}"
    r"|\bsk-(?:proj|ant|or)-(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,}"
    r"|\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,})"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}"
    r"|\beyJ[\w-]{10,200}\.eyJ[\w-]{10}[\w.-]*"
    r"|(?i:\bauthorization\b[\"' :=]{1,5}(?:bearer|basic)) +[A-Za-z0-9+/._~=-]{8,}"
    r"|(?i:\bbearer) +(?=[A-Za-z+/._~-]{0,200}\d)(?:sk-[A-Za-z0-9_-]{8,}|[A-Za-z0-9+/._~=]{16,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
"""Keys of the hub, of OpenAI and those like it, GitHub, GitLab, Slack, Amazon and Google, signed tokens, headers."""

MASK = "***"


def is_secret(name: str) -> bool:
    """Tell whether a name, also one likeThis, is one of a key, a password or the like, which max_tokens is not."""
    return NAMES.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[-100:])) is not None


def looks_secret(text: str) -> bool:
    """Tell whether a text holds what looks like a key."""
    return VALUES.search(text) is not None


def masked(text: str) -> str:
    """Return a text without what looks like a key in it."""
    return VALUES.sub(MASK, text)

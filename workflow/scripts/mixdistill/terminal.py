"""Text of others on a terminal and in a log: one line, and nothing in it that a terminal obeys or hides."""


def visible(text: object, keep: str = "") -> str:
    """Return a text with everything that cannot be seen written as an escape, such as ``\\x1b``.

    These are control characters, line separators, marks that turn the direction of writing, characters without width,
    halves of characters, and blanks that are not U+0020. What is visible stays as it is.

    Args:
        text: whatever is to be shown.
        keep: characters that stay, such as line breaks of our own.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() or char in keep else repr(char)[1:-1] for char in shown)

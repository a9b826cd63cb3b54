"""Text of others on a terminal and in a log: one line, and nothing in it that a terminal obeys or hides."""

import unicodedata

EMPTY = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Characters that Python calls printable, and of which nothing is to be seen (Default_Ignorable_Code_Point)."""
SELECTORS = frozenset(char for char in EMPTY if "VARIATION SELECTOR" in unicodedata.name(char))
"""They choose a form of the character before them."""
NON_JOINER, JOINER = "\u200c", "\u200d"
MARKS = frozenset("\u061c\u200e\u200f")
"""Left-to-right, right-to-left and Arabic letter mark."""
JOINING = {
    *("ARABIC", "SYRIAC", "MANDAIC", "MONGOLIAN", "NKO", "ADLAM", "HANIFI", "DEVANAGARI", "BENGALI", "GURMUKHI"),
    *("GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "MYANMAR", "KHMER", "TIBETAN"),
}
"""How the names of letters begin whose form depends on their neighbours."""
DRAWN = frozenset("\u2194\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Parts of emoji that are no symbols to Unicode: an arrow to both sides, tones of skin."""
VARIED = {"CJK", "MONGOLIAN", "MYANMAR", "PHAGS-PA", "DOUBLE", "EXCLAMATION"}
"""How the names of characters begin that have other forms; the last two are marks in pairs."""
VIRAMA = 9
"""Combining class of signs that take a letter's vowel."""


def visible(text: object, keep: str = "") -> str:
    """Return a text with everything that cannot be seen written as an escape, such as ``\\x1b``.

    These are control characters, line separators, marks that turn the direction of writing, characters without width,
    halves of characters, and blanks that are not U+0020. What is visible stays as it is, and what writing needs:
    joiners in scripts that join and in emoji (as in UAX #31), a selector behind what it may change, and marks for the
    direction of what is next to them, where something is written from right to left. Those that turn whole passages,
    with which text can be put in another order than it is read by programs ("Trojan Source"), never stay.

    Args:
        text: whatever is to be shown.
        keep: characters that stay, such as line breaks of our own.
    """
    shown = str(text)
    if shown.isprintable() and (shown.isascii() or EMPTY.isdisjoint(shown)):
        return shown
    turns = not MARKS.isdisjoint(shown) and any(map(is_leftward, shown))
    made: list[str] = []
    for char, after in zip(shown, [*shown[1:], ""], strict=True):
        stays = (
            char in keep
            or (char.isprintable() and char not in EMPTY)
            or (char in MARKS and turns)
            or (char in SELECTORS and bool(made) and takes_selector(made[-1], after))
            or (char in (NON_JOINER, JOINER) and joins(made, char, after))
        )
        made.append(char if stays else char.encode("unicode_escape").decode())
    return "".join(made)


def is_leftward(char: str) -> bool:
    """Return whether a character is a letter that is written from right to left."""
    return char.isalpha() and unicodedata.bidirectional(char) in ("R", "AL")


def takes_selector(char: str, after: str) -> bool:
    """Return whether a character has other forms: a symbol, an ideograph, a digit on a key."""
    if len(char) != 1 or char.isascii():
        return after == "\u20e3" and char in "#*0123456789"
    return unicodedata.category(char) in ("So", "Sm") or unicodedata.name(char, "").partition(" ")[0] in VARIED


def joins(before: list[str], joiner: str, after: str) -> bool:
    """Return whether a joiner has an effect: between letters of a script that joins, behind a virama, in an emoji."""
    last = before[-1] if before else ""
    if is_joining(last) and (is_joining(after) or (joiner == JOINER and unicodedata.combining(last) == VIRAMA)):
        return True
    drawn = before[-2] if last == "\ufe0f" and len(before) > 1 else last
    return joiner == JOINER and is_drawn(drawn) and is_drawn(after)


def is_joining(char: str) -> bool:
    """Return whether a character is a letter, or a sign on one, whose form depends on its neighbours."""
    if len(char) != 1 or unicodedata.category(char)[0] not in "LM":
        return False
    return unicodedata.name(char, "").partition(" ")[0] in JOINING


def is_drawn(char: str) -> bool:
    """Return whether a character is a part of an emoji."""
    return len(char) == 1 and (unicodedata.category(char) == "So" or char in DRAWN)

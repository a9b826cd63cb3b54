"""Times of day as answers."""

import re

TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?\s*(?:\\text)?\s*\{?\s*([ap])?\.?\s*m?\.?\s*\}?", re.IGNORECASE)

NOON = re.compile(r"(?:12(?::00)?\s*)?(noon|midnight)", re.IGNORECASE)


def time_of_day(text: str) -> tuple[int, int, int, str] | None:
    """Hour, minute, second and ``a``, ``p`` or ``""`` of a time; None for anything else."""
    bare = re.sub(r"\\text\{([^{}]*)\}|\{([^{}]*)\}", r"\1\2", text).strip()
    noon = NOON.fullmatch(bare)
    bare = f"12:00 {'p' if noon[1].lower() == 'noon' else 'a'}m" if noon else bare
    found = TIME.fullmatch(bare)
    if found is None or int(found[1]) > 24:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0), (found[4] or "").lower()


def same_time(one: tuple[int, int, int, str], other: tuple[int, int, int, str]) -> bool:
    """Compare times; morning and afternoon are compared if both say which, or one is on the 24 hour clock."""
    halves = one[3], other[3]
    if not all(halves) and max(one[0], other[0]) <= 12:
        return one[:3] == other[:3]
    hours = [each[0] % 12 + 12 * (each[3] == "p") if each[3] else each[0] for each in (one, other)]
    return hours[0] == hours[1] and one[1:3] == other[1:3]

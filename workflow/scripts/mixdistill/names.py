"""Names with a meaning of their own."""

UNTRAINED = "untrained"
"""The mixture of no data: the student as it came."""

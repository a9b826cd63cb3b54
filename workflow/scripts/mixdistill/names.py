"""Names with a meaning of their own."""

UNTRAINED = "untrained"
"""The mixture of no data: the student as it came."""

UNPINNED = "unpinned"
"""The revision of a repository whose commit is still to be written into the experiment."""

AGAIN = "~again"
"""Behind a mixture's name: the same models, asked again in batches of another size."""

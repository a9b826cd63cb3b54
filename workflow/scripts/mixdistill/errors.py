"""What a user got wrong, in one line that names the place, the value and the fix."""

from mixdistill.terminal import visible


class UserError(Exception):
    """A mistake in a config, a file or an argument: shown as one line, never as a stack trace.

    Of several mistakes each is an argument and a line. A line break inside one came with the text of others, such as
    a file's name or a server's message, and is written as an escape like all that a terminal would obey.
    """

    def __init__(self, *lines: object) -> None:
        """Take the lines."""
        super().__init__(*map(visible, lines))

    def __str__(self) -> str:
        """Return the lines as they are shown."""
        return "\n".join(self.args)

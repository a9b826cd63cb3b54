"""What a user got wrong, in one line that names the place, the value and the fix."""


class UserError(Exception):
    """A mistake in a config, a file or an argument: shown as one line, never as a stack trace."""

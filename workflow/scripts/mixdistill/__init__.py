"""Library of the workflow: what the rules share. Only the standard library is imported at import time."""

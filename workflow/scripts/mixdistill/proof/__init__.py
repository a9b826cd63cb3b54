"""Proof, before a GPU is used, that a model is taught in the very tokens in which it will be asked."""

import json
from pathlib import Path

from mixdistill.errors import UserError


def require(proof: Path, fingerprint: str) -> None:
    """See that a proof is about a model.

    Raises:
        UserError: it is about another one.
    """
    proven = json.loads(proof.read_text("utf-8"))["model"]
    if proven != fingerprint:
        raise UserError(
            f"{proof}: proves the model {proven}, but what lies there now is {fingerprint}; delete this file, so that "
            "the proof is made again"
        )

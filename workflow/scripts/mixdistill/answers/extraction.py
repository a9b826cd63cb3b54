"""The final answer of a completion."""

import re

from mixdistill.answers.boxes import last_box

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


def extracted(completion: str, policy: str) -> str | None:
    """The final answer under a policy (``boxed`` or ``last-number``); None where there is none.

    ``last-number`` prefers a box, as GSM8K answers of models trained on MATH have one.
    """
    box = last_box(completion)
    if box is not None or policy == "boxed":
        return box
    numbers = NUMBER.findall(completion)
    return numbers[-1].rstrip(",") if numbers else None

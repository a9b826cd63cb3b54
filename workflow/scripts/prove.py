"""Prove that a student is taught in the very tokens in which it will be asked, and that it is taught to end."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from mixdistill.entry import run
from mixdistill.jsonl import write_json
from mixdistill.proof import fitting, teaching, traps
from mixdistill.templates import Template
from mixdistill.terminal import visible
from mixdistill.training.machine import trackers
from mixdistill.weights import located

SHOWN = (
    "training and inference have the same chat template",
    "the token ids of every prompt are the same in training and inference, and in the readings that agree",
    "a completion begins where its prompt ends, with the same token ids in training and inference",
    "every token of a completion has a label, the token that ends it too; no token of a prompt has one, nor padding",
    "inference stops at the token that ends a completion",
    "it is so in padded and in packed batches, as TRL's collator makes them",
)


def main(base: Path, encoding: Path, proof: Path, student: str, settings: list[dict[str, Any]]) -> None:
    """Write the proof for a student, from what ``encode.py`` wrote; no weights are loaded.

    ``settings`` are the different ``max_length`` and ``lora`` that it is trained with. Problems and completions are
    those of ``mixdistill.proof.probes``.
    """
    trackers()  # what training would refuse is said before a teacher is asked
    weights = located(base, [])
    weights.check()
    template = Template(weights.load_tokenizer())
    asked = json.loads(encoding.read_text("utf-8"))
    texts = [*(prompt["ids"] for prompt in asked["prompts"]), *asked["completions"].values()]
    fitting.check(f"students.{student}", weights.configuration(), {token for ids in texts for token in ids}, settings)
    compared = teaching.check(asked["reader"], asked, template)
    first = asked["prompts"][0]
    pieces = template.tokenizer.convert_ids_to_tokens
    write_json(
        proof,
        {
            "student": student,
            "model": weights.fingerprint(),
            "template": template.digest(),
            "reads": asked["reads"],
            "turn": traps.turn(template),
            "end": pieces(template.end),
            "stops": pieces(asked["stops"]),
            "shown": SHOWN,
            "agrees": [asked["engine"], *asked["agrees"], "training"],
            "compared": {
                "prompts": len(asked["prompts"]),
                "completions": len(asked["completions"]),
                "tokens": compared,
            },
            "notes": traps.found(template, Path(weights.base)),
            "prompt": pieces(first["ids"]),
            "completion": pieces(asked["completions"]["plain"]),
            "versions": {
                "inference": asked["versions"],
                "training": {name: import_module(name).__version__ for name in ("transformers", "tokenizers", "trl")},
            },
        },
    )
    print(visible(f"{asked['reader']}: {compared} tokens of training and inference compared, all the same"))


if __name__ == "__main__":
    run(main, warm=True)

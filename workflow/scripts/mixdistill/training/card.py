"""The card of a trained model: data, parents, settings, machine and versions."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mixdistill.jsonl import dumped
from mixdistill.portable import portable
from mixdistill.terminal import visible
from mixdistill.weights import Weights

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""What decides a result beside data and settings."""


PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9])?")
"""A teacher's name that is no markup; those of training sets that exist already are text of others."""
MOST = 50
"""Teachers that the card lists."""


def card(weights: Weights, mixture: Path, settings: dict[str, Any], report: dict[str, Any]) -> str:
    """A model card in Markdown, with the hub's metadata on top.

    Args:
        weights: what was trained further.
        mixture: the file of the training rows; its name is the mixture's.
        settings: the student's ``sft``, and the seed.
        report: the content of ``training.json``.
    """
    repository, _, commit = (weights.origin or "").partition("@")
    parent = [f"base_model: {repository}", f"base_model_revision: {commit}"] if repository else []
    listed = list(report["teachers"].items())
    shown = [(teacher if PLAIN.fullmatch(str(teacher)) else code(teacher), counts) for teacher, counts in listed[:MOST]]
    rows = [
        f"| {teacher} | {counts['training rows']} | {counts['validation rows']} | {counts['rows without completion']} "
        f"| {counts['cut rows']} | {counts['prompt tokens']} | {counts['completion tokens']} |"
        for teacher, counts in [*shown, (f"**all {len(listed):,}**" if len(listed) > MOST else "**all**", report)]
    ]
    digest = hashlib.sha256(mixture.read_bytes()).hexdigest()
    lines = [
        "---",
        *parent,
        f"library_name: {'peft' if settings['lora'] else 'transformers'}",
        "pipeline_tag: text-generation",
        "tags: [mixdistill, sft]",
        "---",
        f"# {'An adapter' if settings['lora'] else 'A model'} fine-tuned on {mixture.stem}",
        "",
        f"Made by mixdistill with TRL from `{weights.origin or Path(weights.base).name}` (digest `{report['base']}`); "
        "the loss is on completions only.",
        "",
        "## Data",
        "",
        f"Mixture `{mixture.stem}`, {report['rows']} rows (SHA-256 `{digest}`), by who wrote the completions:",
        "",
        "| teacher | rows that teach | held out | without completion | cut | prompt tokens | completion tokens |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        "## Training",
        "",
        f"{report['steps']} steps; `loss.csv`, `loss.svg` and `training.json` have the course of it.",
        "",
        *(f"- {name}: {code(value)}" for name, value in settings.items()),
        *(f"- {name}: {code(value)} (chosen by the machine)" for name, value in report["machine"].items()),
        *(f"- {name} {version(name)}" for name in PACKAGES),
        "",
    ]
    return portable("\n".join(lines))


def code(value: Any) -> str:
    """A value as JSON in Markdown's backticks; those of the value, and bars, are escaped as JSON may have them."""
    return "`" + visible(dumped(value)).replace("`", r"\u0060").replace("|", r"\u007c") + "`"

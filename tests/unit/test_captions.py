"""Captions of Snakemake's report: text of an experiment is text in them, whatever it says."""

import html
import json
import re
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from docutils.core import publish_parts  # type: ignore[import-untyped]
from jinja2 import Environment, StrictUndefined
from mixdistill import workflow_report
from mixdistill.config.faults import experiment
from mixdistill.escaping import rst, rst_throughout
from mixdistill.plan import Plan
from mixdistill.rulebook.shown import AboutShown
from planning import REPO

CAPTIONS = REPO / "workflow" / "report"
HOSTILE = [
    "x\n\n.. include:: /etc/hostname\n",
    ".. include:: /etc/hostname",
    "x\n\n.. raw:: html\n\n   <script>alert(1)</script>\n",
    "\\",
    "** `unbalanced ``quotes *here |",
    "`here <javascript:alert(1)>`_ and http://example.invalid/x.png and a@example.invalid",
    ".. |date| image:: http://example.invalid/x.png",
    ":raw:`x` |date| [1]_ [#]_ word_ word__ _`target`",
    "* a list", "- a list", "1. a list", "(a) a list", ":field: x", "| line", ">>> code", "====", "-a option", "::", "..",
    "{{ 7 * 7 }} {% include 'x' %}",
    "\x00\x1b[31m \u202e \u2028",
]  # fmt: skip
ALLOWED = {"p", "strong", "em", "ul", "li"}
"""What our captions consist of."""


def rendered(template: str, **given: Any) -> tuple[str, str]:
    """Body and words of a caption, rendered as Snakemake does; anything that docutils complains of is a failure."""
    links = "\n\n.. _Workflow: javascript:show_panel('workflow')\n"
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    caption = environment.from_string((CAPTIONS / template).read_text() + links).render(**given)
    body = publish_parts(caption, writer="html", settings_overrides={"halt_level": 2})["body"]
    return body, " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    return dict(yaml.safe_load((REPO / "config" / "miniature.yaml").read_text()))


def looks(raw: dict[str, Any], text: str) -> dict[str, dict[str, Any]]:
    """Caption to what it quotes: a text in all places of an experiment that take one, all of them in footnotes."""
    given = json.loads(json.dumps(raw))
    given["note"] = text
    for section in ("tables", "figures", "mixtures", "students", "benchmarks", "sweeps"):
        for entry in given[section].values():
            entry["title"] = text
    given["judge"]["title"] = text
    for entry in [*given["tables"].values(), *given["figures"].values()]:
        entry["paper"] = text
        for pair in [entry["gap"]] if "gap" in entry else entry.get("gaps", []):
            pair["title"] = text
    about = AboutShown(Plan(experiment(given, "mine.yaml")))
    found = {}
    for name, entry in about.plan.entries().items():
        kind = {"gap-by-size": "size", "judge-audit": "judge"}.get(entry.kind, entry.kind).replace("-", "_")
        made = about.look_of(entry)
        found[f"{kind}_{'table' if name in given['tables'] else 'figure'}.rst"] = {
            **made,
            "rst": {**made["rst"], "footnotes": rst_throughout(HOSTILE)},
        }
    return found


@pytest.mark.parametrize("text", [HOSTILE[0], HOSTILE[2], "\\"])
def test_text_of_an_experiment_is_no_markup_in_captions(raw: dict[str, Any], text: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("mixdistill.config.faults.unmeant", lambda raw: iter(()))
    shown = " ".join(text.split())
    for template, look in looks(raw, text).items():
        body, words = rendered(template, snakemake=SimpleNamespace(params=SimpleNamespace(look=look)))
        assert set(re.findall(r"<(\w+)", body)) <= ALLOWED, template
        assert shown.isprintable() is False or shown in words, template


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_an_experiment_is_no_markup_in_the_description(text: str) -> None:
    config = {"name": "x", "note": text, "teachers": {"t": text}, "students": {"s": {}}, "benchmarks": {"b": {}}}
    given = SimpleNamespace(config={**config, "rst": rst_throughout({**config, "seeds": [1]})})
    body, words = rendered("workflow.rst", snakemake=given)
    assert set(re.findall(r"<(\w+)", body)) <= ALLOWED
    assert "Seeds: 1." in words


def test_every_caption_quotes_only_what_is_escaped() -> None:
    for path in CAPTIONS.glob("*.rst"):
        text = path.read_text()
        source = 'snakemake.config["rst"]' if path.name == "workflow.rst" else "snakemake.params.look.rst"
        assert text.count("snakemake.") == text.count(source) == 1, path.name


def test_plain_text_reads_as_it_is_written() -> None:
    text = "Größe: 5 % of 1,000 (Qwen2.5-3B), \\frac{1}{2} <b>"
    body = publish_parts(rst(text), writer="html")["body"]
    assert html.unescape(re.sub(r"</?(p|div)[^>]*>", "", body)).strip() == text


def test_json_of_snakemakes_report_stays_in_its_script(monkeypatch: Any) -> None:
    """Params hold titles as they are, and Snakemake writes them between script tags."""
    module = ModuleType("snakemake.report.html_reporter.made_up")
    module.json = json  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    workflow_report.guard()
    made = module.json.dumps({"params": "look={'note': '</script><script>alert(1)</script>'}"})  # type: ignore[attr-defined]
    assert "<" not in made
    assert json.loads(made)["params"].endswith("</script>'}")
    assert json.dumps("<") == '"<"'

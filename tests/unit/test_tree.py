"""What holds for the tree as a whole."""

import json

import pytest
from document_config import arguments, reference, vllm_arguments
from mixdistill.config.schema import Experiment
from mixdistill.config.sft_arguments import OURS, known
from planning import REPO

CACHES = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
FOLDERS = (".ci", "benchmarks", "config", "docs", "envs", "profiles", "rules", "tests", "workflow")


def files(*endings):
    """Files of the repository: those at its top, and those in its folders but for caches."""
    found = [path for path in REPO.iterdir() if path.is_file()]
    found += [path for folder in FOLDERS for path in (REPO / folder).rglob("*") if path.is_file()]
    return [path for path in found if path.name.endswith(endings or ("",)) and not CACHES & {*path.parts}]


def test_no_source_file_is_over_600_lines():
    sources = files(".py", ".smk", "Snakefile")
    assert len(sources) > 60
    long = {path.name: lines for path in sources if (lines := len(path.read_text().splitlines())) > 600}
    assert not long


def test_no_file_is_large():
    assert not [path for path in files() if path.stat().st_size > 500_000]


def test_the_reference_page_is_what_the_schema_says():
    assert (REPO / "config" / "README.md").read_text() == reference()


def test_the_json_schema_is_what_the_schema_says():
    assert json.loads((REPO / "config" / "schema.json").read_text()) == Experiment.model_json_schema()


def test_the_argument_names_are_those_of_the_pinned_trl():
    stored = json.loads((REPO / "workflow/scripts/mixdistill/config/sft_arguments.json").read_text())
    assert stored["arguments"] == arguments()
    assert f"- trl=={stored['trl']} " in (REPO / "envs" / "training.yaml").read_text()
    assert set(OURS) <= set(known())


@pytest.mark.vllm
@pytest.mark.usefixtures("vllm_is_here")
def test_the_argument_names_are_those_of_the_pinned_vllm():
    stored = json.loads((REPO / "workflow/scripts/mixdistill/config/engine_arguments.json").read_text())
    assert stored["arguments"] == vllm_arguments()
    assert f"- vllm=={stored['vllm']} " in (REPO / "envs" / "inference.yaml").read_text()

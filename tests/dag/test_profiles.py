"""Profiles can be read, name rules that exist, and forget none that may ask for a GPU."""

import re

import pytest
import yaml
from planning import REPO, jobs

PROFILES = sorted((REPO / "profiles").glob("*/config.yaml"))
SLURM = REPO / "profiles" / "slurm" / "config.yaml"


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    return {job.rule.name: job.rule for job in jobs(tmp_path_factory.mktemp("work"))}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_a_profile_names_rules_that_exist(path, rules):
    profile = yaml.safe_load(path.read_text())
    named = {*profile.get("set-resources", {}), *profile.get("groups", {})}
    assert named <= set(rules)
    assert set(profile.get("groups", {}).values()) == set(profile.get("group-components", {}))


def test_rules_that_may_ask_for_a_gpu_have_cores_and_a_warning(rules):
    asking = {name for name, rule in rules.items() if "gpu" in rule.resources}
    assert len(asking) >= 5
    assert set(yaml.safe_load(SLURM.read_text())["set-resources"]) == asking


def test_the_example_for_a_site_is_complete(rules):
    """The block that a site copies, without its comment signs, is YAML and has the same rules."""
    text = SLURM.read_text()
    block = re.search(r"^#   default-resources:\n(?:#   .*\n)+", text, re.MULTILINE)[0]
    example = yaml.safe_load(re.sub("^#   ", "", block, flags=re.MULTILINE))
    assert set(example["set-resources"]) == set(yaml.safe_load(text)["set-resources"])

"""Environments are pinned to the last package, agree with the local one, and resolve."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest
import yaml
from planning import REPO

ENVIRONMENTS = sorted((REPO / "envs").glob("*.yaml"))
OF_VLLM = {"transformers"}
"""vLLM wants an older version than training uses."""


def pins(text):
    found = re.findall(r"^\s*(?:- )?([\w.-]+)(?:\[[\w,]+\])?==(\S+)$", text, re.MULTILINE)
    return {canonical(name): version for name, version in found}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_which_there_are():
    assert [path.stem for path in ENVIRONMENTS] == ["analysis", "driver", "hub", "inference", "training"]


@pytest.mark.parametrize("env", ENVIRONMENTS, ids=lambda path: path.stem)
def test_what_a_person_pinned_is_what_the_local_environment_has(env):
    own, mark, needed = env.read_text().partition("What these need, written by lock.py")
    local = pins((REPO / "requirements.txt").read_text())
    differing = {name for name, version in pins(own).items() if local.get(name, version) != version}
    assert differing <= (OF_VLLM if env.stem == "inference" else set())
    assert mark
    assert pins(needed)


@pytest.mark.parametrize("env", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_package_of_an_environment_is_pinned(env):
    dependencies = yaml.safe_load(env.read_text())["dependencies"]
    assert [need for need in dependencies[:-1] if "=" not in need] == []
    assert [need for need in dependencies[-1]["pip"] if "==" not in need] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_everything_local_is_pinned_exactly(name):
    lines = (REPO / name).read_text().splitlines()
    assert len(lines) > 20
    assert [line for line in lines if line and not line.startswith(("#", "-r")) and "==" not in line] == []


def test_vllms_environment_runs_the_whole_workflow():
    """But for Slurm's: what a person named for the local environment is in that of ``make test-vllm`` too."""
    named = re.search(r"Direct needs: (.*)\.$", (REPO / "requirements.txt").read_text(), re.MULTILINE)[1].split(", ")
    needed = {canonical(name) for name in named} - {"snakemake-executor-plugin-slurm"}
    assert len(needed) > 15
    assert needed <= pins((REPO / "requirements.txt").read_text()).keys()
    assert needed <= pins((REPO / "requirements-vllm.txt").read_text()).keys()


def test_vllms_environment_can_import_every_test():
    """Pytest reads all tests, to find those of vLLM among them."""
    trees = [ast.parse(path.read_text()) for path in (REPO / "tests").rglob("*.py")]
    statements = [statement for tree in trees for statement in tree.body]
    modules = {name.name for s in statements if isinstance(s, ast.Import) for name in s.names}
    modules |= {s.module for s in statements if isinstance(s, ast.ImportFrom)}
    owners = packages_distributions()
    packages = {canonical(name) for module in modules for name in owners.get(module.partition(".")[0], ())}
    assert {"pytest", "scipy", "statsmodels"} <= packages
    assert packages <= pins((REPO / "requirements-vllm.txt").read_text()).keys()


def test_the_container_installs_an_environments_pins():
    recipe = (REPO / "envs" / "Containerfile").read_text()
    command = re.search(r"sed -n '.*?'", recipe)[0]
    for env in ENVIRONMENTS:
        shown = subprocess.run(f"{command} {env}", shell=True, capture_output=True, text=True, check=True).stdout
        assert pins(shown) == pins(env.read_text())
        assert len(shown.splitlines()) == len(pins(shown))


@pytest.mark.network
def test_the_pins_are_what_the_package_index_resolves_them_to():
    done = subprocess.run(
        [sys.executable, "envs/lock.py", "--check"], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

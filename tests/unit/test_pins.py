"""Environments are pinned to the last package, agree with the local one, and resolve."""

import ast
import re
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import packages_distributions
from zipfile import ZipFile

import pytest
import yaml
from planning import REPO

LOCAL = sorted(path.name for path in REPO.glob("requirements*.txt"))
DIGESTS = r"(?:(?: ;.*)? +--hash=sha256:[0-9a-f]{64})+"
ENVIRONMENTS = sorted((REPO / "envs").glob("*.yaml"))
OF_VLLM = {"transformers"}
"""vLLM wants an older version than training uses."""


def pins(text):
    found = re.findall(r"^\s*(?:- )?([\w.-]+)(?:\[[\w,]+\])?==([^\s+]+)(?:\+cpu)?(?: .*)?$", text, re.MULTILINE)
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


@pytest.mark.parametrize("name", LOCAL)
def test_everything_local_is_pinned_with_its_digests(name):
    text = (REPO / name).read_text().replace(" \\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-r"))]
    assert lines
    assert [
        line for line in lines if not re.fullmatch(rf"\S+==\S+(?: ; sys_platform == \"\w+\")?{DIGESTS}", line)
    ] == []


@pytest.mark.parametrize("env", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_package_of_an_environment_has_its_digests(env):
    packages = yaml.safe_load(env.read_text())["dependencies"][-1]["pip"]
    assert [package for package in packages if not re.fullmatch(rf"\S+==\S+{DIGESTS}", package)] == []


def test_what_installs_packages_lets_pip_check_the_digests():
    """The README's command, those of the Makefile, and the container's."""
    texts = {name: (REPO / name).read_text() for name in ("README.md", "Makefile", "envs/Containerfile")}
    for name, text in texts.items():
        commands = [
            line for line in text.splitlines() if "pip install" in line and "-r " in line or "PIP_INSTALL :=" in line
        ]
        assert commands, name
        assert [line for line in commands if "--require-hashes" not in line] == []
    direct = [line for line in texts["Makefile"].splitlines() if "pip install" in line and "PIP_INSTALL :=" not in line]
    assert direct == []


def test_a_file_with_another_digest_is_not_installed(tmp_path):
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    pin = f"tiny==1.0 --hash=sha256:{'0' * 64}"
    (tmp_path / "environment.txt").write_text(pin)
    options = [
        "--require-hashes",
        "--no-deps",
        "--no-index",
        f"--find-links={tmp_path}",
        f"--target={tmp_path / 'there'}",
    ]
    command = [sys.executable, "-m", "pip", "install", *options, "-r", str(tmp_path / "environment.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "there").exists()


def test_the_containers_base_is_pinned_by_digest():
    recipe = (REPO / "envs" / "Containerfile").read_text()
    assert re.search(
        r"^FROM docker.io/library/python:3\.11\.11-slim-bookworm@sha256:[0-9a-f]{64}$", recipe, re.MULTILINE
    )


def test_vendored_files_are_those_of_the_sums():
    """Nothing is there besides, and nothing was changed."""
    folder = REPO / "workflow" / "report" / "vendor"
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("SHA256SUMS", "README.md")]
    assert sums == {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in there}


def test_vllms_environment_runs_the_whole_workflow():
    """But for Slurm's: what a person named for the local environment is in that of ``make test-vllm`` too."""
    named = re.search(r"Direct needs: (.*)\.$", (REPO / "requirements.txt").read_text(), re.MULTILINE)[1].split(", ")
    needed = {canonical(name) for name in named} - {"snakemake-executor-plugin-slurm"}
    assert len(needed) > 15
    assert needed <= pins((REPO / "requirements.txt").read_text()).keys()
    assert {*needed, "torch"} <= pins((REPO / "requirements-vllm.txt").read_text()).keys()


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

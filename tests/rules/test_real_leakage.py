"""The gate on the real problem sets. Needs the data folder beside the repository."""

import json
import runpy

import pytest
from planning import REPO

PROBLEMS = REPO.parent / "shared" / "data" / "problems"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROBLEMS.is_dir(), reason="needs real problems in ../shared/data"),
]


@pytest.fixture(scope="module")
def measured():
    """The script that measures, and what it found."""
    script = runpy.run_path(str(REPO / "benchmarks" / "leakage.py"))
    return script, script["screenings"]()


def test_every_known_pair_is_a_leak(measured):
    _, made = measured
    found = {
        (training, test, pair["training"], pair["test"])
        for (training, test), (_, pairs) in made.items()
        for pair in pairs
        if pair["verdict"] == "leak"
    }
    known = {
        (sets["train"], sets["eval"], pair[1], pair[0])
        for sets in json.loads((PROBLEMS / "overlap.json").read_text())
        for kind in ("whitespace", "tex_normalised", "near_dup_same_answer")
        for pair in sets[kind]
    }
    assert {pair[:2] for pair in known} <= set(made)
    assert len(known) == 20
    assert known <= found


def test_the_document_has_what_is_measured(measured):
    script, made = measured
    page = (REPO / "docs" / "leakage.md").read_text()
    assert script["counted"](made) in page
    assert script["listed"](made) in page

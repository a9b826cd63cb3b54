"""What cannot be meant of answers that are given twice or several times, and of what is shown of them."""

import pytest
from examples import changed
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError

WRONG = [
    (
        "answering.again",
        {"students": ["smal"], "mixture": "long", "batch_size": 7},
        "answering.again.students.0: no such entry in students (got 'smal'); did you mean 'small'?",
    ),
    (
        "answering.again",
        {"students": ["small"], "mixture": "long", "batch_size": 64},
        "answering.again.batch_size: must differ from the batches of the first time (got 64)",
    ),
    (
        "tables.table3",
        {"kind": "samples", "title": "T", "students": ["small"], "mixtures": ["long"], "k": [1, 4]},
        "tables.table3.k.1: more than answering.samples, which is 1 (got 4)",
    ),
    (
        "tables.table3",
        {"kind": "training", "title": "T", "students": ["small"], "mixtures": ["long", "untrained"]},
        "tables.table3.mixtures.1: taught nothing: leave it out (got 'untrained')",
    ),
    (
        "figures.figure6",
        {"kind": "rank-shift", "title": "T", "student": "small", "mixture": "lon"},
        "figures.figure6.mixture: no such entry in mixtures (got 'lon'); did you mean 'long'?",
    ),
    (
        "figures.figure6",
        {"kind": "rank-shift", "title": "T", "student": "small", "mixture": "untrained"},
        "figures.figure6.mixture: taught nothing: name an entry of mixtures (got 'untrained')",
    ),
    (
        "tables.table3",
        {"kind": "rank-shift", "title": "T", "student": "small", "mixture": "untrained"},
        "tables.table3.mixture: taught nothing: name an entry of mixtures (got 'untrained')",
    ),
    ("printed.numbers", 3, "printed.numbers: must be text (got 3): write it in quotes"),
]


@pytest.mark.parametrize(("key", "value", "line"), WRONG, ids=[key for key, _, _ in WRONG])
def test_one_mistake_gives_one_line_that_names_key_value_and_fix(tmp_path, monkeypatch, key, value, line):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        experiment(changed(key, value), "mine.yaml")
    assert str(caught.value).splitlines() == [f"mine.yaml: {line}"]

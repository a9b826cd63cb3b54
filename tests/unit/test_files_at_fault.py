"""Faults that have to do with files: keys that stand twice, and experiments of two files."""

import pytest
import yaml
from examples import changed, example
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError


def test_of_two_files_the_one_with_the_key_is_named(tmp_path):
    base, overlay = tmp_path / "base.yaml", tmp_path / "overlay.yaml"
    raw = changed("nmae", "x")
    raw["students"]["v1.5"] = {"model": {"world": "big"}, "parameters": 300}
    base.write_text(yaml.safe_dump(raw))
    overlay.write_text("seeds: [-1]\nmixtures: {long: {sft: {max_lenght: 9}}}\nnote: a\nnote: b\n")
    raw["seeds"] = [-1]
    raw["mixtures"]["long"]["sft"] = {"max_lenght": 9}
    with pytest.raises(UserError) as caught:
        experiment(raw, "both", [base, overlay])
    named = {line.split(": ")[1]: line.split(": ")[0] for line in str(caught.value).splitlines()}
    assert named == {
        "nmae": str(base),
        "students.v1.5.family": str(base),
        "seeds.0": str(overlay),
        "mixtures.long.sft.max_lenght": str(overlay),
        "note": str(overlay),
    }


def test_a_key_that_stands_twice_is_found(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(example()) + "seeds: [1]\nstudents: {small: {family: a, family: b}}\nseeds: [2]\n")
    with pytest.raises(UserError) as caught:
        experiment(example(), "mine.yaml", [path])
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert [line.split(": ")[1] for line in lines] == ["students", "students.small.family", "seeds"]
    assert all("stands twice, in lines" in line for line in lines)

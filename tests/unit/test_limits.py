"""Experiment files that stand for more than a machine holds, or for more jobs than anybody waits for: refused at once."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from examples import changed, example
from mixdistill.config.command_line import faults, typed
from mixdistill.config.faults import experiment
from mixdistill.config.files import parsed
from mixdistill.errors import UserError
from mixdistill.permissions import LIMITS
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook
from pin import main as pin
from planning import REPO

LIFT = f"; if you trust the experiment, lift it: export {LIMITS}=10"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(LIMITS, raising=False)
    return tmp_path


def aliases(first, each, number):
    """YAML whose every line stands for several of the line before."""
    lines = [
        f"a0: &a0 {first}\n",
        *(f"a{at}: &a{at} {each}\n".replace("BEFORE", f"a{at - 1}") for at in range(1, number)),
    ]
    return "".join(lines)


MANY = f"too many keys and values, aliases expanded; the limit is 100,000{LIFT}"
DEEP = "nested more than 30 deep: an experiment is not"
WIDE = f"too many entries in one list or section; the limit is 5,000{LIFT}"
BOMBS = {
    "a billion laughs": (aliases("[x, x, x, x, x, x, x, x, x]", f"[{', '.join(['*BEFORE'] * 9)}]", 30), MANY),
    "merged": (aliases("{x: 1}", f"{{<<: [{', '.join(['*BEFORE'] * 9)}]}}", 30), MANY),
    "a chain of aliases": (aliases("[x]", "[*BEFORE]", 3000), DEEP),
    "brackets": ("a: " + "[" * 400_000, DEEP),
    "sections": ("".join(f"{' ' * depth}a:\n" for depth in range(1200)), DEEP),
    "JSON, deep": ("[" * 400_000, "nested too deep: an experiment is not"),
    "JSON, less deep": ("[" * 99 + "]" * 99, DEEP),
    "JSON, wide": ("[" + "1," * 5_000 + "1]", WIDE),
    "wide": ("a: [" + "x," * 300_000 + "]", WIDE),
    "itself": ("a: &a {b: [*a]}", "an alias stands inside of what it stands for (line 1)"),
    "a number of base 60": (
        "a: 1" + ":1" * 300_000,
        "a number of 600001 characters: if it is text, write it in quotes",
    ),
    "a long number": ("a: 0x" + "f" * 900_000, "a number of 900002 characters: if it is text, write it in quotes"),
    "a number by its tag": ('a: !!int "' + "1:1" * 99_999 + '"', "a number of 299997 characters"),
    "bytes": ("a: " + "x" * 1_000_000, f"too large for an experiment, in bytes; the limit is 1,000,000{LIFT}"),
    **{
        f"a {kind} that is none": (f'a: !!{kind} "x"', "not YAML: ")
        for kind in ("timestamp", "bool", "int", "float", "binary")
    },
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_stands_for_too_much_is_refused_at_once_wherever_it_is_read(here, name):
    text, reason = BOMBS[name]
    path = Path("mine.yaml")
    path.write_text(text)
    for read in (parsed, pin, lambda path: experiment({}, "mine.yaml", [path])):
        begun = time.process_time()
        with pytest.raises(UserError) as caught:
            read(path)
        assert time.process_time() - begun < 2
        assert str(caught.value).startswith("mine.yaml:")
        assert reason in str(caught.value)
        assert "\n" not in str(caught.value)
    [line] = faults(["-n", "--configfile", "mine.yaml"])
    assert reason in line


def test_content_that_came_another_way_is_refused_too():
    raw = example()
    raw["note"] = raw
    with pytest.raises(UserError, match=r"^mine.yaml: nested more than 30 deep"):
        experiment(raw, "mine.yaml")
    with pytest.raises(UserError, match=r"^--config seeds:1: too many keys and values"):
        typed(
            [
                f"seeds=[&a [x, x, x, x, x, x, x, x, x, x]{''.join(f', &a{i} [' + '*a, ' * 9 + '*a]' for i in range(1))}, "
                + "".join(f"&b{i} [{', '.join(['*a' if i == 0 else f'*b{i - 1}'] * 10)}], " for i in range(6))
                + "1]"
            ]
        )


def test_the_environment_lifts_limits_and_no_file_does(here, monkeypatch):
    Path("mine.yaml").write_text("a: [" + "x," * 6_000 + "]")
    with pytest.raises(UserError, match="too many entries"):
        parsed(Path("mine.yaml"))
    monkeypatch.setenv(LIMITS, "10")
    assert len(parsed(Path("mine.yaml"))["a"]) == 6_000
    monkeypatch.setenv(LIMITS, "many")
    with pytest.raises(UserError, match=rf"^{LIMITS}: must be a number by which limits are multiplied.*got 'many'"):
        parsed(Path("mine.yaml"))


def faults_of(raw):
    begun = time.process_time()
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    assert time.process_time() - begun < 5
    return str(caught.value).splitlines()


def many_students(raw):
    raw["students"] |= {f"s{number}": raw["students"]["small"] for number in range(4_000)}
    raw["tables"]["table3"]["students"] = [f"s{number}" for number in range(4_000)]


def many_seeds(raw):
    raw["seeds"] = list(range(4_000))


def many_weights(raw):
    raw["sweeps"]["share"]["weights"] = [number / 4_900 for number in range(4_900)]


def many_shards(raw):
    raw["teachers"] |= {f"t{number}": {**raw["teachers"]["long"], "shards": 1000} for number in range(40)}
    raw["comparisons"]["all"]["teachers"] += [f"t{number}" for number in range(40)]
    raw["mixtures"]["large"] = {"comparison": "all", "parts": {"large": 1}}
    raw["tables"]["table3"]["mixtures"].append("large")


def many_sets(raw):
    sets = {
        f"m{number}": {"rows": {"path": "README.md"}, "fields": {"completion": f"c{number}"}} for number in range(2_000)
    }
    raw["mixtures"] |= sets
    raw["tables"]["table3"]["mixtures"] = [*sets]


def many_tables(raw):
    raw["tables"] |= {f"t{number}": raw["tables"]["table3"] for number in range(4_000)}


@pytest.mark.parametrize("grow", [many_students, many_seeds, many_weights, many_shards, many_sets, many_tables])
def test_what_asks_for_too_many_jobs_is_refused_before_it_is_planned(grow):
    raw = example()
    grow(raw)
    [line] = faults_of(raw)
    assert "the limit is 12,000; if you trust the experiment, lift it: export" in line


def test_no_rule_searches_the_experiment_for_each_of_its_jobs():
    for rules in (REPO / "rules").glob("*.smk"):
        assert "lookup(dpath" not in rules.read_text()


def test_what_is_the_same_for_all_students_is_read_and_digested_once(here, monkeypatch):
    raw, counted = example(), []
    raw["students"] |= {f"s{number}": raw["students"]["small"] for number in range(20)}
    raw["tables"]["table3"]["students"] = [f"s{number}" for number in range(20)]
    book = Rulebook(Plan(experiment(raw, "mine.yaml")))
    monkeypatch.setattr("mixdistill.rulebook.places.code_of", lambda script: counted.append(script) or "")
    for number in range(20):
        assert book.taught_mixtures(SimpleNamespace(student=f"s{number}"))
    assert len(counted) <= 1


def test_no_more_faults_are_said_than_anybody_reads_and_large_values_are_cut():
    lines = faults_of({**example(), **{f"unknown{number}": {"x": ["y" * 1000] * 20} for number in range(150)}})
    assert len(lines) == 100
    assert max(map(len, lines)) < 200
    [line] = faults_of(changed("x" * 100_000, 1))
    assert len(line) < 500


@pytest.mark.parametrize("number", [10**16, -(10**400), 1e300], ids=["large", "larger", "float"])
def test_numbers_that_nobody_means_are_refused(number):
    for key in (
        "students.small.parameters",
        "problems.train.limit",
        "sft.args.warmup_steps",
        "world.problems.test.rows",
    ):
        [line] = faults_of(changed(key, number))
        assert line.startswith(f"mine.yaml: {key}: must ")


def test_models_of_the_world_do_not_descend_from_very_many():
    raw = example()
    training = raw["world"]["models"]["big"]["training"]
    raw["world"]["models"] |= {
        f"m{number}": {"parent": f"m{number - 1}" if number else "big", "corpus": "all", "training": training}
        for number in range(900)
    }
    [line] = faults_of(raw)
    assert line == "mine.yaml: world.models.m50.parent: descends from more than 50 models, one from the other"


def test_the_shipped_experiments_are_far_below_all_limits(monkeypatch):
    monkeypatch.setenv(LIMITS, "0.2")
    for name in ("miniature", "paper", "published"):
        path = REPO / "config" / f"{name}.yaml"
        assert experiment(yaml.safe_load(path.read_text()), name, [path])

"""Values of the wrong kind, and what stands twice: one line each, in our words and not in pydantic's."""

import datetime
import re

import pytest
import yaml
from examples import changed, example
from mixdistill.config.duplicates import doubled
from mixdistill.config.faults import experiment
from mixdistill.config.text import unmeant
from mixdistill.errors import UserError
from planning import REPO

WRONG = [
    ("seeds", 3, "seeds: must be a list (got 3): write seeds: [3]"),
    (
        "tables.table1.students",
        "small",
        "tables.table1.students: must be a list (got 'small'): write students: [small]",
    ),
    ("answering.sampling.stop", "\n", "answering.sampling.stop: must be a list (got '\\n'): write stop: [\"\\n\"]"),
    ("students.small.parameters", "135M", "students.small.parameters: must be a number (got '135M'): write 1.35e+8"),
    ("students.small.parameters", "1.5 b", "students.small.parameters: must be a number (got '1.5 b'): write 1.5e+9"),
    ("students.small.parameters", float("inf"), "students.small.parameters: must be a finite number (got inf)"),
    ("problems.train.limit", "1,319", "problems.train.limit: must be a whole number (got '1,319'): write 1319"),
    ("teachers.long.samples", "1e3", "teachers.long.samples: must be a whole number (got '1e3'): write 1000"),
    ("teachers.long.samples", 1.5, "teachers.long.samples: must be a whole number (got 1.5)"),
    ("teachers.long.samples", True, "teachers.long.samples: must be a number (got True)"),
    ("name", 3, "name: must be text (got 3): write it in quotes"),
    ("note", True, "note: must be text (got True): write it in quotes; yes, no, on and off are not text"),
    ("name", "a" * 65, "name: must have at most 64 characters, has 65 (got 'aaa"),
    ("students.small.family", "", "students.small.family: must not be empty (got '')"),
    ("students.small.plain", "maybe", "students.small.plain: must be true or false (got 'maybe')"),
    ("students.small.seeds", [2**31], "students.small.seeds.0: must be less than 2147483648 (got 2147483648)"),
    ("teachers.long.sampling.top_p", 2, "teachers.long.sampling.top_p: must be at most 1 (got 2)"),
    ("tables.table1", None, "tables.table1: is empty, and must be a section with keys"),
    ("sft.args", "x", "sft.args: must be a section with names (got 'x')"),
    (
        "students.small.model",
        "Qwen/Qwen2.5-0.5B",
        "students.small.model: must be a section with keys (got 'Qwen/Qwen2.5-0.5B'): write {path: Qwen/Qwen2.5-0.5B}, "
        "or with hub and revision",
    ),
    (
        "sft.lora",
        {"r": 1, "lora_alpha": 1, "target_modules": 3},
        "sft.lora.target_modules: must be text or a list of text",
    ),
    (
        "teaching.prompt",
        {"problem": None},
        "teaching.prompt: must be text (got {'problem': None}): text that begins with a brace needs quotes",
    ),
    (
        "world.models.big.architecture.rope_theta",
        "1e6",
        "world.models.big.architecture.rope_theta: must be a number (got '1e6'); in YAML, write 1.0e-5 and not 1e-5",
    ),
    ("sft.args.learning_rate", True, "sft.args.learning_rate: must be a number (got True); in YAML, write 1.0e-5"),
    # what stands twice
    ("seeds", [1, 1], "seeds.1: stands in this list already (got 1)"),
    ("students.small.seeds", [2, 3, 2], "students.small.seeds.2: stands in this list already (got 2)"),
    ("sweeps.share.weights", [0, 0.5, 0.5], "sweeps.share.weights.2: stands in this list already (got 0.5)"),
    (
        "tables.table3.mixtures",
        ["long", "short", "long"],
        "tables.table3.mixtures.2: stands in this list already (got 'long')",
    ),
    (
        "figures.figure4.variants.0.students.1",
        "small",
        "figures.figure4.variants.0.students.1: stands in this list already (got 'small')",
    ),
]


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def faults(raw: dict) -> list[str]:
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("key", "value", "line"), WRONG, ids=[f"{key}={value}"[:60] for key, value, _ in WRONG])
def test_a_value_of_the_wrong_kind_is_told_what_to_write(key, value, line):
    [found] = faults(changed(key, value))
    assert found.startswith(f"mine.yaml: {line}")


VALUES = [
    None,
    True,
    3,
    -1.5,
    float("nan"),
    "x",
    "1,5",
    "",
    [],
    [None],
    {},
    {"x": []},
    {3: 4},
    datetime.date(2024, 1, 1),
]


def leaves(raw, keys=()):
    """Dotted keys of all values, but for what is passed on as it is."""
    for name, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
        yield ".".join((*keys, str(name)))
        if name not in ("args", "architecture"):
            yield from leaves(value, (*keys, str(name)))


def test_whatever_stands_under_a_key_the_message_is_in_our_words():
    """Many values under every key: no trace, no line of pydantic's, and each line names a key."""
    seen = 0
    for index, key in enumerate(leaves(example())):
        for value in VALUES[index % 3 :: 3]:
            try:
                experiment(changed(key, value), "mine.yaml")
            except UserError as error:
                seen += 1
                for line in str(error).splitlines():
                    assert re.match(r"mine\.yaml: [\w.-]+: ", line), (key, value, line)
                    assert not re.search(r"[Ii]nput should|valid \w+|after validation|instance of|unable to", line), (
                        line
                    )
    assert seen > 300


def test_a_section_of_the_wrong_shape_is_one_fault_and_not_one_for_each_use():
    assert faults(changed("students", [])) == ["mine.yaml: students: must be a section with names (got [])"]


@pytest.mark.parametrize("path", sorted((REPO / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_the_files_of_this_project_have_none_of_these_faults(path):
    raw = yaml.safe_load(path.read_text())
    assert not [*unmeant(raw), *doubled(raw)]


def test_the_examples_of_the_documents_have_none_either():
    pages = [REPO / "README.md", *(REPO / "docs").glob("*.md")]
    blocks = [block for page in pages for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.M | re.S)]
    assert len(blocks) >= 5
    for block in blocks:
        raw = yaml.safe_load(re.sub("<[^>]*>", "x", block))
        assert not [*unmeant(raw), *doubled(raw)]


def test_a_value_that_may_be_of_several_types_is_told_of_all():
    with pytest.raises(UserError) as caught:
        experiment(changed("problems.train.fields", {"problem": 5}), "mine.yaml")
    wanted = "mine.yaml: problems.train.fields.problem: must be text or a list of text (got 5)"
    assert str(caught.value) == wanted

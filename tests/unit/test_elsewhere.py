"""What exists already: training sets, trained students, local models; and what that makes unnecessary."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from bring_mixture import main as bring_mixture
from examples import changed, example
from mixdistill.config.faults import experiment
from mixdistill.config.schema import Experiment
from mixdistill.contents import lacking, wanted
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook
from mixdistill.terms import apart
from mixdistill.weights import located

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FOLDERS = {
    "folder": (),
    "adapter": ("adapter_config.json", "adapter_model.safetensors"),
    "pickled": ("config.json", "pytorch_model.bin"),
    "whole": ("config.json", "model.safetensors", "tokenizer.json"),
}
EITHER = "mixtures.long: give either comparison and parts (teachers to mix) or rows (a set that exists already)"
WRONG = [
    ("mixtures.long.rows", {"path": "README.md"}, EITHER),
    ("mixtures.long.parts", ..., EITHER),
    ("mixtures.long", {"rows": {"path": "no/such.jsonl"}}, "mixtures.long.rows.path: no such file or folder"),
    (
        "students.small.trained",
        {"lnog": [{"world": "tiny"}]},
        "students.small.trained.lnog: no such entry in mixtures (got 'lnog'); did you mean 'long'?",
    ),
    (
        "students.small.trained",
        {"long": [{"world": "tyni"}]},
        "students.small.trained.long.0.world: no such entry in world.models (got 'tyni'); did you mean 'tiny'?",
    ),
    (
        "students.small.trained",
        {"untrained": [{"world": "tiny"}]},
        "students.small: trained.untrained: the student as it came is its model",
    ),
    (
        "students.small.trained",
        {"long": [{"world": "tiny"}, {"world": "big"}]},
        "students.small.trained.long: 2 trained for 1 seeds: give one for each of seeds",
    ),
    (
        "students.medium",
        {"trained": {"long": [{"world": "tiny"}]}, "parameters": 1, "family": "Qwen2"},
        "students.medium.trained: no models trained on 'short', which a table or figure shows",
    ),
    (
        "students.small.model",
        {"path": "folder"},
        "students.small.model.path: not a Hugging Face model (no config.json, no adapter_config.json) (got 'folder')",
    ),
    (
        "students.small.model",
        {"path": "adapter"},
        "students.small.model.path: an adapter (adapter_config.json) where a whole model is needed: give its base as "
        "model, it as trained (got 'adapter')",
    ),
    (
        "students.small.trained",
        {"long": [{"path": "pickled"}]},
        "students.small.trained.long.0.path: only pickled weights (pytorch_model.bin), which are not loaded",
    ),
]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("README.md").touch()
    for name, files in FOLDERS.items():
        Path(name).mkdir()
        for file in files:
            empty = b"\x02" + bytes(7) + b"{}" if file.endswith(".safetensors") else b"{}"  # a header without tensors
            (Path(name) / file).write_bytes(empty)


@pytest.mark.parametrize(("key", "value", "line"), WRONG, ids=[f"{key}={value}"[:60] for key, value, _ in WRONG])
def test_one_mistake_gives_one_line_that_names_key_value_and_fix(key, value, line):
    with pytest.raises(UserError) as caught:
        experiment(changed(key, value), "mine.yaml")
    found = str(caught.value).splitlines()
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.yaml: {line}")


def published():
    """The example with its sets and students from elsewhere, and a student trained here."""
    raw = example()
    for name in ("long", "short", "mix-long"):
        raw["mixtures"][name] = {"rows": {"hub": f"owner/{name}", "revision": COMMIT}}
    raw["mixtures"]["long-too"] = raw["mixtures"]["long"]
    given = {name: [{"hub": f"owner/trained-{name}", "revision": COMMIT}] for name in ("long", "short")}
    raw["students"]["medium"] = {"trained": given, "parameters": 300, "family": "Qwen2"}
    raw["students"]["adapted"]["trained"] = {"long-too": given["long"]}
    raw["tables"]["table1"]["students"] = ["medium", "adapted"]
    raw["figures"] = {}
    return raw


def test_only_what_is_needed_is_fetched_and_only_adapters_with_a_base_are_welcome():
    book = Rulebook(Plan(experiment(published(), "test")))
    found = {(one["kind"], one["repository"]): one["adapter"] for one in book.repositories()}
    assert found == {
        ("dataset", "owner/hard"): False,
        ("dataset", "owner/long"): False,
        ("dataset", "owner/short"): False,
        ("dataset", "owner/mix-long"): False,
        ("model", "owner/trained-long"): False,  # medium has no base, so this must be whole
        ("model", "owner/trained-short"): False,
    }
    assert (book.plan.taught(), book.plan.mixed()) == ([], ["short", "long", "mix-long"])
    raw = published()
    raw["tables"]["table1"]["students"] = ["adapted"]
    book = Rulebook(Plan(experiment(raw, "test")))
    found = {one["repository"]: one["adapter"] for one in book.repositories()}
    assert (found["owner/trained-long"], found["owner/short"]) == (True, False)


def test_what_is_taught_of_a_set_is_decided_by_itself_and_by_no_benchmark():
    def screenings(change):
        raw = published()
        change(raw)
        book = Rulebook(Plan(experiment(raw, "test")))
        return {mixture: book.screening(mixture) for mixture in (None, *book.plan.imported())}, book

    before, book = screenings(lambda raw: None)
    assert set(before) == {None, "short", "long", "mix-long"}
    assert len(set(before.values())) == 4
    assert sorted(book.unscreened) == sorted(before.values())
    kept = Path(book.kept(before["long"]))
    kept.parent.mkdir(parents=True)
    kept.touch()
    again, book = screenings(lambda raw: raw["benchmarks"].pop("hard"))
    assert again == before
    assert sorted(book.unscreened) == sorted(set(before.values()) - {before["long"]})
    others = {name: digest for name, digest in before.items() if name != "long"}

    def changed_set(raw):
        raw["mixtures"]["long"]["fields"] = {"completion": "solution"}

    after, _ = screenings(changed_set)
    assert {name: digest for name, digest in after.items() if name != "long"} == others
    assert after["long"] != before["long"]
    removing, _ = screenings(lambda raw: raw["teaching"].update(leakage={"policy": "remove"}))
    assert not set(removing.values()) & set(before.values())


def test_arms_are_taught_what_is_known_of_their_mixtures():
    made = Rulebook(Plan(experiment(published(), "test")))
    known = {student: made.taught_mixtures(SimpleNamespace(student=student)) for student in ("medium", "adapted")}
    kept = made.kept(made.screening("short"))
    assert known == {"medium": {"long": None, "short": None}, "adapted": {"long": None, "short": kept}}
    adapted = SimpleNamespace(student="adapted")
    assert made.taught_rows(adapted) == [f"results/example/{at}.jsonl" for at in ("imported/long", "mixtures/short")]
    assert made.taught_overlaps(adapted) == [f"results/example/imported/{at}.overlap.json" for at in ("long", "short")]
    raw = example()
    raw["tables"]["table1"]["subset"] = "clean"
    raw["students"]["medium"] = {
        "trained": published()["students"]["medium"]["trained"],
        "parameters": 3,
        "family": "Q",
    }
    raw["mixtures"]["alone"] = {"comparison": "all", "parts": {"long": 1}}
    raw["students"]["medium"]["trained"]["alone"] = raw["students"]["medium"]["trained"].pop("short")
    raw["tables"]["table1"] |= {
        "students": ["medium", "small"],
        "gap": {"title": "g", "first": "long", "second": "alone"},
    }
    raw["tables"]["table3"]["students"] = ["adapted"]
    raw["students"]["small"] = {"trained": raw["students"]["medium"]["trained"], "parameters": 3, "family": "Q"}
    raw["figures"] = {}
    plan = Plan(experiment(raw, "test"))
    assert apart(plan, plan.entries()["table1"])[-1] == (
        "Trained elsewhere on rows that are not known here (medium: alone; small: alone): the clean subset takes them "
        "for taught every training problem, and cannot know what else they were taught."
    )
    assert Rulebook(plan).taught_overlaps(SimpleNamespace(student="medium")) == [
        "results/example/problems/overlap.json"
    ]


def test_weights_come_from_where_they_were_trained():
    book = Rulebook(Plan(experiment(published(), "test")))
    elsewhere = f"results/example/hub/model/owner/trained-long@{COMMIT}.json"

    def places(student, mixture, seed="1"):
        cell = SimpleNamespace(student=student, mixture=mixture, seed=seed)
        [base] = book.base_weights(cell)
        return base, book.trained_weights(cell)

    big = "results/example/world/models/big"
    assert places("medium", "long") == (elsewhere, [elsewhere])
    assert places("adapted", "long") == (big, [elsewhere])
    assert places("adapted", "short") == (big, ["results/example/models/adapted/short/1"])
    assert places("adapted", "untrained", "0") == (big, [])


def test_sets_that_exist_already_are_said_to_be_apart():
    plan = Plan(experiment(published(), "test"))
    notes = apart(plan, plan.entries()["table3"])
    assert notes == ["Training sets that exist already (long, short, mix-long): their problems may differ."]


def test_an_experiment_of_ready_sets_has_no_teachers():
    raw = published()
    raw["teachers"], raw["comparisons"], raw["sweeps"] = {}, {}, {}
    assert Plan(experiment(raw, "test")).taught() == []


def test_a_training_set_is_taken_as_it_is(tmp_path):
    write(tmp_path / "problems.jsonl", [{"id": "a", "problem": "What is  1+1?", "answer": "2"}])
    source = tmp_path / "set.jsonl"
    rows = [
        ("What is 1+1?", "Two: \\boxed{3}"),
        ("What is 1+1?", "\\boxed{2}"),
        ("other", "\\boxed{7}"),
        ("other", "8"),
    ]
    write(source, [{"problem": problem, "solution": solution} for problem, solution in rows])
    out, counts = tmp_path / "out.jsonl", tmp_path / "counts.json"

    def bring(fields):
        bring_mixture(source, tmp_path / "problems.jsonl", out, counts, {}, fields)

    bring({"completion": "solution"})
    made = list(read(out))
    assert [(row["id"], row["problem"], row["answer"], row["completion"], row["teacher"]) for row in made] == [
        ("a", "What is 1+1?", "2", "Two: \\boxed{3}", None),
        ("a", "What is 1+1?", "2", "\\boxed{2}", None),
        ("row/3", "other", None, "\\boxed{7}", None),
        ("row/3", "other", None, "8", None),
    ]
    counted = json.loads(counts.read_text())
    assert counted == {
        "total": 4,
        "of training problems": 2,
        "of other problems": 2,
        "problems": 2,
        "system_turns_dropped": 0,
    }
    with pytest.raises(UserError, match=r"set.jsonl, line 1: no field 'completion' \(it has problem, solution\)"):
        bring({})
    write(source, [{"problem": "x", "completion": " "}])
    with pytest.raises(UserError, match="set.jsonl, line 1: the completion is empty"):
        bring({})
    write(source, [])
    with pytest.raises(UserError, match=r"set.jsonl: no rows"):
        bring({})


def test_an_adapter_needs_a_base_and_takes_the_tokenizer_that_there_is():
    weights = located(Path("whole"), [Path("adapter")])
    assert (weights.base, weights.adapter, weights.tokenizer) == ("whole", "adapter", "whole")
    Path("adapter/tokenizer.json").touch()
    assert weights.tokenizer == "adapter"
    assert located(Path("adapter"), [Path("whole")]).base == "whole"
    for trained in ([], [Path("adapter")]):
        with pytest.raises(UserError, match=r"adapter: an adapter .* where a whole model is needed"):
            located(Path("adapter"), trained)


def test_files_that_are_the_same_again_or_of_other_programs_are_left():
    llama = ["config.json", "model-00001-of-00001.safetensors", "original/consolidated.00.pth", "original/params.json"]
    assert wanted("model", llama) == llama[:2]
    mistral = ["consolidated.safetensors", "model.safetensors", "model.fp16.safetensors", "model.onnx", "x.gguf"]
    assert wanted("model", [*mistral, "tf_model.h5", "chat_template.jinja", "run.py"]) == [
        "chat_template.jinja",
        "model.safetensors",
    ]
    rows = ["data/a.parquet", "b.jsonl.gz", "set.py", "README.md", "picture.png", "dataset_infos.json"]
    assert wanted("dataset", rows) == ["README.md", "b.jsonl.gz", "data/a.parquet", "dataset_infos.json"]
    assert lacking("dataset", ["README.md", "dataset_infos.json"]) == "no rows (.parquet, .jsonl, .json, .csv)"
    assert lacking("model", ["config.json", "tokenizer.json"]) == "no weights (model.safetensors)"


def test_what_no_table_shows_of_answers_and_models_from_elsewhere_is_listed():
    raw = example()
    raw["students"]["small"] |= {"trained": {"long": [{"world": "big"}], "mix-long": [{"world": "tiny"}]}}
    raw["students"]["other"] = {"logs": {"long": ["README.md"]}, "parameters": 1, "family": "Qwen2"}
    raw["mixtures"]["late"] = {"comparison": "long-short", "parts": {"long": 0.3, "short": 0.7}}
    raw["mixtures"]["share"] = {"comparison": "long-short", "parts": {"long": 0.4, "short": 0.6}}
    raw["students"]["small"]["trained"] |= {"late": [{"world": "world"}], "share": [{"world": "big"}]}
    plan = Plan(Experiment.model_validate(raw))
    assert list(plan.unread()) == ["students.small.trained.late", "students.other.logs.long"]

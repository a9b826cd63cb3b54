"""After changes of what comes from elsewhere, exactly the jobs that must run are planned, and no others."""

import pytest
from changes import OF_MEDIUM, OF_SMALL, cells, gathered, proven

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OF_ANEW = cells("anew", "long", "short", stages=("sft", "answer", "mark"))


def test_a_student_from_the_hub_is_looked_at_and_fetched_alone(work):
    def change(raw):
        model = {"hub": "owner/anew", "revision": COMMIT}
        raw["students"]["anew"] = {"model": model, "parameters": 300, "family": "Qwen2"}
        raw["tables"]["table1"]["students"].append("anew")
        raw["students"]["medium"]["sft"]["args"]["learning_rate"] = 3.0e-3

    work.change(change)
    changed = cells("medium", "long", "short", stages=("sft", "answer", "mark"))
    fetching = ["check_hub", f"fetch model owner anew {COMMIT}", *proven("anew", kept=True)]
    assert work.plan() == sorted([*fetching, *OF_ANEW, *changed, *gathered("medium", "anew"), *OF_MEDIUM])


@pytest.mark.parametrize("name", ["fetch.py", "check_hub.py", "mixdistill/downloads.py"])
def test_another_way_to_download_trains_nothing(work, name):
    with work.script(name).open("a") as file:
        file.write("\n\nCHANGED = 1\n")
    assert work.plan() == []


def test_a_manifest_made_anew_trains_nothing(work):
    for path in work.folder.glob("results/example/hub/**/*.json"):
        path.write_text(path.read_text())
    assert work.plan() == []


def test_what_was_trained_elsewhere_is_not_trained_and_its_teachers_are_not_asked(work):
    def change(raw):
        raw["students"]["anew"] = {"parameters": 300, "family": "Qwen2"}
        places = {name: [{"hub": f"owner/{name}", "revision": COMMIT}] for name in ("left", "right")}
        raw["students"]["anew"]["trained"] = {"left": places["left"], "right": places["right"]}
        raw["mixtures"]["left"] = {"comparison": "others", "parts": {"other": 1}}
        raw["mixtures"]["right"] = {"rows": {"hub": "owner/rows", "revision": COMMIT}}
        raw["comparisons"]["others"] = {"teachers": ["other"]}
        raw["teachers"]["other"] = {**raw["teachers"]["short"], "model": {"hub": "owner/other", "revision": COMMIT}}
        gap = {"title": "gap", "first": "left", "second": "right"}
        raw["tables"]["anew"] = {"kind": "gap", "title": "Anew", "gap": gap, "students": ["anew"]}

    work.change(change)
    fetching = ["check_hub", *(f"fetch model owner {name} {COMMIT}" for name in ("left", "right"))]
    looked_at = [*fetching, "encode students anew"]
    screening = [f"fetch dataset owner rows {COMMIT}", "bring_mixture right", "screen_mixture right"]
    expected = [*looked_at, *screening, *cells("anew", "left", "right"), *gathered("anew"), "gap_table anew"]
    assert work.plan() == sorted(expected)


def test_a_training_set_that_exists_is_brought_and_asks_no_teacher(work):
    def change(raw):
        raw["mixtures"]["ready"] = {"rows": {"path": "mine.yaml"}}
        raw["mixtures"]["same"] = {"rows": {"path": "mine.yaml"}}
        raw["tables"]["table3"]["mixtures"] += ["ready", "same"]

    work.change(change)
    brought = [f"{rule} ready" for rule in ("bring_mixture", "screen_mixture", "admit_mixture")]
    expected = [
        *brought,
        "keep_screening",
        *cells("small", "ready", stages=("sft", "answer", "mark")),
        *gathered("small"),
    ]
    assert work.plan() == sorted([*expected, *OF_SMALL])

"""The committed experiments: what they plan, where their numbers come from, and that they say the same of the same."""

import csv
import math
import re
from collections import Counter

import pytest
import yaml
from mixdistill.config.faults import experiment
from mixdistill.names import UNPINNED
from mixdistill.plan import Plan
from mixdistill.terms import warnings
from planning import REPO, jobs

CONFIG = REPO / "config"
PAPER, RELEASED, PUBLISHED = (CONFIG / f"{name}.yaml" for name in ("paper", "paper-released", "published"))
PLANS = {"paper.yaml": [PAPER], "paper-released.yaml": [PAPER, RELEASED], "published.yaml": [PUBLISHED]}


def content(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="paper")
def parsed_paper():
    return experiment(content(PAPER), "paper.yaml")


@pytest.fixture(scope="module", name="revisions")
def table_of_revisions():
    with (CONFIG / "revisions.csv").open(encoding="utf-8", newline="") as file:
        return {row["repo"]: row for row in csv.DictReader(file)}


def derived(heading):
    """Rule to formula and count, from the table under a heading of docs/paper.md."""
    page = (REPO / "docs" / "paper.md").read_text(encoding="utf-8")
    section = page.partition(f"### {heading}\n")[2].partition("\n#")[0]
    return {
        rule: (formula, int(count.replace(",", "")))
        for rule, formula, count in re.findall(
            r"^\| `(\w+)` \| .* \| ([\d ×+−]+) \| ([\d,]+) \|$", section, re.MULTILINE
        )
    }


def value(formula):
    """Sums, differences and products of whole numbers."""
    terms = re.findall(r"([+−]?)\s*(\d+(?: × \d+)*)", formula)
    return sum((-1 if sign == "−" else 1) * math.prod(map(int, term.split(" × "))) for sign, term in terms)


@pytest.mark.parametrize("name", PLANS)
def test_the_plan_is_the_one_derived_by_hand(name, tmp_path, caplog):
    found = derived(name)
    assert found
    for rule, (formula, count) in found.items():
        assert value(formula) == count, rule
    planned = Counter(job.rule.name for job in jobs(tmp_path, PLANS[name]))
    assert {rule: count for rule, (_, count) in found.items()} == {**planned, "total": planned.total()}
    assert "not on equal terms in table3: " in caplog.text.replace("table3, table3-clean", "table3")


def places(node):
    """Every mapping that names a repository of the hub, with the mapping around it."""
    if isinstance(node, dict):
        for inner in node.values():
            if isinstance(inner, dict) and "hub" in inner:
                yield inner, node
        yield from (place for inner in node.values() for place in places(inner))
    elif isinstance(node, list):
        yield from ((inner, {}) for inner in node if isinstance(inner, dict) and "hub" in inner)
        yield from (place for inner in node for place in places(inner))


@pytest.mark.parametrize(("path", "least"), [(PAPER, 30), (PUBLISHED, 36)])
def test_every_commit_and_size_is_that_of_the_table_of_revisions(path, least, revisions):
    found = list(places(content(path)))
    assert len(found) >= least
    for source, around in found:
        row = revisions[source["hub"]]
        assert source["revision"] == (row["revision"] or UNPINNED), source["hub"]
        if "parameters" in around:
            assert f"{around['parameters']:,} parameters;" in row["notes"], source["hub"]


def test_repositories_stand_in_two_files_only():
    assert [path.name for path in sorted(CONFIG.glob("*.yaml")) if list(places(content(path)))] == [
        "paper.yaml",
        "published.yaml",
    ]


def test_rows_and_completions_fit_the_context_of_their_models(paper, revisions):
    def context(source):
        return int(re.search(r"context (\d+)", revisions[source.hub]["notes"])[1])

    plan = Plan(paper)
    for cell in plan.runs():
        length = plan.settings(cell.student, cell.mixture)["max_length"]
        assert length <= context(paper.students[cell.student].model), cell
    for name, teacher in paper.teachers.items():
        # the longest prompt: 4,309 characters of problem, of which a token is more than one
        assert teacher.sampling.max_tokens + 4096 <= min(context(teacher.model), paper.sft.max_length), name


def test_students_of_14b_and_more_get_adapters(paper):
    adapted = {name for name, student in paper.students.items() if Plan(paper).settings(name, "long")["lora"]}
    assert adapted == {name for name, student in paper.students.items() if student.parameters > 1e10}


def test_what_figures_7_and_8_look_at_is_trained(paper):
    assert {"long", "short", "mix-long", "untrained"} <= {cell.mixture for cell in Plan(paper).cells("qwen-3b")}


def test_everything_in_the_paper_file_is_used(paper):
    assert list(Plan(paper).unused()) == []


def test_the_overlay_changes_training_and_scoring_only():
    assert set(content(RELEASED)) == {"name", "sft", "mixtures", "benchmarks", "judge"}
    raw = content(PAPER)
    raw["mixtures"]["mix-long"] |= content(RELEASED)["mixtures"]["mix-long"]
    said = [line for line in warnings(Plan(experiment(raw, "both"))) if "settings" in line]
    assert said == [
        "table3, table3-clean: Different training settings: arms of one comparison share theirs "
        "(long, short, large, small, r1, mix-large: max_length 16384, batch_size 8, packing default; "
        "mix-long: max_length 4096, batch_size 80, packing true).",
        "figure7: Different training settings: arms of one comparison share theirs "
        "(long, short: max_length 16384, batch_size 8, packing default; "
        "mix-long: max_length 4096, batch_size 80, packing true).",
    ]


def test_the_published_experiment_says_the_same_of_the_same():
    paper, published = content(PAPER), content(PUBLISHED)
    for section in ("seeds", "engine", "problems", "sft", "benchmarks", "answering", "teaching"):
        assert published[section] == paper[section], section
    assert published["judge"] == {key: said for key, said in paper["judge"].items() if key != "mode"}
    for name, student in published["students"].items():
        assert {key: said for key, said in student.items() if key != "trained"} == paper["students"][name]
    for section in ("tables", "figures"):
        for name, entry in published[section].items():
            theirs = paper[section][name]
            assert {**entry, "mixtures": None} == {**theirs, "mixtures": None}
            assert [one for one in theirs.get("mixtures", []) if one != "r1"] == entry.get("mixtures", [])

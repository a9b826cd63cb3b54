"""What every rule and every script keeps to."""

import ast
import importlib
import inspect
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml
from mixdistill.entry import FROM_THE_MACHINE
from planning import REPO, jobs

SCRIPTS = sorted((REPO / "workflow" / "scripts").glob("*.py"))
BY_HAND = {"document_config.py", "grade_pairs.py", "pin.py", "status.py"}


@pytest.fixture(scope="session")
def plan(tmp_path_factory):
    """Jobs of the default experiment."""
    return jobs(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def brought(tmp_path_factory, completions_file):
    """Jobs of rules that the default experiment has no use for: completions and answers brought, files exported, costs."""
    folder = tmp_path_factory.mktemp("work")
    raw = yaml.safe_load(completions_file.read_text())
    raw["students"]["logged"] = {"logs": {"untrained": [str(folder)]}, "parameters": 7e9, "family": "Qwen2"}
    commit = "0123456789abcdef0123456789abcdef01234567"
    raw["problems"]["hub"] = {"source": {"hub": "owner/set", "revision": commit}}
    raw["benchmarks"]["hub"] = {"title": "Hub", "problems": "hub", "prompt": "{problem}"}
    raw["tables"]["logged"] = {**raw["tables"]["table3"], "students": ["logged"], "mixtures": ["untrained"]}
    raw["tables"]["samples"] = {"kind": "samples", "title": "S", "students": ["small"], "mixtures": ["long"], "k": [1]}
    raw["mixtures"]["ready"] = {"rows": {"path": str(completions_file)}}
    raw["tables"]["table3"]["mixtures"].append("ready")
    for benchmark in raw["benchmarks"].values():
        benchmark["tasks"] = ["TASK"]
    (folder / "mine.yaml").write_text(yaml.safe_dump(raw))
    exported = ["results/example/released/small/long/1", "results/example/published/small/long/1.json"]
    return jobs(folder, folder / "mine.yaml", targets=["all", *exported, "plan", "paper_figures", "archive"])


def scripted(plan):
    return {job.rule.name: job for job in plan if job.rule.script}


@pytest.fixture(scope="session")
def rules(plan, brought):
    """One job of every rule that runs a script."""
    found = {**scripted(brought), **scripted(plan)}
    assert len(found) == len(SCRIPTS) - len(BY_HAND)
    return found


def test_every_script_accepts_exactly_what_its_rule_gives(rules):
    for name, job in rules.items():
        main = importlib.import_module(Path(job.rule.script).stem).main
        given = {*dict(job.input), *dict(job.output), *dict(job.params)} - {"code"}
        asked = set(inspect.signature(main).parameters)
        assert given == asked - set(FROM_THE_MACHINE), name
        assert {FROM_THE_MACHINE[one] for one in asked & set(FROM_THE_MACHINE)} <= set(job.rule.resources), name


def test_every_input_output_and_param_has_a_name(rules):
    for name, job in rules.items():
        for files in (job.rule.input, job.rule.output, job.rule.params):
            named = sum(1 if end is None else end - start for _, (start, end) in files._get_names())
            assert named == len(files), name


def test_every_rule_is_named_like_its_script_and_documented(rules):
    for name, job in rules.items():
        assert Path(job.rule.script).name == f"{name}.py"
        assert job.rule.docstring, name


def test_every_job_is_logged_measured_and_digested(plan):
    for job in plan:
        if job.rule.script:
            assert str(job.log[0]).startswith(f"results/miniature/logs/{job.rule.name}/")
            assert str(job.benchmark).startswith(f"results/miniature/benchmarks/{job.rule.name}/")
            assert job.rule.conda_env
            assert len(dict(job.params)["code"]) == 16


def test_files_of_one_job_belong_to_it_alone(plan):
    for what in ("log", "benchmark"):
        paths = [str(getattr(job, what)) for job in plan if job.rule.script]
        assert not [path for path, count in Counter(paths).items() if count > 1]


def test_only_the_gate_sees_training_problems_that_are_not_screened(plan, brought):
    for name, jobs_of in (("miniature", plan), ("example", brought)):
        readers = {job.rule.name for job in jobs_of if f"results/{name}/problems/train.jsonl" in map(str, job.input)}
        taught = {job.rule.name for job in jobs_of if f"results/{name}/training/problems.jsonl" in map(str, job.input)}
        assert {"screen", "admit"} <= readers <= {"screen", "admit", "bring_mixture"}
        assert {"generate", "reject", "mix"} <= taught <= {"generate", "bring", "reject", "mix"}


def test_nothing_is_taught_before_every_training_set_has_passed_the_gate(plan, brought):
    screened = {
        "miniature": (plan, ["problems/overlap"]),
        "example": (brought, ["problems/overlap", "imported/ready.overlap"]),
    }
    for name, (jobs_of, sets) in screened.items():
        gate = [f"results/{name}/{each}.json" for each in sets]
        kept = {str(job.input["overlap"]): job for job in jobs_of if job.rule.name == "keep_screening"}
        assert sorted(kept) == sorted(gate)
        assert all(list(map(str, job.input["gate"])) == gate for job in kept.values())
        taught = [job for job in jobs_of if job.rule.name in ("admit", "admit_mixture")]
        assert {str(job.input["overlap"]) for job in taught} == {str(job.output[0]) for job in kept.values()}
        readers = {
            job.rule.name for job in jobs_of if any(path.startswith(f"results/{name}/imported/") for path in job.input)
        }
        assert readers <= {"screen_mixture", "admit_mixture", "keep_screening", "score"}


def test_an_archive_makes_its_tables_again_as_they_were_made(tmp_path, brought):
    kinds = set()
    for made in (jobs(tmp_path, targets=["archive"]), brought):
        (archive,) = (job for job in made if job.rule.name == "archive")
        recipes = dict(archive.params["recipes"])
        tables = {job.wildcards.table: job for job in made if "table" in job.wildcards_dict}
        assert set(recipes) == set(tables)
        for table, job in tables.items():
            given = json.loads(json.dumps({**dict(job.input.items()), **dict(job.params.items())}))
            del given["code"]
            outputs = {name: str(path) for name, path in job.output.items()}
            assert recipes[table] == {"script": job.rule.name, "given": given, "outputs": outputs}
            kinds.add(job.rule.name)
    assert kinds == {path.stem for path in SCRIPTS if path.stem.endswith("_table")}


def test_captions_open(plan):
    flags = [output.flags for job in plan for output in job.rule.output if hasattr(output, "flags")]
    captions = {str(flag["report"].caption) for flag in flags if "report" in flag}
    assert len(captions) == 13
    for caption in captions:
        assert Path(caption).read_text().strip()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_a_guard_a_docstring_and_no_future_import(script):
    tree = ast.parse(script.read_text())
    assert ast.get_docstring(tree)
    assert not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    assert ast.unparse(tree.body[-1]).startswith("if __name__ == '__main__':\n    run(main")


HEAVY = {
    "torch",
    "transformers",
    "trl",
    "deepspeed",
    "peft",
    "datasets",
    "vllm",
    "pandas",
    "numpy",
    "matplotlib",
    "pyarrow",
    "math_verify",
    "rapidfuzz",
    "sympy",
}


@pytest.mark.parametrize("file", sorted((REPO / "workflow" / "scripts").rglob("*.py")), ids=lambda p: p.stem)
def test_nothing_heavy_is_imported_before_main(file):
    tree = ast.parse(file.read_text())
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    assert not names & HEAVY

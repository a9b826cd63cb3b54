"""An archive gives its tables back, offline, and says so if it does not."""

import hashlib
import importlib.util
import json
import marshal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import archive
import gap_table
import pytest
import report_page
import synthetic
from mixdistill.errors import UserError
from mixdistill.findings import findings
from mixdistill.provenance import costs

STUDENTS = {"qwen": ("Qwen", "Qwen2", 1e9), "llama": ("Llama", "Llama", 2e9)}


@pytest.fixture(name="bundle")
def fixture_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of one table, made where a run would make it."""
    monkeypatch.chdir(tmp_path)
    frames = {name: synthetic.frame(name, {"long": 0.4, "short": 0.5}) for name in STUDENTS}
    folder = Path("results/made-up")
    scores = synthetic.save(folder / "scores", frames)
    gap = {"title": "Gap", "first": "long", "second": "short"}
    look = synthetic.look({"kind": "gap", "gap": gap, "students": list(STUDENTS)}, STUDENTS)
    outputs = {kind: folder / "tables" / f"table1.{kind}" for kind in ("csv", "md", "html", "tex")}
    gap_table.main(scores, **outputs, look=json.loads(json.dumps(look)))
    figure = folder / "figures" / "figure2.png"
    figure.parent.mkdir()
    figure.write_bytes(b"a picture")
    (folder / "scores" / "qwen.counts.json").write_text("{}")
    recipe = {
        "script": "gap_table",
        "given": {"scores": list(map(str, scores)), "look": look},
        "outputs": {kind: str(path) for kind, path in outputs.items()},
    }
    made = folder / "archive.zip"
    about = {"name": "made-up", "config": "name: made-up\n"}
    archive.main(scores, list(outputs.values()), [figure], made, {"table1": recipe}, about)
    return tmp_path / made


def rederived(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the archive's own program says."""
    command = [sys.executable, "rederive.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": ""})


def test_tables_are_made_again_to_the_byte(bundle: Path, tmp_path: Path) -> None:
    """From the unpacked archive alone."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(folder)
    done = rederived(folder)
    assert (done.returncode, done.stdout) == (0, "table1: the same to the byte\n"), done.stderr
    names = {path.name for path in folder.rglob("*")}
    assert {"experiment.yaml", "versions.txt", "CITATION.cff", "figure2.png", "qwen.counts.json"} <= names


def test_a_changed_score_is_noticed(bundle: Path, tmp_path: Path) -> None:
    """As damage, and where the digests were changed too, as another table."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(folder)
    name = "results/made-up/scores/qwen.parquet"
    synthetic.save(folder / "results/made-up/scores", {"qwen": synthetic.frame("qwen", {"long": 0.9, "short": 0.5})})
    done = rederived(folder)
    assert (done.returncode, done.stdout) == (1, f"damaged or missing: {name}\n")
    lines = [line for line in (folder / "SHA256SUMS").read_text().splitlines() if not line.endswith(name)]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    done = rederived(folder)
    assert done.returncode == 1
    assert done.stdout.startswith("table1: differs in results/made-up/tables/table1.csv, ")


@pytest.fixture(name="folder")
def fixture_folder(bundle: Path, tmp_path: Path) -> Path:
    """Where an archive was unpacked."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(folder)
    return folder


def signed(folder: Path, name: str, content: str) -> None:
    """Change a file of an archive, and what SHA256SUMS says of it."""
    (folder / name).write_text(content)
    listed = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    listed[name] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {one}\n" for one, digest in listed.items()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"script": "zipfile", "given": {"args": ["-e", "SHA256SUMS", "/tmp"]}}, "'zipfile' is no script of a table"),
        ({"script": "../evil_table"}, "'../evil_table' is no script of a table"),
        ({"script": "evil_table"}, "'evil_table' is no script of a table"),
        ({"outputs": {"csv": "../../taken.csv"}}, "'../../taken.csv' lies outside of "),
        ({"outputs": {"csv": "OUT/taken.csv"}}, "lies outside of "),
        ({"given": {"scores": ["/etc/passwd"], "look": {}}}, "'/etc/passwd' lies outside of "),
    ],
)
def test_recipes_run_scripts_of_tables_and_write_nothing_outside(
    folder: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """Though their sums are right: they are data."""
    recipes = json.loads((folder / "recipes.json").read_text())
    changed = json.loads(json.dumps({**recipes["table1"], **change}).replace("OUT", str(tmp_path)))
    signed(folder, "recipes.json", json.dumps({"table1": changed}))
    done = rederived(folder)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.endswith(": somebody has changed this archive\n")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "taken.csv").exists()


def test_code_that_sums_do_not_list_is_not_run(folder: Path) -> None:
    """Neither in place of Python's own nor of a package."""
    source = folder / "workflow" / "scripts" / "gap_table.py"
    planted = {"json.py", "hashlib.py", "workflow/scripts/pandas.py"}
    for name in planted:
        (folder / name).write_text("print('taken')\n")
    code = compile("print('taken')", str(source), "exec")
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir()
    cached.write_bytes(importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]) + bytes(8) + marshal.dumps(code))
    (folder / "hidden").mkdir()
    (folder / "hidden" / "__init__.py").write_text("print('taken')\n")
    (folder / "workflow" / "scripts" / "tabulate").symlink_to("../../hidden")
    done = rederived(folder)
    found = sorted([str(cached.relative_to(folder)), "workflow/scripts/pandas.py", "workflow/scripts/tabulate"])
    assert (done.returncode, done.stdout.splitlines()) == (1, [f"not of this archive: {one}" for one in found])


def test_names_that_are_damaged_are_printed_in_ascii(folder: Path) -> None:
    with (folder / "SHA256SUMS").open("a") as file:
        file.write("0  a\x1b[2J\u202e\n")
    done = rederived(folder)
    assert (done.returncode, done.stdout) == (1, "damaged or missing: a\\x1b[2J\\u202e\n")


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/hostname", "a/../../x", "a\nb"])
def test_nothing_from_elsewhere_is_archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="lies outside the working directory, or has no plain name"):
        archive.main([Path(name)], [], [], tmp_path / "a.zip", {}, {"name": "x", "config": ""})


def test_the_same_results_give_the_same_archive(bundle: Path) -> None:
    """No dates."""
    first = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as opened:
        recipes = json.loads(opened.read("recipes.json"))
    folder = Path("results/made-up")
    tables = [folder / "tables" / f"table1.{kind}" for kind in ("csv", "md", "html", "tex")]
    scores = [folder / "scores" / f"{name}.parquet" for name in STUDENTS]
    about = {"name": "made-up", "config": "name: made-up\n"}
    archive.main(scores, tables, [folder / "figures" / "figure2.png"], folder / "archive.zip", recipes, about)
    assert bundle.read_bytes() == first


def lines(folder: Path, kind: str, rows: list[dict[str, Any]]) -> list[str]:
    """The sentences on a table with these rows."""
    import pandas as pd

    pd.DataFrame(rows).to_csv(folder / "t.csv", index=False)
    return [sentence for _, said in findings({"t": (kind, "T", folder / "t.csv")}) for sentence in said]


def test_findings_are_said_in_words_and_numbers(tmp_path: Path) -> None:
    """Who is better where, what would decide the rest, what is highest and what cannot be told from it."""
    interval = {"low": -2.04, "high": 0.0}
    gaps = [
        {
            "quantity": "gap",
            "title": "A",
            "value": -1,
            **interval,
            "better": "Short",
            "decided_by": "",
            "verdict": "agrees",
        },
        {
            "quantity": "gap",
            "title": "B",
            "value": -0.01,
            **interval,
            "better": "inconclusive",
            "decided_by": "9 seeds",
            "verdict": "not comparable: so",
        },
    ]
    assert lines(tmp_path, "gap", gaps) == [
        "Short is better for 1 of 2 students: A -1.0 [-2.0, 0.0].",
        "Inconclusive for 1 of 2 students: B 0.0 [-2.0, 0.0]. Would decide: B 9 seeds.",
        "Of 2 printed numbers: 1 agrees, 1 not comparable.",
    ]
    rows = [
        {
            "benchmark": "average",
            "title": "A",
            "mixture_title": name,
            "value": value,
            "low": value - 2,
            "high": value + 2,
            "verdict": "",
        }
        for name, value in (("Long", 30), ("Mix", 40), ("Short", 37))
    ]
    assert lines(tmp_path, "methods", rows) == [
        "A has its highest average after Mix, 40.0 % [38.0, 42.0]; intervals overlap with Short."
    ]
    assert lines(tmp_path, "training", rows) == []


def test_costs_are_summed_by_stage(tmp_path: Path) -> None:
    """Hours from Snakemake, CPU and memory from the last line of the log; a job without one counts its hours."""
    for name, seconds in (("sft/a/1", 3600), ("sft/a/2", 1800), ("mark/a/1", 36)):
        path = tmp_path / "b" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{seconds}\t0:0:0\n")
    log = tmp_path / "l" / "sft" / "a" / "1.log"
    log.parent.mkdir(parents=True)
    log.write_text("used: 1.0 s CPU, 5 MiB\nmore\nused: 7200.0 s CPU, 2000 MiB\n")
    assert costs(tmp_path / "b", tmp_path / "l") == [
        ["sft", "2", "1.500", "2.000", "2,000 MiB"],
        ["mark", "1", "0.010", "0.000", "0 MiB"],
    ]


def test_vendored_libraries_are_those_whose_digests_are_written_down() -> None:
    """All of them, and no other file."""
    folder = report_page.ASSETS / "vendor"
    known = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(found) - {"SHA256SUMS", "README.md"} == set(known)
    assert {name: hashlib.sha256(found[name].read_bytes()).hexdigest() for name in known} == known


def test_no_place_of_this_machine_is_in_it_and_its_page_says_what_runs(bundle: Path, tmp_path: Path) -> None:
    """Though it is given whole paths."""
    table = tmp_path / "results/made-up/tables/table1.csv"
    recipe = {"script": "gap_table", "given": {"scores": []}, "outputs": {"csv": str(table)}}
    about = {"name": "made-up", "config": f"path: {tmp_path}/data.jsonl\nother: {Path('~').expanduser()}/x\n"}
    archive.main([table], [], [], tmp_path / "whole.zip", {"table1": recipe}, about)
    with zipfile.ZipFile(tmp_path / "whole.zip") as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    assert not [name for name, text in texts.items() if str(tmp_path) in name + text]
    assert texts["experiment.yaml"] == "path: data.jsonl\nother: ~/x\n"
    assert "results/made-up/tables/table1.csv" in texts
    assert "rederive.py runs the code that lies beside it" in texts["README.txt"]

"""The whole of config/paper.yaml, to all tables and figures, on tiny models of the same families and real problems."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from mixdistill.jsonl import read
from planning import REPO, jobs
from standins import standins

DATA = REPO.parent / "shared" / "data"
ON_THE_HUB = {"fetch", "check_hub"}

pytestmark = [
    pytest.mark.paper,
    pytest.mark.skipif(not DATA.is_dir(), reason="real problems are not there: ../shared/data"),
]


def snakemake(folder, *more):
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        REPO / "Snakefile",
        "--cores",
        "2",
        "--directory",
        folder,
    ]
    environment = {**os.environ, "MIXDISTILL_WARM": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--configfile", folder / "standins.yaml", *more], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run."""
    made = tmp_path_factory.mktemp("paper")
    raw = standins(yaml.safe_load((REPO / "config" / "paper.yaml").read_text()), DATA, made)
    (made / "standins.yaml").write_text(yaml.safe_dump(raw, sort_keys=False))
    snakemake(made, "--quiet", "all")
    return made


@pytest.fixture(scope="module")
def results(folder):
    return folder / "results" / "paper"


def test_the_plan_is_the_papers_but_for_downloads(folder, tmp_path):
    ours = Counter(job.rule.name for job in jobs(tmp_path, folder / "standins.yaml"))
    papers = Counter(job.rule.name for job in jobs(tmp_path, REPO / "config" / "paper.yaml"))
    assert ours == Counter({name: count for name, count in papers.items() if name not in ON_THE_HUB})


def test_every_table_and_figure_is_there(folder, results):
    raw = yaml.safe_load((folder / "standins.yaml").read_text())
    wanted = [results / "tables" / f"{name}.{kind}" for name in raw["tables"] for kind in ("csv", "md", "html", "tex")]
    wanted += [results / "figures" / f"{name}.{kind}" for name in raw["figures"] for kind in ("pdf", "svg", "png")]
    assert len(wanted) > 40
    assert [path.name for path in wanted if not path.is_file() or path.stat().st_size < 100] == []


def test_no_row_is_lost_on_the_way(results):
    kept = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in results.glob("kept/*.counts.json")}
    assert len(kept) == 9
    for teacher, counts in kept.items():
        assert 20 <= counts["right"] < counts["total"] == 40, teacher
    mixture = list(read(results / "mixtures" / "mix-long.jsonl"))
    shares = Counter(row["teacher"] for row in mixture)
    assert sorted(shares.values()) == [round(len(mixture) * 0.2), len(mixture) - round(len(mixture) * 0.2)]
    problems = sum(sum(1 for _ in read(results / "problems" / f"{name}.jsonl")) for name in TESTS)
    for path in results.glob("scores/*.parquet"):
        scores = pd.read_parquet(path)
        assert set(scores.groupby(["mixture", "seed"]).size()) == {problems}


TESTS = ("math", "gsm8k", "amc23", "aime24", "olympiadbench")


def test_what_students_know_is_scored(results):
    scores = {path.stem: pd.read_parquet(path) for path in results.glob("scores/*.parquet")}
    assert len(scores) == 16
    assert [name for name, rows in scores.items() if not rows["correct"].any()] == []
    right = pd.concat(scores.values()).groupby("benchmark")["correct"].sum()
    assert set(right[right > 20].index) == set(TESTS)


def test_what_students_are_taught_shows(results):
    for path in results.glob("scores/*.parquet"):
        rows = pd.read_parquet(path).set_index(["benchmark", "id"])
        answers = {mixture: dict(part["answer"]) for mixture, part in rows.groupby("mixture", observed=True)}
        distinct = {tuple(sorted(map(str, found.items()))) for found in answers.values()}
        assert len(distinct) > len(answers) / 2, path.stem


def test_nothing_is_left_to_do(folder):
    assert "Nothing to be done" in snakemake(Path(folder))

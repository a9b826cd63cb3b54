"""The table of pinned revisions: whole commits, each repository once."""

import csv
import re
from pathlib import Path

import pytest
from mixdistill.config.sources import Source

TABLE = Path(__file__).parents[2] / "config" / "revisions.csv"


@pytest.fixture(name="rows")
def table_rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_found_revision_is_a_whole_commit(rows):
    for row in rows:
        if row["found"] == "no":
            assert row["revision"] == "", row["repo"]
        else:
            assert Source(hub=row["repo"], revision=row["revision"]).hub == row["repo"]


def test_rows_are_of_known_kinds(rows):
    assert {row["type"] for row in rows} == {"model", "dataset"}
    assert {row["found"] for row in rows} == {"yes", "one source", "no"}
    assert all(row["evidence"] and row["notes"] and None not in row for row in rows)


def test_each_repository_stands_once(rows):
    places = [(row["repo"], row["type"]) for row in rows]
    assert len(places) == len(set(places))


def test_no_commit_is_given_to_two_repositories(rows):
    commits = [row["revision"] for row in rows if row["revision"]]
    assert len(commits) == len(set(commits))


def test_commits_in_the_evidence_are_whole(rows):
    for row in rows:
        for digits in re.findall(r"\b[0-9a-f]{30,}\b", row["evidence"]):
            assert len(digits) == 40, row["repo"]

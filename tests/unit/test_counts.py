"""Between stages no row is lost, added or doubled without being noticed."""

import json

import export_released
import judge_table
import mark
import pytest
import score
from mixdistill import counts
from mixdistill.errors import UserError
from mixdistill.jsonl import write

ROWS = [
    {
        "benchmark": "math",
        "id": name,
        "sample": sample,
        "completion": "\\boxed{1}",
        "tokens": 3,
        "finish_reason": "stop",
    }
    for name in ("a", "b")
    for sample in (0, 1)
]


@pytest.fixture(name="given")
def stage(tmp_path):
    """Two problems, and two answers to each, with their counts."""
    write(tmp_path / "math.jsonl", [{"id": name, "problem": "1?", "answer": "1"} for name in ("a", "b")])
    write(tmp_path / "1.jsonl", ROWS)
    counts.save(tmp_path / "1.counts.json", 4, {"stop": 4})
    made = {"marks": tmp_path / "marks.jsonl", "counts": tmp_path / "marks.counts.json"}
    return {
        "problems": [tmp_path / "math.jsonl"],
        "answers": tmp_path / "1.jsonl",
        "policies": {"math": "boxed"},
        **made,
    }


def test_all_rows_there_once_are_taken(given):
    mark.main(**given)
    assert json.loads(given["counts"].read_text()) == {"total": 4, "right": 4}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[:3], "3 rows, but 4 were written (1.counts.json)"),
        ([*ROWS, {**ROWS[0], "sample": 2}], "5 rows, but 4 were written (1.counts.json)"),
        ([*ROWS[:3], ROWS[0]], "row 4: math a 0 stands here twice"),
        ([], "0 rows, but 4 were written (1.counts.json)"),
    ],
    ids=["lost", "added", "doubled", "emptied"],
)
def test_rows_that_were_lost_added_or_doubled_end_the_next_stage(given, rows, said):
    write(given["answers"], rows)
    with pytest.raises(UserError) as caught:
        mark.main(**given)
    assert said in str(caught.value)
    assert f"remove {given['answers']} and repeat the command" in str(caught.value)
    assert not given["marks"].exists()


def test_a_file_made_by_hand_needs_no_counts(given):
    given["answers"].with_suffix(".counts.json").unlink()
    write(given["answers"], ROWS[:3])
    mark.main(**given)
    assert json.loads(given["counts"].read_text())["total"] == 3


def test_rows_that_are_written_may_be_fewer_than_were_looked_at(tmp_path):
    write(tmp_path / "kept.jsonl", ROWS[:1])
    counts.save(tmp_path / "kept.counts.json", 4, {"right": 1, "wrong": 3}, 1)
    assert list(counts.read(tmp_path / "kept.jsonl")) == ROWS[:1]


VERDICT = {"kind": "rejected", "benchmark": "math", "id": "a", "gold": "1", "answer": "2", "verdict": "true"}


def test_a_verdict_given_twice_ends_what_reads_it(tmp_path):
    path = tmp_path / "qwen.jsonl"
    write(path, [VERDICT, {**VERDICT, "kind": "accepted"}, {**VERDICT, "answer": "3"}])
    assert judge_table.tallied([path])["rejected"]["true"] == 2
    write(path, [VERDICT, {**VERDICT, "verdict": "false"}])
    with pytest.raises(UserError, match="row 2: rejected math a 1 2 stands here twice"):
        judge_table.tallied([path])
    marks = tmp_path / "1.jsonl"
    write(marks, [])
    (tmp_path / "overlap.json").write_text('{"policy": "report", "pairs": {}}')
    screening, cells = (tmp_path / "overlap.json", [], []), [["qwen", "long", 1]]
    with pytest.raises(UserError, match="stands here twice"):
        score.main([marks], path, *screening, tmp_path / "s", tmp_path / "c", cells, {})
    with pytest.raises(UserError, match="stands here twice"):
        export_released.main([], marks, path, tmp_path / "released", {})

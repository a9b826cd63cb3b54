"""Rows in token ids, and the batches they make: nothing is lost, nothing depends on packing or on devices."""

import time

import pytest
from mixdistill.errors import UserError
from mixdistill.seeds import seed_of
from mixdistill.templates import Template
from mixdistill.training.batches import division, epoch
from mixdistill.training.rows import IGNORED, example, held_out, lengths, prepared
from models import byte_model

ROWS = [
    {"id": str(n), "prompt": "?" * (n % 7 + 1), "completion": "so " * (n % 11) + str(n), "teacher": "ab"[n % 2]}
    for n in range(40)
]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    from transformers import AutoTokenizer

    return Template(AutoTokenizer.from_pretrained(byte_model(tmp_path_factory.mktemp("model"))))


def test_labels_are_the_completion_and_its_end(template):
    one = example(ROWS[12], template, None)
    learnt = [label for label in one.labels if label != IGNORED]
    assert learnt == template.completion(ROWS[12]["completion"]) == one.input_ids[-one.learnt :]
    assert learnt[-1] == template.end
    assert one.input_ids[: -one.learnt] == template.prompt(ROWS[12]["prompt"])
    assert not one.cut


def test_a_cut_row_loses_its_end_and_nothing_else(template):
    whole = example(ROWS[12], template, None)
    exact, cut = (example(ROWS[12], template, len(whole.input_ids) - less) for less in (0, 1))
    assert exact == whole
    assert cut.cut
    assert (cut.input_ids, cut.labels) == (whole.input_ids[:-1], whole.labels[:-1])


def test_counts_add_up_by_fate_and_by_teacher(template):
    longest_prompt = max(len(template.prompt(row["prompt"])) for row in ROWS)
    made = prepared(ROWS, template, longest_prompt, 0.1)
    counts = made.counts
    fates = ("training rows", "validation rows", "rows without completion")
    assert sum(counts[fate] for fate in fates) == counts["rows"] == 40
    assert min(counts[fate] for fate in (*fates, "cut rows")) > 0
    assert counts["tokens"] == sum(len(one.input_ids) for one in made.training)
    assert counts["tokens"] == counts["prompt tokens"] + counts["completion tokens"]
    for name, count in counts.items():
        assert sum(teacher[name] for teacher in made.teachers.values()) == count
    assert len(made.training) == counts["training rows"]
    assert len(made.validation) == counts["validation rows"]


def test_rows_of_very_many_teachers_or_of_none_are_counted_too(template):
    """Training sets that exist already may say anything."""
    rows = [{**ROWS[1], "id": str(n), "teacher": None if n % 2 else f"t{n}"} for n in range(4_000)]
    before = time.process_time()
    made = prepared(rows, template, None, 0)
    assert time.process_time() - before < 5
    assert len(made.teachers) == 2_001
    assert made.teachers[None]["rows"] == 2_000


def test_lengths_are_of_the_tokens_that_are_learnt(template):
    taught = prepared(ROWS, template, None, 0).training
    found, known = lengths(taught), [one.learnt for one in taught]
    assert (found["min"], found["max"]) == (min(known), max(known))
    assert list(found.values()) == sorted(found.values())
    assert found["50%"] == pytest.approx(sorted(known)[len(known) // 2], abs=2)
    assert set(lengths(taught[:1]).values()) == {taught[0].learnt}


def test_the_same_problems_validate_whatever_their_completions_and_order(template):
    other = [{**row, "completion": "x", "teacher": "c"} for row in reversed(ROWS)]
    assert held_out(ROWS, 0.1) == held_out(other, 0.1)
    assert len(held_out(ROWS, 0.1)) == 4
    assert len(held_out(ROWS, 0.001)) == 1
    assert held_out(ROWS, 0.0) == set()
    assert min(map(str, range(40)), key=lambda one: seed_of("validation", one)) in held_out(ROWS, 0.1)


def test_settings_that_leave_nothing_are_refused(template):
    with pytest.raises(UserError, match=r"sft.max_length: 8 tokens leave no completion in any of 40 rows"):
        prepared(ROWS, template, 8, 0.0)
    with pytest.raises(UserError, match=r"sft.validation: 0.5 leaves none of 1 rows"):
        prepared(ROWS[:1], template, None, 0.5)


@pytest.mark.parametrize(
    ("batch_size", "at_most", "processes", "expected"),
    [
        (8, 2, 1, (2, 4)),
        (8, 2, 4, (2, 1)),
        (8, 2, 8, (1, 1)),
        (80, 3, 8, (2, 5)),
        (6, 4, 1, (3, 2)),
        (8, 16, 2, (4, 1)),
    ],
)
def test_the_rows_of_a_step_are_divided_evenly(batch_size, at_most, processes, expected):
    divided = division(batch_size, at_most, processes)
    assert divided == expected
    assert divided.rows * divided.passes * processes == batch_size


@pytest.mark.parametrize("processes", [3, 16])
def test_rows_that_cannot_be_divided_are_refused(processes):
    with pytest.raises(UserError, match=f"8 rows per step cannot be divided evenly over {processes} GPUs"):
        division(8, 2, processes)


@pytest.mark.parametrize("packed_to", [None, 256])
def test_an_epoch_is_whole_steps_with_every_row_once(template, packed_to):
    examples = prepared(ROWS[:-1], template, 96, 0.0).training
    made = epoch(examples, 8, blank=7, packed_to=packed_to)
    assert len(made) % 8 == 0
    pieces = []
    for row in made:
        assert len(row["input_ids"]) <= 256
        begin = 0
        for length in row.get("seq_lengths", [len(row["input_ids"])]):
            pieces.append((row["input_ids"][begin : begin + length], row["labels"][begin : begin + length]))
            begin += length
    blanks = [piece for piece in pieces if piece == ([7], [IGNORED])]
    assert 0 < len(blanks) < 8
    taught = [(one.input_ids, one.labels) for one in examples]
    assert sorted(piece for piece in pieces if piece not in blanks) == sorted(taught)
    if packed_to:
        assert len(made) < len(examples) / 2


def test_whole_steps_are_not_filled_up(template):
    assert len(epoch(prepared(ROWS, template, None, 0.0).training, 8, blank=7)) == 40

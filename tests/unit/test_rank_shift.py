"""Ranks equal those of a per-token reference, in memory that stays flat; tables and figures show them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import example_figure
import pandas as pd
import pytest
import rank_shift
import rank_shift_figure
import rank_shift_table
import synthetic
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.ranks import CHUNK, by_token, logits_in_float32, ranks
from models import byte_model

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def reference(model: Any, prompt: list[int], completion: list[int]) -> list[int]:
    """One forward pass over the whole text for each token, and a look at its place in the sorted vocabulary."""
    import torch

    found = []
    for at, token in enumerate(completion):
        ids = torch.tensor([[*prompt, *completion[:at]]])
        with torch.inference_mode():
            logits = model(input_ids=ids).logits[0, -1]
        found.append(sum(1 for value in logits.tolist() if value > logits[token].item()))
    return found


@pytest.mark.parametrize(
    ("kind", "before", "length"),
    [
        *((kind, CHUNK - 1, CHUNK + 2) for kind in ("qwen2", "llama", "gemma2")),
        *(("qwen2", *sizes) for sizes in ((1, 5), (30, 40), (CHUNK, 20), (CHUNK + 1, 3))),
    ],
)
def test_ranks_are_those_of_the_reference(tmp_path: Path, kind: str, before: int, length: int) -> None:
    """Whatever the places of the chunks' ends."""
    import torch
    from mixdistill.weights import located

    model = located(byte_model(tmp_path / "m", kind), []).load_base("float64").eval()
    numbers = torch.randint(0, 250, (before + length,), generator=torch.Generator().manual_seed(before)).tolist()
    prompt, completion = numbers[:before], numbers[before:]
    last = max(0, length - 12)  # of long ones the end: the reference takes its time
    found = ranks(model, prompt, completion)
    assert len(found) == length
    assert max(found) > 100
    assert found[last:] == reference(model, [*prompt, *completion[:last]], completion[last:])


@pytest.mark.parametrize("kind", ["qwen2", "gemma2"])
def test_ranks_of_a_model_in_bfloat16_know_no_ties(tmp_path: Path, kind: str) -> None:
    """Its logits have 8 bits: the token that is written is then no more likely than others, and its rank 0 by tie."""
    import torch
    from mixdistill.weights import located

    model = located(byte_model(tmp_path / "m", kind), []).load_base("bfloat16").eval()
    numbers = torch.randint(0, 250, (200,), generator=torch.Generator().manual_seed(1)).tolist()
    ids = torch.tensor([numbers])
    with torch.inference_mode():
        hidden = model.model(input_ids=ids).last_hidden_state[0]
        exact = hidden.float() @ model.get_output_embeddings().weight.float().T
    expected = (exact[99:199] > exact[99:199].gather(-1, ids[0, 100:, None])).sum(-1).tolist()
    tied = ranks(model, numbers[:100], numbers[100:])
    with logits_in_float32(model):
        assert ranks(model, numbers[:100], numbers[100:]) == expected
    assert tied != expected
    assert ranks(model, numbers[:100], numbers[100:]) == tied


MEMORY = """
import resource, sys, torch
from mixdistill.ranks import ranks
from transformers import AutoConfig, AutoModelForCausalLM

torch.set_num_threads(1)
config = AutoConfig.for_model("qwen2", vocab_size=32_000, hidden_size=32, num_hidden_layers=1, num_attention_heads=1,
    num_key_value_heads=1, intermediate_size=32, max_position_embeddings=20_000, tie_word_embeddings=True)
model = AutoModelForCausalLM.from_config(config).eval()
peaks = []
for length in (1_000, 16_000):
    assert len(ranks(model, [1] * 100, list(range(length)))) == length
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(*peaks)
"""


def test_memory_is_flat_for_sixteen_thousand_tokens() -> None:
    """The logits of such a text are 2 GB; keys and values are what grows. Freed memory is given back at once."""
    command = [sys.executable, "-c", MEMORY]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SCRIPTS), "MALLOC_MMAP_THRESHOLD_": "1000000"},
    )
    short, long = map(float, done.stdout.split()[-2:])
    assert long - short < 40


def test_tokens_are_summed_up_by_their_ranks() -> None:
    """Those of the highest mean rank first, then by number."""
    found = list(by_token([([7, 8, 7], [4, 0, 1]), ([8, 9], [2, 1])]))
    assert [one["id"] for one in found] == [7, 8, 9]
    assert found[0] == {"id": 7, "count": 2, "mean": 2.5, "median": 2.5, "shifted": 1.0}
    assert found[1]["shifted"] == 0.5


@pytest.fixture(name="shifts")
def fixture_shifts(tmp_path: Path) -> Path:
    """Rank shifts of a model that has learnt nothing, of four answers."""
    base = byte_model(tmp_path / "base")
    write(tmp_path / "math.jsonl", [{"id": f"m{n}", "problem": f"{n}?", "answer": "1"} for n in range(6)])
    rows = [
        {
            "benchmark": "math",
            "id": f"m{n}",
            "sample": sample,
            "completion": "so\u00e9 b" * n,
            "tokens": 6 * n + 1,
            "finish_reason": "stop",
        }
        for n in range(6)
        for sample in (0, 1)
    ]
    write(tmp_path / "1.jsonl", rows)
    paths = {"shifts": tmp_path / "1-4.jsonl", "counts": tmp_path / "1-4.counts.json"}
    question = {"math": {"prompt": "Q: {problem}", "stop": []}}
    rank_shift.main(
        [tmp_path / "math.jsonl"],
        tmp_path / "1.jsonl",
        base,
        **paths,
        benchmarks=question,
        number=4,
        engine={"dtype": "float32"},
    )
    return paths["shifts"]


def test_a_row_says_how_often_a_token_occurs_and_how_unlikely_it_was(shifts: Path) -> None:
    """Bytes that are no character are shown as the tokenizer writes them; empty answers are left out."""
    rows = {row["token"]: row for row in read(shifts)}
    counts = json.loads(shifts.with_suffix(".counts.json").read_text())
    assert set(rows) == {"s", "o", " ", "b", "\u00c3", "\u00a9"}
    assert counts["answers"] == counts["as_written"] == 4
    assert sum(row["count"] for row in rows.values()) == counts["positions"] == 6 * rows["s"]["count"]
    assert all(0 <= row["median"] < 260 and 0 <= row["shifted"] <= 1 for row in rows.values())


def test_table_and_figure_show_the_tokens(tmp_path: Path, shifts: Path) -> None:
    """Blanks are visible; what is too rare is left out, and if all is, a line says so."""
    entry = {"student": "s", "mixture": "long", "answers": 4, "least": 5, "top": 3}
    look = synthetic.look(entry, {"s": ("Student", "F", 1e9)})
    files = {kind: tmp_path / f"t.{kind}" for kind in ("csv", "md", "html", "tex")}
    rank_shift_table.main(shifts, **files, look=look)
    assert len(pd.read_csv(files["csv"])) == 6
    text = files["md"].read_text()
    assert len([line for line in text.splitlines() if line.startswith("|")]) == 2 + 1 + 3
    assert "4 answers of the first seed" in text
    pictures = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "svg", "png")}
    rank_shift_figure.main(shifts, **pictures, look=look)
    assert "Mean rank before training" in pictures["svg"].read_text()
    look["entry"]["least"] = 1000
    with pytest.raises(UserError, match="no token occurs 1000 times"):
        rank_shift_table.main(shifts, **files, look=look)


@pytest.mark.parametrize(
    ("right", "expected", "only"),
    [
        ([{"a": 0, "b": 0, "c": 1}, {"a": 0, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}], "a", True),
        ([{"a": 1, "b": 0, "c": 1}, {"a": 0, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}], "b", False),
        ([{"a": 0, "b": 0, "c": 0}, {"a": 1, "b": 0, "c": 0}, {"a": 1, "b": 1, "c": 1}], "c", True),
        ([{"a": 1}, {"a": 1}, {"a": 1}], None, False),
        ([{"a": 0}, {"a": 0}, {"a": 0}], None, False),
    ],
)
def test_the_example_is_chosen_by_rule(right: list[dict[str, int]], expected: str | None, only: bool) -> None:
    """What only the last model solves comes first, then what not all do; of these the shortest."""
    lengths = {("math", name): length for name, length in {"a": 30, "b": 20, "c": 10}.items()}
    by = [{("math", name): bool(ok) for name, ok in one.items()} for one in right]
    found = example_figure.chosen(by, lengths)
    assert (found and found.identity) == expected
    assert found is None or found.only == only


def test_the_example_shows_problem_and_answers_as_text(tmp_path: Path) -> None:
    """Dollars, long words and very long answers do no harm; the rule is stated."""
    mixtures, n = ["long", "short", "mix_long"], 3
    frame = synthetic.frame("s", dict.fromkeys(mixtures, 0.5), seeds=(1,), sizes={"math": n})
    frame["correct"] = (frame["mixture"] == "mix_long") & (frame["id"] == "math-1")
    scores = synthetic.save(tmp_path / "scores", {"s": frame})
    write(
        tmp_path / "math.jsonl", [{"id": f"math-{at}", "problem": "What is $x_1^{?", "answer": "$1"} for at in range(n)]
    )
    said = {
        "long": "Wait. " * 3000,
        "short": "x" * 500 + " $\\frac{ \x1b\x00\ud800",
        "mix_long": "\\boxed{1}\n\n<b>so</b>",
    }
    paths = []
    for mixture in mixtures:
        paths.append(tmp_path / mixture / "1.jsonl")
        rows = [{"benchmark": "math", "id": f"math-{at}", "sample": 0, "completion": said[mixture]} for at in range(n)]
        write(paths[-1], rows)
    look = synthetic.look({"student": "s", "mixtures": mixtures}, {"s": ("Student", "F", 1e9)})
    look["titles"]["benchmarks"] = {"math": "MATH"}
    files = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "svg", "png")}
    example_figure.main([tmp_path / "math.jsonl"], scores, paths, **files, look=look)
    text = files["svg"].read_text()
    assert "lines left out" in text
    assert "What is $x_1^{?" in text
    assert (
        "Of 1 problems that only the model trained on Mix-Long solves, the one whose answers are shortest"
        in " ".join(text.split())
    )
    assert "&lt;b&gt;so" in text
    assert "\\x1b\\x00\\ud800" in text

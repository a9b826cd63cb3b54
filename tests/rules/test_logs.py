"""Logs of lm-evaluation-harness in place of answers: somebody else's run is scored here, and nothing is generated."""

import json
import subprocess
import sys

import pytest
import yaml
from bring_answers import documents
from bring_answers import main as bring_answers
from examples import example
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from planning import REPO

PROBLEMS = {
    "aime": [
        {"id": "aime/0", "problem": "Find $m+n$.\n", "answer": "25"},
        {"id": "aime/1", "problem": "Find\n  $p$.", "answer": "204"},
    ],
    "gsm8k": [{"id": "gsm8k/0", "problem": "How many eggs?", "answer": "18"}],
}
TASKS = {"aime": ["AIME"], "gsm8k": ["gsm8k_cot_zeroshot"]}
TIME = "2025-10-07T06-52-09.153295"


def sample(number, doc, responses, filtered="none"):
    """A line as the harness 0.4 writes it."""
    prompt = f"<|im_start|>user\n{doc.get('problem', doc.get('question'))}<|im_end|>\n<|im_start|>assistant\n"
    until = {"until": ["Problem:"], "do_sample": False, "temperature": 0, "max_gen_toks": 16000}
    return {
        "doc_id": number,
        "doc": doc,
        "target": "a solution",
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": until}},
        "resps": [responses],
        "filtered_resps": responses[:1],
        "filter": filtered,
        "metrics": ["exact_match"],
        "doc_hash": "d6343978",
        "prompt_hash": "7868239f",
        "target_hash": "1d7aef8d",
        "exact_match": 0,
    }


AIME = [
    sample(0, {"id": 60, "problem": "Find $p$.", "solution": "so $204$", "answer": "204"}, [r"\boxed{204}"]),
    sample(1, {"id": 61, "problem": "Find $m+n$.", "solution": "so $25$", "answer": "025"}, [r"\boxed{26}"]),
]
EGGS = {"question": "How many eggs?", "answer": "9*2=18\n#### 18"}
GSM8K = [sample(0, EGGS, ["18 eggs"], kind) for kind in ("strict-match", "flexible-extract")]


@pytest.fixture
def bring(tmp_path):
    """Bring answers from logs; returns the rows."""

    def brought(aime=AIME, gsm8k=GSM8K, **files):
        logs = tmp_path / "Qwen__Qwen2.5-7B"
        write(logs / f"samples_AIME_{TIME}.jsonl", aime)
        write(logs / f"samples_gsm8k_cot_zeroshot_{TIME}.jsonl", gsm8k)
        write(logs / f"samples_AIME_hard_{TIME}.jsonl", [])
        (logs / f"results_{TIME}.json").write_text("{}")
        for name, rows in files.items():
            write(logs / name, rows)
        problems = [tmp_path / f"{name}.jsonl" for name in PROBLEMS]
        for path in problems:
            write(path, PROBLEMS[path.stem])
        bring_answers(problems, [logs], tmp_path / "answers.jsonl", tmp_path / "counts.json", TASKS)
        return list(read(tmp_path / "answers.jsonl"))

    return brought


def test_documents_answer_the_problems_whose_text_they_have(bring, tmp_path):
    rows = bring()
    assert [(row["benchmark"], row["id"], row["sample"], row["completion"]) for row in rows] == [
        ("aime", "aime/0", 0, r"\boxed{26}"),
        ("aime", "aime/1", 0, r"\boxed{204}"),
        ("gsm8k", "gsm8k/0", 0, "18 eggs"),
    ]
    assert {(row["tokens"], row["finish_reason"]) for row in rows} == {(None, "unknown")}
    assert json.loads((tmp_path / "counts.json").read_text()) == {"total": 3, "brought": 3, "problems": 3}


def test_a_byte_order_mark_is_no_fault(tmp_path):
    log = tmp_path / "samples_AIME.jsonl"
    write(log, AIME)
    log.write_bytes(b"\xef\xbb\xbf" + log.read_bytes())
    assert len(list(documents(log))) == 2


def test_several_responses_are_samples(bring):
    aime = [{**row, "resps": [["a", "b", "b"]]} for row in AIME]
    rows = bring(aime)
    assert [(row["sample"], row["completion"]) for row in rows[:3]] == [(0, "a"), (1, "b"), (2, "b")]


def test_a_line_per_filter_may_leave_out_the_filters_name(bring):
    """As 0.4.3 to 0.4.6 write: all documents of one filter, then all of the next."""
    passes = [unnamed(row) for row in [*AIME, *AIME, *AIME]]
    passes[2]["filtered_resps"] = ["[invalid]"]
    rows = bring(passes, map(unnamed, GSM8K))
    assert [row["completion"] for row in rows] == [r"\boxed{26}", r"\boxed{204}", "18 eggs"]


def test_carriage_returns_and_a_folder_for_the_model_are_no_faults(bring, tmp_path):
    expected = bring()
    for log in (tmp_path / "Qwen__Qwen2.5-7B").glob("*.jsonl"):
        log.write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))
    problems = [tmp_path / f"{name}.jsonl" for name in PROBLEMS]
    bring_answers(problems, [tmp_path], tmp_path / "again.jsonl", tmp_path / "counts.json", TASKS)
    assert list(read(tmp_path / "again.jsonl")) == expected


def test_tasks_of_a_group_make_up_one_benchmark(tmp_path):
    for subject, row in zip(("algebra", "geometry"), AIME, strict=True):
        write(tmp_path / "logs" / f"samples_math_{subject}_{TIME}.jsonl", [row])
    write(tmp_path / "aime.jsonl", PROBLEMS["aime"])
    tasks = {"aime": ["math_algebra", "math_geometry"]}
    bring_answers(
        [tmp_path / "aime.jsonl"], [tmp_path / "logs"], tmp_path / "out.jsonl", tmp_path / "counts.json", tasks
    )
    assert [row["id"] for row in read(tmp_path / "out.jsonl")] == ["aime/0", "aime/1"]


def test_a_single_log_may_be_named_itself(tmp_path):
    log = tmp_path / "samples_AIME.jsonl"
    write(log, AIME)
    write(tmp_path / "aime.jsonl", PROBLEMS["aime"])
    bring_answers(
        [tmp_path / "aime.jsonl"], [log], tmp_path / "out.jsonl", tmp_path / "counts.json", {"aime": ["AIME"]}
    )
    assert len(list(read(tmp_path / "out.jsonl"))) == 2


def unnamed(row):
    """A line without the filter's name."""
    return {key: value for key, value in row.items() if key != "filter"}


OTHER = {"problem": "Another problem", "answer": "1"}
WRONG = [
    ({"aime": [*AIME, sample(2, OTHER, ["x"])]}, "document 3 is no problem of aime (fields problem, answer); log and"),
    (
        {"aime": [sample(0, {"problem": "Find $p$.", "hint": "Find $m+n$."}, ["x"])]},
        "document 1 is several problems of aime",
    ),
    ({"aime": [*AIME, {**AIME[0], "doc_id": 2}]}, "document 3 is 'aime/1' of aime once more"),
    ({"aime": [*AIME, AIME[0]]}, ".jsonl:3: doc_id 0 occurs twice; give the log of one run"),
    ({"aime": [*AIME, {**AIME[0], "filter": "x", "resps": [["y"]]}]}, ".jsonl:3: doc_id 0 occurs twice"),
    ({"aime": AIME[:1]}, "no document for 1 of 2 problems of aime, such as 'aime/0'; was the run limited?"),
    ({"aime": [AIME[0], {**AIME[1], "resps": [["a", "b"]]}]}, "aime has problems with 1 and with 2 responses"),
    (
        {"aime": [{**AIME[0], "resps": [["-1.5", "True"], ["-2", "False"]]}]},
        ".jsonl:1: no doc_id, doc and resps of a generate_until task (it has doc_id, doc, target",
    ),
    ({"aime": [{"question": "x"}]}, ".jsonl:1: no doc_id, doc and resps of a generate_until task (it has question)"),
    ({"aime": [{**AIME[0], "resps": [[None]]}]}, ".jsonl:1: resps holds null where a response's text belongs"),
    (
        {"aime": [AIME[0], {**AIME[1], "resps": [["a", {"text": "b"}]]}]},
        ".jsonl:2: resps holds an object ({'text': 'b'}) where a response's text belongs",
    ),
    ({"aime": [{**AIME[0], "resps": [None]}]}, ".jsonl:1: resps holds null where a list of responses belongs"),
    ({"aime": [{**AIME[0], "resps": "so 4"}]}, ".jsonl:1: resps holds text ('so 4') where a list of responses belongs"),
    ({"aime": [{**AIME[0], "resps": [[]]}]}, ".jsonl:1: resps holds no response"),
    ({"aime": [AIME[0], {**AIME[1], "doc": None}]}, ".jsonl:2: doc is null where the document's fields belong"),
    ({"aime": [{**AIME[0], "doc": "Find $p$."}]}, ".jsonl:1: doc is text ('Find $p$.') where the document's fields"),
    ({"aime": [{**AIME[0], "doc_id": None}]}, ".jsonl:1: doc_id is null where a number belongs"),
    (
        {"aime": [unnamed(AIME[0]), unnamed(AIME[1]), unnamed(AIME[0])]},
        ".jsonl: doc_id 0 has 2 lines and doc_id 1 has 1, where each has one for every filter; give the log of one run",
    ),
    (
        {"aime": [unnamed(AIME[0]), {**unnamed(AIME[0]), "resps": [["other"]]}]},
        ".jsonl:2: doc_id 0 occurs twice; give the log of one run",
    ),
    (
        {"samples_AIME_2025-10-08T00-00-00.jsonl": AIME},
        "Qwen__Qwen2.5-7B: needs one samples_AIME_<time>.jsonl, has samples_AIME_2025-10-07T06-52-09.153295.jsonl, "
        "samples_AIME_2025-10-08T00-00-00.jsonl",
    ),
]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_wrong_logs_are_the_users_line(bring, given, message):
    with pytest.raises(UserError) as caught:
        bring(**given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_task_is_the_users_line(tmp_path):
    write(tmp_path / "logs" / f"samples_AMC_{TIME}.jsonl", [])
    write(tmp_path / "aime.jsonl", PROBLEMS["aime"])
    with pytest.raises(UserError, match="needs one samples_AIME_<time>.jsonl, has samples_AMC_2025"):
        bring_answers(
            [tmp_path / "aime.jsonl"], [tmp_path / "logs"], tmp_path / "a", tmp_path / "c", {"aime": ["AIME"]}
        )


def test_somebody_elses_run_is_scored_without_a_model(tmp_path):
    """From logs of two runs to tables and to the released code's files, through the DAG."""
    raw = example()
    for name, rows in PROBLEMS.items():
        write(tmp_path / f"{name}.jsonl", rows)
        raw["problems"][name] = {"source": {"path": f"{name}.jsonl"}}
    write(tmp_path / "README.md", [])
    for run, answer in (("before", 1), ("after", 25)):
        rows = [AIME[0], {**AIME[1], "resps": [[f"\\boxed{{{answer}}}"]]}]
        write(tmp_path / run / f"samples_AIME_{TIME}.jsonl", rows)
        write(tmp_path / run / f"samples_gsm8k_cot_zeroshot_{TIME}.jsonl", GSM8K)
    theirs = {
        "logs": {"untrained": ["before"], "long": ["after"], "short": ["before"]},
        "parameters": 7e9,
        "family": "Qwen2.5",
    }
    raw |= {"students": {"theirs": theirs}, "figures": {}}
    raw["benchmarks"] = {
        "aime": {"title": "AIME", "problems": "aime", "prompt": "{problem}", "tasks": ["AIME"]},
        "gsm8k": {
            "title": "GSM8K",
            "problems": "gsm8k",
            "prompt": "{problem}",
            "answer": "last-number",
            "tasks": ["gsm8k_cot_zeroshot"],
        },
    }
    table = {"kind": "methods", "title": "Theirs", "students": ["theirs"], "mixtures": ["untrained", "long"]}
    gap = {"title": "gap", "first": "long", "second": "untrained"}
    raw["tables"] = {
        "theirs": table,
        "graders": {"kind": "graders", "title": "Graders", "students": ["theirs"], "gaps": [gap]},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw))
    command = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--configfile", "mine.yaml"]
    command += ["--cores", "2", "tables", "results/example/released/theirs/long/1", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "students.theirs.logs.short: in no table or figure, so nothing reads this" in done.stderr
    results = tmp_path / "results" / "example"
    text = (results / "tables" / "theirs.md").read_text()
    assert [line.replace("*", "").split("|")[1:4] for line in text.splitlines() if "| " in line][-2:] == [
        [" untrained ", " 50.0 ", " 100.0 "],
        [" long ", " 100.0 ", " 100.0 "],
    ]
    assert json.loads((results / "released/theirs/long/1/summary_results_AIME.json").read_text()) == {
        "none_resp_answer_count": 0,
        "exact_match_accuracy": 1.0,
        "llm_check_result_accuracy": 1.0,
        "none_llm_check_result_count": 0,
    }
    assert not (results / "models").exists()
    assert not (results / "completions").exists()

"""Whatever is wrong with what a user brings ends in one clear line, before a model is trained or asked."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from mixdistill.jsonl import read, write
from models import byte_adapter, byte_model, change_tensors, remove
from planning import REPO

pytestmark = pytest.mark.slow

WORDS = ["apples", "pears", "plums", "figs", "dates", "limes", "nuts", "beans", "peas", "leeks", "kale", "rice"]
TRAINING = [
    {"id": f"t{n}", "problem": f"How many {word} are {n} and {n}?", "answer": str(2 * n)}
    for n, word in enumerate(WORDS)
]
TEST = [
    {"id": f"e{n}", "problem": f"What is left of {n} {word} when one is eaten?", "answer": str(n - 1)}
    for n, word in enumerate(WORDS)
]
WROTE = [{"id": row["id"], "completion": f"So \\boxed{{{row['answer']}}}"} for row in TRAINING]

EXPERIMENT = """
name: wrong
problems:
  train: {source: {path: train.jsonl}}
  test: {source: {path: test.jsonl}}
teaching: {problems: train, prompt: "{problem}"}
teachers:
  one: {completions: {path: one.jsonl}}
  two: {completions: {path: two.jsonl}}
comparisons: {both: {teachers: [one, two]}}
mixtures:
  one: {comparison: both, parts: {one: 1}}
  two: {comparison: both, parts: {two: 1}}
sft: {max_length: 128}
students:
  student: {model: {path: student}, parameters: 100, family: Qwen2}
benchmarks:
  test: {title: Test, problems: test, prompt: "{problem}"}
answering: {sampling: {max_tokens: 4}}
tables:
  table: {kind: gap, title: T, gap: {title: gap, first: one, second: two}, students: [student]}
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """An experiment with nothing wrong."""
    folder = tmp_path_factory.mktemp("sound")
    write(folder / "train.jsonl", TRAINING)
    write(folder / "test.jsonl", TEST)
    for teacher in ("one", "two"):
        write(folder / f"{teacher}.jsonl", WROTE)
    byte_model(folder / "student")
    return folder


class Case:
    """A copy of the sound experiment, to be spoiled."""

    def __init__(self, folder):
        self.folder, self.raw = folder, yaml.safe_load(EXPERIMENT)

    def rows(self, name, change):
        """Change the rows of a file."""
        rows = list(read(self.folder / name))
        write(self.folder / name, change(rows) or rows)

    def config(self, name, **changes):
        """Change a JSON file of the student."""
        path = self.folder / "student" / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def gold_left_out(case):
    case.rows("test.jsonl", lambda rows: rows[3].pop("answer") and None)


def gold_null(case):
    case.rows("train.jsonl", lambda rows: rows[3].update(answer=None))


def unknown_column(case):
    case.raw["problems"]["test"]["fields"] = {"problem": "question"}


def no_rows(case):
    (case.folder / "test.jsonl").write_text("")


def torn_line(case):
    path = case.folder / "train.jsonl"
    path.write_text(path.read_text()[:-20])


def same_id_twice(case):
    case.rows("test.jsonl", lambda rows: rows[3].update(id="e1"))


def empty_problem(case):
    case.rows("train.jsonl", lambda rows: rows[3].update(problem="  "))


def other_ending(case):
    (case.folder / "test.xlsx").write_bytes(b"PK\x03\x04 a spreadsheet")
    case.raw["problems"]["test"]["source"]["path"] = "test.xlsx"


def not_parquet(case):
    (case.folder / "test.parquet").write_bytes(b"PAR1 and no more")
    case.raw["problems"]["test"]["source"]["path"] = "test.parquet"


def leak(case):
    case.rows("train.jsonl", lambda rows: rows[3].update(problem=TEST[3]["problem"]))


def nothing_right(case):
    case.rows("one.jsonl", lambda rows: [row.update(completion="So \\boxed{no}") for row in rows] and None)


def of_other_problems(case):
    case.rows("two.jsonl", lambda rows: [row.update(id="x" + row["id"]) for row in rows] and None)


def nothing_shared(case):
    case.rows("one.jsonl", lambda rows: rows[:6])
    case.rows("two.jsonl", lambda rows: rows[6:])


def more_rows_than_shared(case):
    case.raw["comparisons"]["both"]["rows"] = 100


def no_model_there(case):
    case.raw["students"]["student"]["model"]["path"] = "studnet"


def no_chat_template(case):
    byte_model(case.folder / "student", chat=False)
    (case.folder / "student" / "chat_template.jinja").unlink()


def nothing_ends(case):
    case.config("tokenizer_config.json", eos_token=None, chat_template=None)
    case.raw["students"]["student"]["plain"] = True
    (case.folder / "student" / "chat_template.jinja").unlink(missing_ok=True)


def adapter_for_a_model(case):
    byte_adapter(case.folder / "adapter", case.folder / "student")
    case.raw["students"]["student"]["model"]["path"] = "adapter"


def pickled_weights(case):
    (case.folder / "student" / "model.safetensors").rename(case.folder / "student" / "pytorch_model.bin")


def torn_weights(case):
    path = case.folder / "student" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def missing_tensor(case):
    change_tensors(case.folder / "student", remove("model.norm.weight"))


def adapter_of_another_model(case):
    byte_adapter(case.folder / "adapter", case.folder / "student")
    change_tensors(case.folder / "adapter", lambda tensors: tensors.pop(max(tensors)))
    case.raw["students"]["student"]["trained"] = {"one": [{"path": "adapter"}]}


def adapter_of_the_head(case):
    case.raw["sft"]["lora"] = {"r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "lm_head"]}


def unknown_architecture(case):
    case.config("config.json", model_type="nonsense", architectures=["Nonsense"])


def more_tokens_than_embeddings(case):
    case.config("config.json", vocab_size=128)


def template_with_an_error(case):
    (case.folder / "student" / "chat_template.jinja").write_text("{% for message in messages %}")


def unknown_layer(case):
    case.raw["students"]["student"]["sft"] = {"lora": {"r": 2, "lora_alpha": 4, "target_modules": ["q_prjo"]}}


def unknown_argument(case):
    case.raw["sft"]["args"] = {"learning_rat": 1.0e-3}


def no_room_for_completions(case):
    case.raw["sft"]["max_length"] = 8


def prompts_beyond_the_context(case):
    case.config("config.json", max_position_embeddings=32)


def engine_not_installed(case):
    case.raw["engine"] = {"name": "vllm"}


def asks(case, key):
    endpoint = {"url": "http://127.0.0.1:9/v1", "model": "m", "key": key}
    case.raw["teachers"]["one"] = {"endpoint": endpoint, "sampling": {"max_tokens": 4}}


def key_not_set(case):
    asks(case, "NOT_SET")


def key_not_allowed(case):
    asks(case, "HF_TOKEN")


CASES = {
    gold_left_out: r"test.jsonl, line 4: no field 'answer' \(it has id, problem\)",
    gold_null: r"train.jsonl, line 4: the reference answer is missing",
    unknown_column: r"test.jsonl, line 1: no field 'question' \(it has id, problem, answer\); name it",
    no_rows: r"test.jsonl: no rows, and problem set test needs some",
    torn_line: r"train.jsonl, line 12: not JSON",
    same_id_twice: r"test.jsonl, line 4: id 'e1' occurs twice",
    empty_problem: r"train.jsonl, line 4: the problem is empty",
    other_ending: r"test.xlsx: is a zip archive \(or a spreadsheet\); unpack it, or save it as CSV",
    not_parquet: r"test.parquet: cannot be read as Parquet",
    leak: r"1 .* leak.* such as t3",
    nothing_right: r"teachers.one: 12 of 12 completions are wrong \(none kept\); .*draw more samples",
    of_other_problems: r"two.jsonl: none of its 12 completions belongs to a training problem",
    nothing_shared: r"no problem was solved by all its teachers \(solved: one 6, two 6\)",
    more_rows_than_shared: r"comparisons.both.rows: 100 wanted, but only 12 problems were solved by all",
    no_model_there: r"students.student.model.path: no such file or folder \(got 'studnet'\)",
    no_chat_template: r"students.student: the model has no chat template; .* plain: true",
    nothing_ends: r"nothing ends a completion; its tokenizer needs an eos_token",
    adapter_for_a_model: r"students.student.model.path: .*an adapter",
    pickled_weights: r"students.student.model.path: .*pickled weights",
    torn_weights: r"student/model.safetensors: \d+ bytes where \d+ are needed: torn",
    missing_tensor: r"student: these weights are not a whole Qwen2ForCausalLM: missing model.norm.weight",
    adapter_of_another_model: r"adapter: this adapter does not fit its base student: missing .*lora_B",
    adapter_of_the_head: r"students.student.sft.lora.target_modules: TRL never trains an adapter of the head",
    unknown_architecture: r"student: transformers cannot read its config.json: .*nonsense",
    more_tokens_than_embeddings: r"student: its config.json is of no model that can be made: .*num_embeddings",
    template_with_an_error: r"student.*chat template",
    unknown_layer: r"students.student.sft.lora: .*q_prjo",
    unknown_argument: r"sft.args.learning_rat: TRL's SFTConfig has no such argument .* did you mean 'learning_rate'",
    no_room_for_completions: r"max_length: 8 tokens leave no completion",
    prompts_beyond_the_context: r"students.student.sft.max_length: 128 tokens are more than the model takes .*32",
    engine_not_installed: r"engine.name: vllm is not installed here",
    key_not_set: r"the environment variable NOT_SET is not set",
    key_not_allowed: r"teachers.one.endpoint: no experiment sends the key in HF_TOKEN to http://127.0.0.1:9 on its own",
}


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_a_wrong_input_ends_in_one_line_before_anything_expensive(spoil, sound, tmp_path):
    folder = shutil.copytree(sound, tmp_path / "case")
    case = Case(folder)
    spoil(case)
    (folder / "mine.yaml").write_text(yaml.safe_dump(case.raw))
    command = [sys.executable, "-m", "snakemake", "--snakefile", REPO / "Snakefile", "--cores", "1", "--keep-going"]
    environment = {**os.environ, "MIXDISTILL_WARM": "1", "MIXDISTILL_SERVERS": "http://127.0.0.1:9=NOT_SET"}
    environment.pop("NOT_SET", None)
    done = subprocess.run(
        [*command, "tables", "--configfile", "mine.yaml"], cwd=folder, env=environment, capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if re.search(CASES[spoil], line)]
    assert lines, "\n".join(line for line in said.splitlines() if "rror" in line)[-1500:]
    assert not list(folder.glob("results/wrong/models/*/*/*/config.json"))
    assert not list(folder.glob("results/wrong/answers/**/*.jsonl"))

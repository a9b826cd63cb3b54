"""Wrong experiment files, each with the one line that its author reads."""

import pytest
from examples import changed, example
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError

WRONG = [
    # unknown and missing keys
    ("nmae", "x", "nmae: unknown key (got 'x'); did you mean 'name'?"),
    (
        "students.small.modle",
        {"world": "tiny"},
        "students.small.modle: unknown key (got {'world': 'tiny'}); did you mean 'model'?",
    ),
    ("sft.arguments", {}, "sft.arguments: unknown key (got {}); did you mean 'args'?"),
    ("name", ..., "name: missing: this key is required"),
    ("students.small.family", ..., "students.small.family: missing: this key is required"),
    ("tables.table1.kind", ..., "tables.table1.kind: missing: this key is required"),
    ("tables.table1.gap.first", ..., "tables.table1.gap.first: missing: this key is required"),
    # wrong types and ranges
    ("name", "a b", "name: letters, digits, dot, dash and underscore only (got 'a b')"),
    (
        "mixtures.a/b",
        {"comparison": "long-short", "parts": {"long": 1}},
        "mixtures.a/b: letters, digits, dot, dash and underscore only (got 'a/b')",
    ),
    (
        "students.small.parameters",
        "3B",
        "students.small.parameters: must be a number (got '3B'): write 3.0e+9",
    ),
    ("students.small.parameters", 0, "students.small.parameters: must be greater than 0 (got 0)"),
    ("teachers.long.samples", 0, "teachers.long.samples: must be at least 1 (got 0)"),
    (
        "teachers.long.sampling.temperature",
        -1,
        "teachers.long.sampling.temperature: must be at least 0 (got -1)",
    ),
    (
        "answering.sampling.max_tokens",
        "many",
        "answering.sampling.max_tokens: must be a whole number (got 'many')",
    ),
    ("seeds", [], "seeds: must have at least 1 entry (got [])"),
    ("seeds", [1, -2], "seeds.1: must be at least 0 (got -2)"),
    ("engine.name", "vlm", "engine.name: must be 'transformers' or 'vllm' (got 'vlm'); did you mean 'vllm'?"),
    (
        "engine.dtype",
        "bfloat61",
        "engine.dtype: must be 'float32', 'bfloat16' or 'float16' (got 'bfloat61'); did you mean 'bfloat16'?",
    ),
    (
        "tables.table1.kind",
        "gaps",
        "tables.table1.kind: must be 'gap', 'methods', 'graders', 'judge-audit', 'slices', 'endings', 'training', 'samples', 'rank-shift' (got",
    ),
    (
        "benchmarks.test.answer",
        "box",
        "benchmarks.test.answer: must be 'boxed', 'boxed-anywhere', 'final-answer', 'last-number', 'stated', 'released', "
        "'released-task' or 'released-gsm8k' (got 'box'); did you mean 'boxed'?",
    ),
    (
        "figures.figure4.labels",
        ["one"],
        "figures.figure4.labels: must have at least 2 entries (got ['one'])",
    ),
    # names that nothing defines
    ("teaching.problems", "trian", "teaching.problems: no such entry in problems (got 'trian'); did you mean 'train'?"),
    (
        "comparisons.all.teachers",
        ["lnog"],
        "comparisons.all.teachers.0: no such entry in teachers (got 'lnog'); did you mean 'long'?",
    ),
    (
        "tables.table3.students.0",
        "smal",
        "tables.table3.students.0: no such entry in students (got 'smal'); did you mean 'small'?",
    ),
    (
        "tables.table3.mixtures.3",
        "mix-lnog",
        "tables.table3.mixtures.3: no such entry in mixtures (got 'mix-lnog'); did you mean 'mix-long'?",
    ),
    ("figures.figure6.sweeps.0", "weights", "figures.figure6.sweeps.0: no such entry in sweeps (got 'weights')"),
    (
        "figures.figure4.variants.0.students.1",
        "expert",
        "figures.figure4.variants.0.students.1: no such entry in students (got 'expert')",
    ),
    (
        "figures.figure2.gap.second",
        "shrt",
        "figures.figure2.gap.second: no such entry in mixtures (got 'shrt'); did you mean 'short'?",
    ),
    (
        "benchmarks.test.problems",
        "tets",
        "benchmarks.test.problems: no such entry in problems (got 'tets'); did you mean 'test'?",
    ),
    (
        "students.small.model.world",
        "tyni",
        "students.small.model.world: no such entry in world.models (got 'tyni'); did you mean 'tiny'?",
    ),
    (
        "problems.train.source.world",
        "trein",
        "problems.train.source.world: no such entry in world.problems (got 'trein'); did you mean 'train'?",
    ),
    (
        "teachers.large.completions.path",
        "no/such.jsonl",
        "teachers.large.completions.path: no such file or folder (got 'no/such.jsonl'), seen from",
    ),
    # well formed, but not meant
    ("mixtures.mix-long.parts.long", 0.3, "mixtures.mix-long.parts: weights must sum to 1, these sum to 1.1"),
    (
        "mixtures.long.parts",
        {"large": 1},
        "mixtures.long: teacher 'large' is not in comparison 'long-short' (it has long, short): add it there, or use another comparison",
    ),
    ("sweeps.share.against", "long", "sweeps.share.against: must differ from of (got 'long')"),
    ("tables.table1.gap.second", "long", "tables.table1.gap.second: must differ from first (got 'long')"),
    (
        "mixtures.untrained",
        {"comparison": "long-short", "parts": {"long": 1}},
        "mixtures.untrained: this name is taken: untrained is the student as it came",
    ),
    ("benchmarks.test.problems", "train", "benchmarks.test.problems: these are the training problems (got 'train')"),
    (
        "teaching.prompt",
        "Solve this.",
        "teaching.prompt: a prompt must hold {problem} exactly once (got 'Solve this.')",
    ),
    (
        "teachers.short.model.revision",
        "main",
        "teachers.short.model.revision: must be a commit of 40 hex digits, or unpinned: a branch name would change under you (got 'main')",
    ),
    (
        "teachers.short.model.revision",
        ...,
        "teachers.short.model: hub and revision belong together: pin the commit (40 hex digits) of a hub repository",
    ),
    (
        "students.small.model.path",
        "README.md",
        "students.small.model: give exactly one of path, hub and world, not path and world",
    ),
    ("students.small.model", {}, "students.small.model: give exactly one of path, hub and world, not none"),
    (
        "teachers.long.completions",
        {"path": "README.md"},
        "teachers.long: give one of model, endpoint (a teacher to ask) and completions (a file or set it wrote)",
    ),
    ("teachers.long.sampling", ..., "teachers.long: a teacher that is asked needs sampling and parameters"),
    (
        "world.models.big",
        {"parent": "tiny", "corpus": "all", "training": {"steps": 1, "matrix_learning_rate": 1, "learning_rate": 1}},
        "world.models.big.parent: a model cannot descend from itself (big <- tiny <- big)",
    ),
    (
        "world.problems.train.levels.0",
        "gsm",
        "world.problems.train.levels.0: the world has no such level (got 'gsm'); did you mean 'gsm8k'?",
    ),
    (
        "world.corpora.all.styles.shrt",
        1,
        "world.corpora.all.styles.shrt: the world has no such style; did you mean 'short'?",
    ),
    (
        "world.models.big.corpus",
        "al",
        "world.models.big.corpus: no such entry in world.corpora (got 'al'); did you mean 'all'?",
    ),
    # answers from logs
    (
        "students.small.logs",
        {"long": ["README.md"]},
        "students.small: give either model (a student to train) or logs (answers it gave elsewhere)",
    ),
    (
        "students.small.model",
        ...,
        "students.small: give either model (a student to train) or logs (answers it gave elsewhere)",
    ),
    (
        "students.small",
        {"logs": {"lnog": ["README.md"]}, "parameters": 1, "family": "Qwen2"},
        "students.small.logs.lnog: no such entry in mixtures (got 'lnog'); did you mean 'long'?",
    ),
    (
        "students.small",
        {"logs": {"long": ["no/such"]}, "parameters": 1, "family": "Qwen2"},
        "students.small.logs.long.0: no such file or folder (got 'no/such'), seen from",
    ),
    # arguments of TRL
    (
        "sft.args.learning_rat",
        1e-5,
        "sft.args.learning_rat: TRL's SFTConfig has no such argument (got 1e-05); did you mean 'learning_rate'?",
    ),
    (
        "students.medium.sft.args.learning_rate",
        "1e-5",
        "students.medium.sft.args.learning_rate: must be a number (got '1e-5'); in YAML, write 1.0e-5 and not 1e-5, which is text",
    ),
    (
        "mixtures.long.sft.args.learning_rat",
        1e-5,
        "mixtures.long.sft.args.learning_rat: TRL's SFTConfig has no such argument (got 1e-05); did you mean 'learning_rate'?",
    ),
    ("sft.args.packing", "yes please", "sft.args.packing: must be true or false (got 'yes please')"),
    (
        "sft.args.output_dir",
        "x",
        "sft.args.output_dir: the workflow sets this itself (got 'x'): checkpoints lie under results/<name>/scratch",
    ),
    (
        "sft.args.packing_strategy",
        "wrapped",
        "sft.args.packing_strategy: the workflow sets this itself (got 'wrapped'): rows are packed whole (bfd); "
        "other strategies cut them, or let them see each other",
    ),
    (
        "students.medium.sft",
        {"max_length": None, "args": {"packing": True}},
        "students.medium.sft.max_length: missing: packing needs to know how long a sequence may be",
    ),
    (
        "mixtures.long.sft",
        {"max_length": None, "args": {"packing": True}},
        "mixtures.long.sft.max_length: missing: packing needs to know how long a sequence may be (students.small)",
    ),
    (
        "mixtures.long.sft.args.eval_strategy",
        "epoch",
        "mixtures.long.sft.validation: missing: eval_strategy needs a share of the rows that is held out",
    ),
    (
        "sft.args.eval_strategy",
        "steps",
        "sft.validation: missing: eval_strategy needs a share of the rows that is held out",
    ),
    ("sft.lora", {"r": 0, "lora_alpha": 8}, "sft.lora.r: must be at least 1 (got 0)"),
]


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    (tmp_path / "mine").touch()
    monkeypatch.chdir(tmp_path)


def faults(raw: dict) -> list[str]:
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    return str(caught.value).splitlines()


def test_the_example_itself_is_right():
    assert experiment(example(), "mine.yaml").name == "example"


@pytest.mark.parametrize(("key", "value", "line"), WRONG, ids=[f"{key}={value}"[:60] for key, value, _ in WRONG])
def test_one_mistake_gives_one_line_that_names_key_value_and_fix(key, value, line):
    found = faults(changed(key, value))
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.yaml: {line}")


def test_logs_must_answer_what_is_shown():
    raw = example()
    logs = {"untrained": ["README.md"], "long": ["README.md"], "short": ["README.md", "mine"]}
    raw["students"]["small"] = {"logs": logs, "parameters": 1, "family": "Qwen2"}
    raw["seeds"] = [1, 2]
    raw["benchmarks"]["hard"]["tasks"] = ["HARD"]
    assert faults(raw) == [
        "mine.yaml: students.small.logs.long: 1 logs for 2 seeds: give one for each of seeds",
        "mine.yaml: students.small.logs: no logs of 'mix-long', which a table or figure shows",
        "mine.yaml: students.small.logs: no logs of 'share-0.4', which a table or figure shows",
        "mine.yaml: benchmarks.test.tasks: missing: students.small answers by logs of these tasks",
    ]


@pytest.mark.parametrize("name", ["problems.counts.json", "problems.jsonl", "0123456789abcdef.overlap.JSON"])
def test_no_student_has_the_name_of_a_file_that_lies_where_its_folder_would(name):
    raw = example()
    raw["students"][name] = raw["students"]["medium"]
    assert faults(raw) == [
        f"mine.yaml: students.{name}: ends like the files beside which its folders lie: choose another ending"
    ]


def test_all_faults_are_reported_at_once():
    raw = changed("nmae", "x")
    raw["students"]["small"]["parameters"] = "3B"
    raw["teaching"]["problems"] = "trian"
    raw["sft"]["args"]["learning_rat"] = 1
    assert len(faults(raw)) == 4


@pytest.mark.parametrize("raw", [{}, {"name": 3}, {"problems": []}, {"students": {"x": None}}, {"tables": {"t": 7}}])
def test_a_file_of_the_wrong_shape_gives_lines_and_no_trace(raw):
    assert all(line.startswith("mine.yaml: ") for line in faults(raw))

"""Characters and braces that nobody means in an experiment's text, each with its cause."""

import pytest
from examples import changed
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError

PROMPTS = [
    (
        "a \boxed{} {problem}",
        "holds a backspace (U+0008) before 'oxed{} {prob': in double quotes YAML reads \\b of \\boxed",
    ),
    (
        "{problem} \frac{}{}",
        "holds a form feed (U+000C) before 'rac{}{}': in double quotes YAML reads \\f of \\frac as",
    ),
    (
        "{problem} \rho",
        "holds a carriage return (U+000D) before 'ho': in double quotes YAML reads \\r of \\rho as one; ",
    ),
    ("{problem} \vec", "holds a vertical tab (U+000B) before 'ec': in double quotes YAML reads \\v of \\vec as one; "),
    ("{problem} \alpha", "holds a bell (U+0007) before 'lpha': in double quotes YAML reads \\a of \\alpha as one; "),
    (
        "{problem} \x1bquiv",
        "holds an escape character (U+001B) before 'quiv': in double quotes YAML reads \\e of \\equiv",
    ),
    ("{problem}\0", "holds a null character (U+0000) at its end: in double quotes YAML reads \\0 as one; write single"),
    (
        "{problem} \u2028eft",
        "holds a line separator (U+2028) before 'eft': in double quotes YAML reads \\L of \\Left as",
    ),
    (
        "{problem} \text{so}",
        "holds a tab (U+0009) before 'ext{so}': in double quotes YAML reads \\t of \\text as one; ",
    ),
    (
        "{problem} 2\times 3",
        "holds a tab (U+0009) before 'imes 3': in double quotes YAML reads \\t of \\times as one; ",
    ),
    (
        "{problem} 2\neq 3",
        "holds a line break (U+000A) before 'eq 3': in double quotes YAML reads \\n of \\neq as one; ",
    ),
    ("{problem}\x7f", "holds a control character (U+007F): remove it"),
    ("{problem}\x93", "holds a control character (U+0093): remove it"),
    ("{problem}\ud83d", "holds half of a character (U+D83D): remove it"),
    ("Solve: {{problem}}", "write {problem} with single braces: of {{problem}}, a pair would stay (got "),
    ("Solve: {{ problem }}", "write {problem} with single braces: of {{problem}}, a pair would stay (got "),
    ("Solve: {question}", "nothing fills {question}: did you mean {problem}? (got "),
    ("{instruction} {problem}", "nothing fills {instruction}: did you mean {problem}? (got "),
    ("Solve: { problem }", "nothing fills { problem }: did you mean {problem}? (got "),
]
"""Prompts, as double quotes have them."""


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def faults(raw: dict) -> list[str]:
    with pytest.raises(UserError) as caught:
        experiment(raw, "mine.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("prompt", "line"), PROMPTS)
def test_what_nobody_means_in_a_prompt_is_refused_with_its_cause(prompt, line):
    [found] = faults(changed("benchmarks.hard.prompt", prompt))
    assert found.startswith(f"mine.yaml: benchmarks.hard.prompt: {line}")


@pytest.mark.parametrize(
    "prompt",
    [
        "Put it in \\boxed{answer}, as in \\frac{input}{x^{prompt}}.\n\nProblem:\t{problem}\nequation: eq. 3\nnot so",
        "\ufeff\u202e\u200b\u00a0{problem}",
        "Reply with {answer} for {problem}",
    ],
)
def test_line_breaks_tabs_and_braces_of_tex_stay_as_they_are(prompt):
    assert experiment(changed("benchmarks.hard.prompt", prompt), "mine.yaml").benchmarks["hard"].prompt == prompt


def test_a_character_that_nobody_means_is_found_in_every_text_and_name():
    raw = changed("note", "by \boxed")
    raw["students"]["sm\ball"] = raw["students"]["small"] | {"family": "Qwen\x002"}
    raw["answering"]["sampling"]["stop"] = ["\n\n", "\f"]
    raw["engine"] = {"name": "vllm", "args": {"quantization": "a\bwq"}}
    assert {line.split(": ")[1] for line in faults(raw)} == {
        "note",
        "students.sm\\x08all",
        "students.sm\\x08all.family",
        "answering.sampling.stop.1",
        "engine.args.quantization",
    }


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("{{gold}} {answer}", "write {gold} with single braces: of {{gold}}, a pair would stay (got "),
        ("{gold} {{answer}}", "write {answer} with single braces: of {{answer}}, a pair would stay (got "),
        ("{gold} {response}", "nothing fills {response}: did you mean {answer}? (got "),
        ("{question} {gold} {answer}", "nothing fills {question}: did you mean {problem}? (got "),
    ],
)
def test_the_judges_places_are_in_single_braces(prompt, line):
    judge = {"prompt": prompt, "endpoint": {"url": "http://localhost/v1", "model": "m"}}
    [found] = faults(changed("judge", judge))
    assert found.startswith(f"mine.yaml: judge.prompt: {line}")


def test_a_key_is_not_repeated_for_a_control_character_in_it():
    judge = {"prompt": "{gold} {answer}", "endpoint": {"url": "http://h/v1", "model": "m", "key": "sk-\bsecret"}}
    assert faults(changed("judge", judge)) == ["mine.yaml: judge.endpoint.key: holds a control character: remove it"]

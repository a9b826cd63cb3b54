"""Faults of files and command lines: no YAML, keys that stand twice, experiments of two files, targets among them."""

from pathlib import Path

import pytest
import yaml
from examples import changed, example
from mixdistill.config.command_line import faults, typed, unknown_target
from mixdistill.config.faults import experiment
from mixdistill.config.files import parsed
from mixdistill.errors import UserError
from pin import main as pin
from status import main as status


def test_of_two_files_the_one_with_the_key_is_named(tmp_path):
    base, overlay = tmp_path / "base.yaml", tmp_path / "overlay.yaml"
    raw = changed("nmae", "x")
    raw["students"]["v1.5"] = {"model": {"world": "big"}, "parameters": 300}
    base.write_text(yaml.safe_dump(raw))
    overlay.write_text("seeds: [-1]\nmixtures: {long: {sft: {max_lenght: 9}}}\nnote: a\nnote: b\n")
    raw["seeds"] = [-1]
    raw["mixtures"]["long"]["sft"] = {"max_lenght": 9}
    with pytest.raises(UserError) as caught:
        experiment(raw, "both", [base, overlay])
    named = {line.split(": ")[1]: line.split(": ")[0] for line in str(caught.value).splitlines()}
    assert named == {
        "nmae": str(base),
        "students.v1.5.family": str(base),
        "seeds.0": str(overlay),
        "mixtures.long.sft.max_lenght": str(overlay),
        "note": str(overlay),
    }


def test_a_key_that_stands_twice_is_found(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(example()) + "seeds: [1]\nstudents: {small: {family: a, family: b}}\nseeds: [2]\n")
    with pytest.raises(UserError) as caught:
        experiment(example(), "mine.yaml", [path])
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert [line.split(": ")[1] for line in lines] == ["students", "students.small.family", "seeds"]
    assert all("stands twice, in lines" in line for line in lines)


def test_the_source_of_a_value_from_the_command_line_is_named(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(changed("name", ...)))
    raw = changed("seeds", 3)
    del raw["name"]
    with pytest.raises(UserError) as caught:
        experiment(raw, str(path), [path], {"seeds": 3})
    assert str(caught.value).splitlines() == [
        f"{path}: name: missing: this key is required",
        "--config: seeds: must be a list (got 3): write seeds: [3]",
    ]


NOT_YAML = {
    b"name: x\n\tseeds: [1]\n": "2:1: not YAML: found character '\\t' that cannot start any token; indent with blanks",
    b"name: x\nseeds: [1, 2\nnote: y\n": "3:5: not YAML: expected ',' or ']', but got ':'; the bracket of line 2, column 8",
    b"name: a\n---\nname: b\n": "2:1: not YAML: found another document; a file holds one experiment: remove ---",
    b"name: x: y\n": "1:8: not YAML: mapping values are not allowed here; text with a colon and a blank in it needs quotes",
    b'note: "so \\qquad"\n': "1:12: not YAML: found unknown escape character 'q'; in double quotes a backslash begins",
    b'note: "so \\underline"\n': "1:13: not YAML: expected escape sequence of 4 hexadecimal numbers",
    b"note: 'so\n": "2:1: not YAML: found unexpected end of stream; the quote of line 1, column 7 is not closed",
    b"prompt: {{problem}}\n": "1:10: not YAML: found unhashable key; text that begins with a brace needs quotes",
    b"prompt: {problem} Solve\n": "1:19: not YAML: expected <block end>, but found '<scalar>'; is it indented",
    b"note: *so\n": "1:7: not YAML: found undefined alias 'so'; text that begins with * needs quotes",
    b"note: =\n": "1:7: not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:value'; a sign alone",
    b"note: !so 3\n": "1:7: not YAML: could not determine a constructor for the tag '!so'; text that begins with !",
    b"note: so\x07\n": "1:9: not YAML: special characters are not allowed; remove this character",
    b"note: 2024-99-99\n": " not YAML: month must be in 1..12; text that looks like a date or number needs quotes",
    b"name: x\nnote: sch\xf6n\n": "2:10: not UTF-8 (byte 0xf6): save it as UTF-8",
    b"\xff\xfen\0": " UTF-16: save it as UTF-8",
    b"\x7fELF\0\0": " holds null bytes, so it is no text, and no experiment file",
    b"": " is empty; an experiment file has keys there: name, problems, students, ...",
    b"# name: x\n": " is empty; an experiment file has keys there: name, problems, students, ...",
    b"- name: x\n": " has a list at its top; an experiment file has keys there: name, problems, students, ...",
    b"name\n": " has no keys; an experiment file has keys there: name, problems, students, ...",
    b"{a: &a {b: *a}}": " an alias stands inside of what it stands for",
}


@pytest.mark.parametrize(("content", "line"), NOT_YAML.items())
def test_what_is_not_yaml_is_named_with_line_and_column(tmp_path, content, line):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        parsed(path)
    assert str(caught.value).startswith(f"{path}:{line}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfname: x\r\n", b'{\n\t"name": "x"\n}\n', b"--- # mine\nname: x\n"])
def test_byte_order_marks_carriage_returns_and_json_are_no_faults(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert parsed(path) == {"name": "x"}


ONLY_LAST = "times, and only the last would count: write"
NO_VALUE = (
    "no key=value; quote a value that has blanks, --config 'sft={max_length: 64}', and write targets before --config"
)
BEHIND = "a target, and taken for a config file like all that follows --configfile: write targets before --configfile"
COMMANDS = {
    "--configfile mine.yml": "mine.yml: no such config file, seen from {here}; did you mean 'mine.yaml'?",
    "--configfile mine.yaml ./mine.yaml": "./mine.yaml: stands twice after --configfile",
    "--configfile mine.yaml --configfile more.yaml": f"--configfile stands 2 {ONLY_LAST} --configfile mine.yaml more.yaml",
    "--configfile folder -n": "folder: a folder where a config file belongs",
    "--configfiles mine.yaml plan": (
        "plan: no such config file, seen from {here}; if it is a target: write targets before --configfile"
    ),
    "--configfile mine.yaml results/mine/tables/table1.md": f"results/mine/tables/table1.md: {BEHIND}",
    "--configfile=bad.yaml": "bad.yaml:1:5: not YAML: mapping values are not allowed here; text with a colon and a blank",
    "--config seeds=[1] --config name=x": f"--config stands 2 {ONLY_LAST} --config seeds=[1] name=x",
    "--config seeds=[1] seeds=[2]": "--config seeds: stands 2 times, give it once",
    "--config answering.samples=2": (
        "--config answering.samples=2: dots do not nest; write --config 'answering={{samples: 2}}'"
    ),
    "-C sft.args.packing=true": "--config sft.args.packing=true: dots do not nest; write --config 'sft={{args: {{packing: true}}}}'",
    "--config seeds=[1] plan": f"--config plan: {NO_VALUE}".replace("{", "{{").replace("}", "}}"),
    f"--config note={'7' * 5000}": f"--config note: read as a number without end (got '{'7' * 53}",
    "--config note=-inf": "--config note: read as a number without end (got '-inf'); for text, quotes: 'note=\"...\"'",
    "--config x=1": "--config x=1: an experiment file has no key 'x'",
}


@pytest.mark.parametrize(("command", "line"), COMMANDS.items())
def test_a_command_line_that_snakemake_would_misread_gets_one_line(tmp_path, monkeypatch, command, line):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("mine.yaml", "more.yaml"):
        (tmp_path / name).write_text("name: x\n")
    (tmp_path / "bad.yaml").write_text("a: b: c\n")
    [found] = faults(command.split())
    assert found.startswith(line.format(here=tmp_path))


@pytest.mark.parametrize(
    "command", ["plan --cores 2 -n", "plan --configfile mine.yaml -- results/x", "--configfile", "--config note=a.b=c"]
)
def test_a_command_line_that_is_right_or_that_snakemake_names_itself_is_left_alone(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("name: x\n")
    assert not list(faults(command.split()))


def test_a_working_directory_that_may_not_be_written_gets_one_line(tmp_path, monkeypatch):
    (tmp_path / ".snakemake").mkdir()
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != ".snakemake")
    [found] = faults(["-n", "--directory", str(tmp_path)])
    assert found.startswith(f"{tmp_path}/.snakemake: may not be written, and Snakemake keeps its notes there")


def test_values_in_brackets_are_typed_as_in_a_file():
    given = [
        "sft={max_length: 64, args: {learning_rate: 1.0e-3, packing: true}}",
        "seeds=[1, 2]",
        "judge=null",
        "note=yes",
    ]
    sft = {"max_length": 64, "args": {"learning_rate": 1e-3, "packing": True}}
    assert typed(given) == {"sft": sft, "seeds": [1, 2], "judge": None}
    with pytest.raises(UserError, match=r"^--config seeds=\[1: not YAML: "):
        typed(["seeds=[1"])


@pytest.mark.parametrize("main", [status, pin], ids=["status", "pin"])
def test_scripts_that_read_an_experiment_say_so_too(tmp_path, main):
    (tmp_path / "mine.yaml").write_text("a: b: c\n")
    with pytest.raises(UserError, match=r"mine.yaml:1:5: not YAML"):
        main(tmp_path / "mine.yaml")
    with pytest.raises(UserError, match=r"gone.yaml: cannot be read: No such file or directory$"):
        main(tmp_path / "gone.yaml")


def test_a_target_that_no_rule_makes_is_one_line_with_the_nearest():
    message = "No rule to produce results/x/tables/tabel1.md (if you use input functions make sure that they ...)."
    line = unknown_target(message, ["plan", "results/x/tables/table1.md"])
    assert line == (
        "error: results/x/tables/tabel1.md: no rule makes this target; did you mean 'results/x/tables/table1.md'?"
    )
    assert unknown_target("No rule to produce zzz (if you use", ["plan"]) == "error: zzz: no rule makes this target"


def test_json_with_a_byte_order_mark_has_whole_characters(tmp_path):
    """As YAML, the two halves of a far character would be two characters."""
    path = tmp_path / "mine.json"
    path.write_text('\ufeff{"note": "\\ud83d\\ude00"}')
    assert parsed(path) == {"note": "\U0001f600"}

"""An experiment that Snakemake would take for a template, whose expressions are Python: refused, however it hides that."""

import os
from pathlib import Path

import pytest
from mixdistill.config.command_line import faults, read_as_data
from mixdistill.config.faults import experiment
from mixdistill.config.files import kept, parsed
from mixdistill.errors import UserError
from snakemake.common import configfile
from snakemake.exceptions import WorkflowError

RUNS = "\"?open('PWNED', 'w').close() or 'name'\": x"
HIDDEN = {
    "plain": f"__use_yte__: true\n{RUNS}\n",
    "of any value": f"__use_yte__: !!str no\n{RUNS}\n",
    "off": f"__use_yte__: false\n{RUNS}\n",
    "as nothing": f"__use_yte__:\n{RUNS}\n",
    "by its tag": f"!!str __use_yte__: 1\n{RUNS}\n",
    "escaped": f'"\\x5f_use_yte__": true\n{RUNS}\n',
    "folded": f'? "__use_\\\n  yte__"\n: true\n{RUNS}\n',
    "merged": f'x: &a {{"\\x5f_use_yte__": true, {RUNS}}}\n<<: *a\n',
    "merged from a list": f'x: [&a {{"__use\\u005fyte__": 1}}, &b {{{RUNS}}}]\n<<: [*b, *a]\n',
    "merged twice": f'x: &a {{"__use_yte__": 1, {RUNS}}}\ny: &b {{<<: *a}}\n<<: *b\n',
    "an alias": f"x: &a __use_yte__\n*a : true\n{RUNS}\n",
    "JSON": '{"\\u005f_use_yte__": true}',
    "JSON after a BOM": "\ufeff{\"__use_yte__\": true, \"?open('PWNED', 'w').close() or 'name'\": \"x\"}",
    "after a BOM": f"\ufeff__use_yte__: true\n{RUNS}\n",
    "after a directive": f"%YAML 1.1\n---\n__use_yte__: true\n{RUNS}\n",
    "on Windows": f"__use_yte__: true\r\n{RUNS}\r\n",
}
SAID = (
    "__use_yte__: would make a program of this file, and no experiment runs code: write what it computes, and remove "
    "this key"
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(configfile, "_load_configfile", configfile._load_configfile)  # to have it back afterwards


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_template_is_refused_and_never_run(text):
    Path("good.yaml").write_text("name: x\n")
    Path("evil.yaml").write_bytes(text.encode())
    assert [*faults(["-n", "--configfile", "good.yaml", "evil.yaml"])] == [f"evil.yaml: {SAID}"]
    with pytest.raises(UserError, match="^evil.yaml: __use_yte__: would make a program"):
        experiment({"name": "x"}, "evil.yaml", [Path("evil.yaml")])
    read_as_data()
    with pytest.raises(WorkflowError, match="^evil.yaml: __use_yte__: would make a program"):
        configfile.load_configfile("evil.yaml")
    assert not Path("PWNED").exists()


def test_what_snakemake_itself_would_run():
    Path("evil.yaml").write_text(HIDDEN["merged"])
    configfile.load_configfile("evil.yaml")
    assert Path("PWNED").exists(), "Snakemake runs no templates any more: this file may go"


def test_snakemake_reads_what_is_no_template_as_before():
    Path("a.yaml").write_text("name: x\nseeds: [1, 2.5, yes, null]\nnote: '?open(1)'\n")
    before = configfile.load_configfile("a.yaml")
    read_as_data()
    after = configfile.load_configfile(Path("a.yaml"))
    assert after == before == {"name": "x", "seeds": [1, 2.5, True, None], "note": "?open(1)"}


def test_a_pipe_is_no_config_file():
    """It would be read to its end by the first who looks, as ``--configfile <(...)`` is."""
    os.mkfifo("pipe")
    assert [*faults(["--configfile", "pipe"])] == [
        "pipe: a pipe or the like, and a config file is read more than once: save it as a file"
    ]


BEHIND_A_MARK = (
    '{"name": x,\n\ufeff#: 1, __use_yte__: true, __definitions__: ["open(\'PWNED\', \'w\')"], "\ufeff# ": 2\n}\n'
)
"""The parser in C takes the second line for a comment, and that in Python does not."""


def test_a_mark_behind_which_readers_differ_is_refused():
    Path("evil.yaml").write_text(BEHIND_A_MARK)
    with pytest.raises(UserError, match=r"^evil.yaml:2:1: a byte order mark inside the file \(U\+FEFF\): remove it$"):
        kept([Path("evil.yaml")], Path(".snakemake", "experiments"))
    assert not Path(".snakemake").exists()


@pytest.mark.parametrize("text", ["name: x\t# mine\n", "name:\tx\nseeds: [1,\t2]\n", "name: Grüße 😀\nnote: 'a: b'\n"])
def test_jobs_read_what_was_checked_whoever_reads(text):
    """Snakemake's own reader takes no tabs where the parser in C does."""
    Path("mine.yaml").write_text(text)
    [copy] = kept([Path("mine.yaml")], Path(".snakemake", "experiments"))
    assert configfile.load_configfile(copy) == parsed(Path("mine.yaml"))


def test_an_error_of_a_file_is_worded_without_merging_it():
    lines = [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    Path("bomb.yaml").write_text("\n".join(["%YAML 1.9", "---", "a0: &a0 {x: 1}", *lines]))
    with pytest.raises(UserError, match="^bomb.yaml"):
        parsed(Path("bomb.yaml"))


def test_jobs_read_the_file_that_was_checked_whatever_it_became():
    path = Path("mine.yaml")
    path.write_text("name: x\n")
    [copy] = kept([path], Path(".snakemake", "experiments"))
    path.write_text(HIDDEN["plain"])
    assert copy.is_absolute()
    assert (copy.name, copy.read_text()) == ("mine.yaml", "name: x\n")
    with pytest.raises(UserError, match="__use_yte__: would make a program"):
        kept([path], Path(".snakemake", "experiments"))
    assert [one.name for one in copy.parent.iterdir()] == ["mine.yaml"]

"""Leases that somebody else has written into a shared folder: they make others wait, and nothing more."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from holding import process
from mixdistill import entry, heads, lease, slurm
from mixdistill.digest import SCRIPTS
from mixdistill.errors import UserError
from mixdistill.lease import Lease, ask_to_end, began, living, myself, read, who
from mixdistill.private import user
from strangers import STRANGER, given_away, needs_root

TOKEN = "a" * 32


@pytest.fixture
def bystander():
    """A process of this user's that holds nothing: an editor, say."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.wait()


def planted(path, **changes):
    """Write a lease of a process that exists, by somebody who does not hold it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"token": TOKEN, **myself(), **changes}))
    path.chmod(0o644)
    return path


def names(path, child):
    return planted(path, pid=child.pid, began=began(child.pid))


def goes_on(child):
    time.sleep(0.05)
    return child.poll() is None


@pytest.fixture
def holder(tmp_path):
    child = process("import time; time.sleep(60)", tmp_path / "one", 10)
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()


def test_a_holder_of_this_users_is_asked_to_end(tmp_path, holder):
    assert ask_to_end(read(tmp_path / "one"))
    assert holder.wait(10) == -signal.SIGTERM


def test_a_process_that_does_not_hold_the_lease_is_not_signalled(tmp_path, bystander):
    [one] = living(names(tmp_path / "leases" / "one", bystander).parent)
    assert not ask_to_end(one)
    assert goes_on(bystander)


@needs_root
def test_a_lease_of_somebody_else_ends_nobody(tmp_path, holder):
    given_away(tmp_path / "one")
    assert not ask_to_end(read(tmp_path / "one"))
    assert goes_on(holder)


def test_a_lease_that_others_may_write_ends_nobody(tmp_path, holder):
    (tmp_path / "one").chmod(0o664)
    assert not ask_to_end(read(tmp_path / "one"))
    assert goes_on(holder)


def test_a_lease_is_written_by_its_holder_alone_whatever_the_umask(tmp_path):
    before, mine = os.umask(0o002), Lease(tmp_path / "one")
    try:
        mine.take()
    finally:
        os.umask(before)
    assert read(tmp_path / "one")["sole"]
    mine.release()


@needs_root
def test_cancelling_waits_for_a_planted_lease_and_says_whose_it_is(tmp_path, bystander, monkeypatch, holder):
    folder = tmp_path / "leases"
    given_away(names(folder / "two", bystander))
    os.link(tmp_path / "one", folder / "one")
    said, cancelled = [], []
    monkeypatch.setattr(heads, "LEASES", folder)
    monkeypatch.setattr(slurm, "jobs_here", lambda must_answer: {})
    monkeypatch.setattr(slurm, "cancel", cancelled.extend)

    sleep = time.sleep

    def pause(_):
        while holder.poll() is None:
            sleep(0.01)
        (folder / "two").unlink(missing_ok=True)

    monkeypatch.setattr(heads.time, "sleep", pause)
    monkeypatch.setattr(heads, "PAUSE", 0)
    heads.outlive("cancel", type("Logger", (), {"warning": said.append}), must_answer=False)
    assert goes_on(bystander)
    assert cancelled == []
    ended, waited = said
    assert "1 jobs of an earlier run still go on and were cancelled" in ended
    assert f"process {bystander.pid} of {user(STRANGER)} on " in waited
    assert "are waited for (another user's, or another machine's: end them there)" in waited


DAMAGED = {
    "no JSON": b'{"token": ',
    "no text": b"\xff\xfe\x00",
    "nested": b"[" * 60_000,
    "a list": b"[]",
    "null": b"null",
    "empty": b"",
    "too large": b'{"token": "' + b"a" * 2**17 + b'"}',
}
WRONG = {
    "token": "../../../home/victim/thesis",
    "pid": -1,
    "machine": "node7",
    "began": "soon",
    "job": "1,2,3",
    "host": None,
    "log": ["x"],
}


def plant_damaged(path, kind):
    if kind in WRONG:
        planted(path, **{kind: WRONG[kind]})
    elif kind in DAMAGED:
        path.write_bytes(DAMAGED[kind])
    else:
        {"a link": lambda: path.symlink_to("/etc/hostname"), "a pipe": lambda: os.mkfifo(path)}[kind]()


KINDS = [*DAMAGED, *WRONG, "a link", "a pipe"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_lease_is_waited_for_a_while_and_then_removed_with_a_line(tmp_path, kind, monkeypatch, capsys):
    monkeypatch.setattr(lease, "STALE", 0.5)
    path = tmp_path / "one"
    plant_damaged(path, kind)
    mine = Lease(path)
    found = mine.take()
    assert found["fault"]
    assert not ask_to_end(found)
    assert who(found).startswith(f"somebody who keeps {path} (of ")
    old = time.time() - 60
    os.utime(path, (old, old), follow_symlinks=False)
    assert mine.take() is None
    line = capsys.readouterr().err
    assert line.startswith(f"{path}: ")
    assert line.endswith("; nobody touches it, so it is removed\n")
    assert line.count("\n") == 1
    mine.release()
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "STALE", 0)
    victim = planted(tmp_path / "victims" / "one")
    (tmp_path / "one").symlink_to(victim)
    assert read(tmp_path / "one")["fault"].startswith("cannot be read as a lease")
    mine = Lease(tmp_path / "one")
    assert mine.take() is None
    mine.release()
    assert victim.exists()


def test_a_lease_that_cannot_be_removed_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lease, "STALE", 0)
    monkeypatch.setattr(entry, "LEASES", tmp_path)
    monkeypatch.setattr(entry.hashlib, "sha256", lambda _: type("H", (), {"hexdigest": lambda self: "one"})())
    (tmp_path / "one").mkdir()
    with pytest.raises(UserError, match=rf"^{tmp_path}/one: left by .*, and cannot be removed \(.*\): remove it$"):
        entry.alone(["made.txt"], "")


def test_a_gate_that_cannot_be_removed_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "STALE", -1)
    (tmp_path / "one").write_text("damaged")
    gate = tmp_path / "one..over"
    gate.mkdir()  # which no unlink removes, as none removes a stranger's file from a folder like /tmp
    with pytest.raises(UserError, match=rf"^{gate}: left by {user(os.getuid())}, and cannot be removed \(.*\): remove"):
        Lease(tmp_path / "one").take()
    assert living(tmp_path) == []


def test_what_a_lease_says_is_not_obeyed_by_a_terminal(tmp_path):
    planted(tmp_path / "one", host="node7\x1b[2J\nerror: all is lost")
    said = who({**read(tmp_path / "one"), "owner": os.getuid()})
    assert said.endswith("on node7\\x1b[2J\\nerror: all is lost")


@needs_root
def test_who_waits_is_told_whose_lease_it_is(tmp_path, bystander):
    path = given_away(names(tmp_path / "one", bystander))
    assert Lease(path).take()["pid"] == bystander.pid
    assert who(read(path)).startswith(f"process {bystander.pid} of {user(STRANGER)} on ")


@needs_root
def test_a_lease_in_the_place_of_ones_own_does_not_end_its_holder(tmp_path):
    child = process("import time; time.sleep(60)", tmp_path / "one", 0.05)
    child.stdout.readline()
    other = tmp_path / "other"
    other.write_text(json.dumps({**read(tmp_path / "one"), "token": TOKEN} | {"path": None, "file": None}))
    os.chown(other, STRANGER, STRANGER)
    other.replace(tmp_path / "one")
    time.sleep(0.4)
    assert goes_on(child)
    child.kill()
    assert f"was replaced by {user(STRANGER)}; going on" in child.communicate()[1]


@pytest.mark.parametrize("content", ["my notes", json.dumps({"token": TOKEN, **myself(), "makes": "another file"})])
def test_a_file_of_ones_own_that_a_neighbour_moves_there_does_not_end_its_holder(tmp_path, content):
    child = process("import time; time.sleep(60)", tmp_path / "one", 0.05)
    child.stdout.readline()
    (tmp_path / "notes").write_text(content)
    (tmp_path / "notes").replace(tmp_path / "one")
    time.sleep(0.4)
    assert goes_on(child)
    child.kill()
    assert "was replaced by" in child.communicate()[1]


@pytest.mark.parametrize("name", ["heads", "leases", "locks"])
def test_nothing_is_removed_behind_a_link_in_snakemakes_folder(tmp_path, monkeypatch, name):
    home, notes = tmp_path / "home", tmp_path / ".snakemake"
    home.mkdir()
    notes.mkdir()
    for file in ("id_rsa", "thesis", "poetry.lock", "a" * 20):
        (home / file).write_text("mine")
        os.utime(home / file, (0, 0))
    (notes / name).symlink_to(home)
    monkeypatch.chdir(tmp_path)
    running = SimpleNamespace(executor_plugin=SimpleNamespace(name="local"), local_exec=True)
    with pytest.raises(UserError, match=rf"\.snakemake/{name}: is a link, and nothing is kept or removed behind it"):
        heads.prepare(running, logging.getLogger())
    assert {file.name for file in home.iterdir()} == {"id_rsa", "thesis", "poetry.lock", "a" * 20}


def test_what_has_no_name_of_a_lease_is_not_removed(tmp_path):
    for file in ("thesis", "a" * 20):
        (tmp_path / file).write_text("mine")
        os.utime(tmp_path / file, (0, 0))
    assert living(tmp_path) == []
    assert [file.name for file in tmp_path.iterdir()] == ["thesis"]


def test_every_module_that_reads_leases_does_so_here():
    """Nothing else opens what lies in the folder of leases."""
    users = [path.name for path in SCRIPTS.rglob("*.py") if "LEASES" in path.read_text()]
    assert sorted(users) == ["entry.py", "heads.py", "lease.py", "status.py", "watch.py"]

"""Leases: one holder at a time, whoever dies, whenever."""

import json
import os
import signal
import time

import pytest
from holding import process
from mixdistill import lease
from mixdistill.lease import Lease, read


@pytest.fixture(autouse=True)
def no_lease_outlives_its_test(monkeypatch):
    made, begin = [], Lease.__init__

    def noted(self, *given, **more):
        begin(self, *given, **more)
        made.append(self)

    monkeypatch.setattr(Lease, "__init__", noted)
    yield
    for one in made:
        one.released.set()


def elsewhere(path, **changes):
    """Make a lease look like one that was taken on another machine."""
    path.write_text(json.dumps({**read(path), "machine": ["node7", "", ""], **changes}))


def test_a_second_is_told_who_holds_it_and_has_it_when_it_is_released(tmp_path):
    first, second = Lease(tmp_path / "a" / "one"), Lease(tmp_path / "a" / "one")
    assert first.take() is None
    assert second.take()["pid"] == os.getpid()
    first.release()
    assert second.take() is None
    first.release()
    assert read(tmp_path / "a" / "one")["token"] == second.token
    second.release()
    assert list((tmp_path / "a").iterdir()) == []


def test_the_lease_of_a_killed_process_is_free_at_once(tmp_path):
    holder = process("time.sleep(60)", tmp_path / "one", 10)
    assert holder.stdout.readline() == "held\n"
    mine = Lease(tmp_path / "one")
    assert mine.take()["pid"] == holder.pid
    holder.kill()
    holder.wait()
    assert mine.take() is None
    mine.release()


def test_a_holder_on_another_machine_lives_as_long_as_it_touches_its_lease(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "STALE", 0.5)
    gone, mine = Lease(tmp_path / "one"), Lease(tmp_path / "one")
    gone.take()
    elsewhere(tmp_path / "one", pid=2**22)
    assert mine.take()["machine"][0] == "node7"
    time.sleep(0.6)
    assert mine.take() is None
    mine.release()


def test_a_process_that_reuses_a_number_is_not_the_holder(tmp_path):
    old, mine = Lease(tmp_path / "one"), Lease(tmp_path / "one")
    old.take()
    (tmp_path / "one").write_text(json.dumps({**read(tmp_path / "one"), "began": "1"}))
    assert mine.take() is None


def test_who_was_taken_for_dead_ends_before_it_writes(tmp_path):
    holder = process("time.sleep(60)", tmp_path / "one", 0.05)
    holder.stdout.readline()
    other = {**read(tmp_path / "one"), "token": "a" * 32}
    (tmp_path / "one").write_text(json.dumps(other))
    assert holder.wait(timeout=10) == -signal.SIGKILL
    assert "taken for dead" in holder.stderr.read()


def test_a_holder_whose_folder_was_cleared_writes_its_lease_again(tmp_path):
    holder = process("time.sleep(60)", tmp_path / "one", 0.05)
    holder.stdout.readline()
    (tmp_path / "one").unlink()
    deadline = time.monotonic() + 10
    while not (tmp_path / "one").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert read(tmp_path / "one")["pid"] == holder.pid
    holder.kill()
    holder.wait()


@pytest.mark.parametrize("dying", [False, True], ids=["released", "killed"])
def test_of_many_that_ask_one_has_it_at_a_time(tmp_path, dying):
    """Each adds to a number by reading and writing it: two at a time would lose one."""
    (tmp_path / "number").write_text("0")
    end = "import os; os._exit(0)" if dying else "held.release()"
    work = f"""
number = Path(sys.argv[3])
seen = int(number.read_text())
time.sleep(0.002)
number.write_text(str(seen + 1))
{end}
"""
    many = [process(work, tmp_path / "one", 10, tmp_path / "number") for _ in range(24)]
    assert [one.communicate(timeout=60)[1] for one in many] == [""] * 24
    assert (tmp_path / "number").read_text() == "24"

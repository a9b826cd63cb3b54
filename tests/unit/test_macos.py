"""Without what only Linux has: jobs run all the same, and what cannot be had safely is not tried."""

import builtins
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from mixdistill import confined, entry, launch, lease, private
from mixdistill.answers import worker, workers
from mixdistill.answers.asked import Asked
from mixdistill.digest import SCRIPTS

LINUX_ONLY = {
    os: ("sched_getaffinity", "pidfd_open", "memfd_create", "pipe2", "O_PATH"),
    signal: ("pidfd_send_signal",),
    socket: ("SO_PEERCRED", "SOCK_SEQPACKET"),
    time: ("CLOCK_BOOTTIME",),
}


@pytest.fixture
def mac(monkeypatch):
    for module, names in LINUX_ONLY.items():
        for name in names:
            monkeypatch.delattr(module, name, raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(private.tempfile, "_O_TMPFILE_WORKS", False)
    limited = resource.setrlimit

    def setrlimit(which, limits):
        if which == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")
        limited(which, limits)

    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    for owner, name in ((Path, "read_text"), (Path, "iterdir"), (Path, "exists"), (builtins, "open")):
        monkeypatch.setattr(owner, name, without_proc(getattr(owner, name)))


def without_proc(does):
    def instead(path, *more, **named):
        if str(path).startswith("/proc"):
            if does.__name__ == "exists":
                return False
            raise FileNotFoundError(path)
        return does(path, *more, **named)

    return instead


def in_a_process(does):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            does()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def test_an_answer_is_compared_without_a_limit_of_memory(mac):
    assert workers.Workers().count >= 1
    reading, writing = os.pipe()
    assert in_a_process(lambda: worker.solve([["chain", "1/2", "0.5", list(Asked())]], writing)) == 0
    assert os.read(reading, 100).startswith(b"[true,")


def test_a_lease_is_taken_found_and_given_back(mac, tmp_path):
    mine = lease.Lease(tmp_path / "leases" / "ab12")
    mine.take()
    try:
        assert lease.began(os.getpid()) is None
        [holder] = lease.living(tmp_path / "leases")
        assert not lease.ask_to_end(holder)
    finally:
        mine.release()
    assert lease.living(tmp_path / "leases") == []


def test_nothing_is_started_warm_and_ranks_live_by_themselves(mac, monkeypatch):
    monkeypatch.setenv("MIXDISTILL_WARM", "1")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert not entry.shares_a_machine()
    launch.end_with_parent()


def test_places_are_private_and_templates_are_rendered_apart(mac, tmp_path, monkeypatch):
    monkeypatch.setattr(private.tempfile, "gettempdir", lambda: str(tmp_path))
    os.close(private.folder(session=True))
    private.closed(tmp_path / "digest")
    reading, writing = os.pipe()
    assert in_a_process(lambda: confined.confine(writing, 2**29)) == 0
    os.close(reading)
    os.close(writing)


def test_what_only_linux_has_is_used_where_its_lack_is_known():
    names = {*(name for names in LINUX_ONLY.values() for name in names), "RLIMIT_AS", "prctl", "/proc/"}
    found = {
        str(path.relative_to(SCRIPTS))
        for path in SCRIPTS.rglob("*.py")
        if any(name in path.read_text() for name in names)
    }
    known = {
        "answers/worker.py",
        "answers/workers.py",
        "confined.py",
        "hardware.py",
        "launch.py",
        "lease.py",
        "private.py",
        "warm.py",
    }
    assert found == {f"mixdistill/{name}" for name in known}

"""A neighbour on the same machine plants folders, links, locks and sockets, and gets nothing and cuts nothing."""

import os
import socket
import sys
import time
from contextlib import suppress

import pytest
from mixdistill import devices, entry, private, warm
from mixdistill.errors import UserError
from strangers import as_stranger, given_away, needs_root

NAME = f"mixdistill-{os.getuid()}"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(private.tempfile, "gettempdir", lambda: str(place))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return place


def test_the_folder_is_made_for_this_user_alone_whatever_the_umask(temporary):
    before = os.umask(0)
    try:
        os.close(private.folder())
    finally:
        os.umask(before)
    assert (temporary / NAME).stat().st_mode & 0o777 == 0o700
    os.close(private.folder())


def refused(plant, reason):
    with pytest.raises(UserError, match=reason) as caught:
        private.folder()
    assert str(caught.value).startswith(f"{plant} ")
    assert "remove it, or set TMPDIR" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_planted_link_is_not_followed(temporary, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (temporary / NAME).symlink_to(elsewhere)
    refused(temporary / NAME, "is a link")
    assert list(elsewhere.iterdir()) == []


def test_a_planted_file_is_no_folder(temporary):
    (temporary / NAME).touch()
    refused(temporary / NAME, "is no folder")


def test_a_folder_that_others_may_enter_is_refused(temporary):
    (temporary / NAME).mkdir(mode=0o755)
    refused(temporary / NAME, "may be entered by others")


@needs_root
def test_a_folder_of_somebody_else_is_refused(temporary):
    (temporary / NAME).mkdir(mode=0o700)
    given_away(temporary / NAME)
    refused(temporary / NAME, "belongs to ")


@pytest.mark.parametrize(("mode", "used"), [(0o700, True), (0o755, False)])
def test_the_runtime_folder_comes_first_if_it_is_this_users_alone(temporary, tmp_path, monkeypatch, mode, used):
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=mode)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    os.close(private.folder(session=True))
    assert (runtime / "mixdistill").exists() is used
    assert (temporary / NAME).exists() is not used


@pytest.fixture
def victim(tmp_path):
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    return file


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(devices, "HELD", [])
    for name in devices.SCHEDULERS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_lock_that_is_another_name_of_a_file_cuts_nothing(temporary, victim, gpu, link):
    os.close(private.folder())
    getattr(temporary / NAME / "gpu-0.lock", link)(victim)
    with pytest.raises(UserError, match=r"gpu-0\.lock in your mixdistill folder"):
        devices.claim(1)
    assert victim.read_text() == "years of work"


@needs_root
def test_locks_in_a_planted_folder_are_not_even_opened(temporary, victim, gpu):
    folder = temporary / NAME
    folder.mkdir(mode=0o777)
    (folder / "gpu-0.lock").symlink_to(victim)
    given_away(folder)
    with pytest.raises(UserError, match=f"^{folder} belongs to "):
        devices.claim(1)
    assert victim.read_text() == "years of work"


def test_a_lock_keeps_its_content_and_a_gpu_may_have_any_name(temporary, gpu, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-GPU-1/2/0")
    os.close(private.folder())
    (temporary / NAME / "gpu-MIG-GPU-1%2F2%2F0.lock").write_text("kept")
    devices.claim(1)
    assert (temporary / NAME / "gpu-MIG-GPU-1%2F2%2F0.lock").read_text() == "kept"


def job_of(tmp_path):
    return {"directory": str(tmp_path), "environment": {"HF_TOKEN": "hf_secret"}, "script": "x.py", "arguments": {}}


@needs_root
def test_nothing_is_sent_to_a_server_of_somebody_else(temporary, tmp_path, monkeypatch):
    folder = private.folder(session=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.bind(warm.door_in(folder, warm.server_name()))

    def serve():
        door.listen()
        (tell := os.fdopen(told, "w")).write("listening\n")
        tell.flush()
        line, _ = door.accept()
        message, descriptors, _, _ = socket.recv_fds(line, 1 << 20, 2)
        assert not message
        assert not descriptors

    heard, told = os.pipe()
    stranger = as_stranger(serve)
    assert os.read(heard, 20) == b"listening\n"
    with pytest.raises(UserError, match="somebody else answers where the server of warm starts should be"):
        warm.ask(job_of(tmp_path))
    assert os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]) == 0
    for descriptor in (heard, told, folder):
        os.close(descriptor)
    door.close()


@needs_root
def test_a_server_runs_nothing_for_somebody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(warm, "IDLE", 0.2)
    ran = tmp_path / "ran"
    monkeypatch.setattr(warm, "performed", lambda *_: ran.touch() or 0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind("\0mixdistill-test-" + str(os.getpid()))
        door.listen()
        door.settimeout(0.1)

        def ask():
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
                line.connect("\0mixdistill-test-" + str(os.getppid()))
                socket.send_fds(line, [b"{}"], [1, 2])
                with suppress(ConnectionResetError):
                    assert line.recv(16) == b""

        stranger = as_stranger(ask)
        time.sleep(0.1)
        warm.answer_calls(door)
    assert os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]) == 0
    assert not ran.exists()


def test_a_job_whose_warm_start_cannot_be_trusted_starts_cold_with_a_line(temporary, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    (temporary / NAME).symlink_to(tmp_path)
    assert entry.asked({}) is None
    said = capsys.readouterr().err
    assert said.startswith(f"no warm start: {temporary / NAME} is a link")
    assert said.count("\n") == 1


@pytest.mark.parametrize("size", [400_000, 2_000_000])
def test_a_job_that_is_too_large_to_be_sent_starts_cold_with_a_line(temporary, capsys, monkeypatch, size):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000)
    monkeypatch.setattr(warm, "connected", lambda: here)
    assert entry.asked({"prompt": "x" * size}) is None
    said = capsys.readouterr().err
    assert said.startswith("no warm start: a job of ")
    assert said.endswith(" bytes cannot be sent (Message too long)\n")
    assert there.recv(1) == b""
    there.close()

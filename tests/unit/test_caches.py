"""A neighbour plants what libraries compile, cache or leave in temporary places, and no job looks there."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from mixdistill import caches, entry, private
from mixdistill.errors import UserError
from planning import REPO
from strangers import given_away, needs_root

SEEN = ("HOME", "HF_HOME", "TMPDIR", "XDG_CACHE_HOME", *caches.KEPT_IN)


@pytest.fixture
def places(monkeypatch):
    """A temporary folder like /tmp, and a home; short, as sockets want it."""
    with tempfile.TemporaryDirectory(prefix="c-", dir="/tmp") as made:
        folder = Path(made)
        for name in SEEN:
            monkeypatch.setenv(name, "as it was")
            monkeypatch.delenv(name)
        for name, mode in (("tmp", 0o1777), ("home", 0o700)):
            (folder / name).mkdir()
            (folder / name).chmod(mode)
        monkeypatch.setenv("HOME", str(folder / "home"))
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        yield folder


def test_all_that_libraries_keep_lies_in_folders_of_this_users_alone(places):
    caches.keep_private()
    temporary, cache = places / "tmp" / private.NAME, places / "home/.cache" / private.NAME
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(temporary)
    assert os.environ["XDG_CACHE_HOME"] == str(cache)
    assert os.environ["HF_HOME"] == str(places / "home/.cache/huggingface")  # fetched files stay where they are
    assert all(Path(os.environ[name]).parent == cache for name in caches.KEPT_IN)
    assert {place.stat().st_mode & 0o777 for place in (temporary, cache)} == {0o700}


def test_a_job_in_a_job_and_the_locks_of_all_take_the_same_places(places):
    caches.keep_private()
    before = {name: os.environ[name] for name in SEEN}
    caches.keep_private()
    assert {name: os.environ[name] for name in SEEN} == before
    locks = private.folder()
    assert os.path.samestat(os.fstat(locks), Path(before["TMPDIR"]).stat())
    os.close(locks)


def test_what_a_user_sets_by_name_holds(places, monkeypatch):
    monkeypatch.setenv("VLLM_CACHE_ROOT", "/fast/vllm")
    monkeypatch.setenv("HF_HOME", "/big/hub")
    caches.keep_private()
    assert (os.environ["VLLM_CACHE_ROOT"], os.environ["HF_HOME"]) == ("/fast/vllm", "/big/hub")


def test_a_cache_of_ones_own_needs_no_right_to_write_beside_it(places, monkeypatch):
    mine = places / "scratch" / "me"
    mine.mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(mine))
    monkeypatch.setattr(os, "access", lambda place, *_, **__: str(place) != str(mine.parent))
    caches.keep_private()
    assert os.environ["XDG_CACHE_HOME"] == str(mine / private.NAME)


@pytest.mark.parametrize("home", ["none", "file"])
def test_without_a_home_that_can_be_written_caches_lie_in_the_private_temporary_folder(places, monkeypatch, home):
    (places / "file").touch()
    monkeypatch.setenv("HOME", str(places / home / "gone" if home == "none" else places / home))
    (places / "none").symlink_to("/proc")
    caches.keep_private()
    assert os.environ["XDG_CACHE_HOME"] == str(places / "tmp" / private.NAME)


def planted(place, how):
    """Somebody else's folder, link or file where ours would be."""
    match how:
        case "folder":
            place.mkdir(mode=0o777)
        case "link":
            place.symlink_to("/var")
        case "file":
            place.touch()
    given_away(place)


@needs_root
@pytest.mark.parametrize("how", ["folder", "link", "file"])
def test_a_planted_place_is_left_for_the_next_one(places, how):
    planted(places / "tmp" / private.NAME, how)
    caches.keep_private()
    found = Path(tempfile.gettempdir())
    assert found.parent in {Path("/tmp"), Path("/var/tmp")}
    assert found.stat().st_uid == os.getuid()
    assert found.stat().st_mode & 0o777 == 0o700


@needs_root
def test_a_home_in_the_temporary_folder_is_not_shared_with_who_came_first(places, monkeypatch):
    monkeypatch.setenv("HOME", str(places / "tmp"))
    (places / "tmp/.cache").mkdir(mode=0o755)
    given_away(places / "tmp/.cache")
    caches.keep_private()
    kept = {os.environ[name] for name in ("XDG_CACHE_HOME", *caches.KEPT_IN)}
    assert all(place.startswith(str(places / "tmp" / private.NAME)) for place in kept)


def test_a_place_that_others_may_rename_is_not_used(places, monkeypatch):
    shared = places / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared))
    with pytest.raises(UserError, match=rf"^{shared}/{private.NAME} lies in {shared}, where others may rename it, "):
        private.kept(shared)
    caches.keep_private()
    assert os.environ["XDG_CACHE_HOME"] == str(places / "tmp" / private.NAME)
    assert os.environ["HF_HOME"] == str(shared / "huggingface")
    shared.chmod(0o755)
    assert private.kept(shared) == shared / private.NAME
    sticky = places / "tmp" / "deeper"
    sticky.mkdir()
    assert private.kept(sticky) == sticky / private.NAME


def test_there_is_room_for_the_paths_of_sockets(places, monkeypatch):
    long = places / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    caches.keep_private()
    path = f"{tempfile.gettempdir()}/01234567-0123-0123-0123-0123456789ab"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
    Path(path).unlink()


def test_a_job_without_any_place_ends_in_one_line(monkeypatch, capsys):
    def refused(place):
        raise private.refusal(place, "belongs to mallory")

    monkeypatch.setattr(private, "kept", refused)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    with pytest.raises(SystemExit) as ended:
        entry.run(lambda: None)
    said = str(ended.value)
    assert said.startswith(
        f"error: {tempfile.gettempdir()} belongs to mallory, so that nothing is put there: remove it"
    )
    assert "\n" not in said


@pytest.mark.slow
def test_torch_and_deepspeed_look_nowhere_else(places):
    script = places / "job.py"
    script.write_text(
        "from mixdistill.entry import run\n"
        "def main() -> None:\n"
        "    import multiprocessing.util, torch, torch._inductor.codecache as codes\n"
        "    from torch._inductor.runtime.cache_dir_utils import cache_dir, default_cache_dir\n"
        "    from torch.utils.cpp_extension import _get_build_directory\n"
        "    print(codes._HEADER_DIR, cache_dir(), default_cache_dir(), _get_build_directory('x', False))\n"
        "    print(multiprocessing.util.get_temp_dir())\n"
        "    from deepspeed.ops.op_builder import builder\n"
        "    import os\n"
        "    print(os.environ.get('TORCH_EXTENSIONS_DIR', builder.DEFAULT_TORCH_EXTENSION_PATH))\n"
        "run(main)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPO / "workflow/scripts"), "TMPDIR": str(places / "tmp")}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    said = [word for word in done.stdout.split() if word.startswith("/")]
    assert len(said) >= 6
    assert all(f"/{private.NAME}/" in word and word.startswith(str(places)) for word in said), said

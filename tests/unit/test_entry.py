"""One function, four doors: Snakemake, the command line, a launcher, a test."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from mixdistill.entry import arguments, called, parser
from mixdistill.jsonl import read, write
from planning import REPO

SCRIPTS = REPO / "workflow" / "scripts"


def test_flags_follow_the_signature():
    def main(one: Path, many: list[Path], number: int, spec: dict[str, int], name: str = "x") -> None:
        """Say what."""

    given = vars(parser(main).parse_args(["--one", "a", "--many", "b", "c", "--number", "3", "--spec", '{"k":1}']))
    assert given == {"one": Path("a"), "many": [Path("b"), Path("c")], "number": 3, "spec": {"k": 1}, "name": "x"}


def test_a_job_gives_the_same_arguments():
    class Job:
        input = {"many": "b", "none": []}
        output = {"one": "a"}
        params = {"number": "3", "spec": {"k": 1}, "code": "digest"}

    def main(one: Path, many: list[Path], none: list[Path], number: int, spec: dict[str, int]) -> None:
        """Say what."""

    given = arguments(main, Job)
    assert given == {"one": Path("a"), "many": [Path("b")], "none": [], "number": 3, "spec": {"k": 1}}


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_script_explains_itself_by_hand(script):
    shown = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("usage:")


def by_hand(script, *flags):
    command = [sys.executable, SCRIPTS / script, *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_script_runs_by_hand(tmp_path):
    write(tmp_path / "raw.jsonl", [{"problem": "1+1", "answer": "02"}])
    flags = ["--source", tmp_path / "raw.jsonl", "--problems", tmp_path / "out.jsonl", "--counts", tmp_path / "c.json"]
    done = by_hand("load_problems.py", *flags, "--name", "s", "--part", "{}", "--fields", "{}", "--gold", "plain")
    assert done.returncode == 0, done.stderr
    assert list(read(tmp_path / "out.jsonl")) == [{"id": "s/0", "problem": "1+1", "answer": "2", "source_answer": "02"}]


def test_a_users_mistake_is_one_line_and_no_trace(tmp_path):
    flags = ["--source", tmp_path / "no.jsonl", "--problems", tmp_path / "out.jsonl", "--counts", tmp_path / "c.json"]
    done = by_hand("load_problems.py", *flags, "--name", "s", "--part", "{}", "--fields", "{}", "--gold", "plain")
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path}/no.jsonl: cannot be read: No such file or directory\n"
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("number", "fix"), [(errno.EACCES, "give yourself the right to read it"), (errno.ENOSPC, "make room, then repeat")]
)
def test_a_path_that_may_not_be_written_is_one_line(capsys, number, fix):
    def main():
        raise OSError(number, os.strerror(number), "results/x.jsonl")

    assert called(main, {}) == 1
    assert capsys.readouterr().err.startswith(f"error: results/x.jsonl: {os.strerror(number)}; {fix}")


WARM_JOB = """
import os, sys, json
sys.path.insert(0, {scripts!r})
from mixdistill import warm
job = {{"directory": {folder!r}, "environment": {{**os.environ, "OMP_NUM_THREADS": "1"}}, "script": {script!r},
       "arguments": {{"out": "out.txt", "how": sys.argv[1]}}}}
sys.exit(warm.ask(job))
"""

SCRIPT = """
import os, sys, time
from pathlib import Path
from mixdistill.errors import UserError

def main(out: Path, how: str) -> None:
    print("hello from", how, "torch" in sys.modules)
    assert os.readlink("/proc/self/fd/0") == os.devnull
    if how == "mistake":
        raise UserError("yours")
    if how == "defect":
        raise ValueError("ours")
    if how == "forever":
        out.write_text(str(os.getpid()))
        time.sleep(60)
        out.write_text("still there")
    out.write_text(how)
"""


@pytest.fixture
def warm(tmp_path):
    (tmp_path / "job.py").write_text(SCRIPT)
    link = tmp_path / "mixdistill"
    link.symlink_to(SCRIPTS / "mixdistill")
    text = WARM_JOB.format(scripts=str(SCRIPTS), folder=str(tmp_path), script=str(tmp_path / "job.py"))
    (tmp_path / "client.py").write_text(text)

    def start(how):
        command = [sys.executable, tmp_path / "client.py", how]
        return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return start


def test_warm_jobs_print_and_end_like_cold_ones(warm, tmp_path):
    expected = {"well": (0, ""), "mistake": (1, "error: yours\n"), "defect": (1, "ValueError: ours\n")}
    for how, (code, last) in expected.items():
        job = warm(how)
        shown = job.communicate()[0]
        assert job.returncode == code, shown
        assert shown.startswith(f"hello from {how} True\n")
        assert last in shown
    assert (tmp_path / "out.txt").read_text() == "well"


def test_a_warm_job_ends_with_the_process_that_asked_for_it(warm, tmp_path):
    job = warm("forever")
    deadline = time.monotonic() + 60
    while not (tmp_path / "out.txt").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    pid = int((tmp_path / "out.txt").read_text())
    assert Path(f"/proc/{pid}").exists()
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(pid)


def alive(pid):
    """A process that runs; one that has ended but was not yet waited for does not."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_gpus_and_requests_come_from_the_jobs_resources():
    def main(gpus: int, concurrency: int, seed: int) -> None: ...

    resources = SimpleNamespace(gpu=2, requests=8)
    job = SimpleNamespace(input={}, output={}, params={"code": "x", "seed": "3"}, resources=resources)
    assert arguments(main, job) == {"gpus": 2, "concurrency": 8, "seed": 3}


def test_a_job_that_asks_for_more_gpus_than_there_are_ends_in_one_line(monkeypatch, capsys):
    def main(gpus: int) -> None:
        raise AssertionError

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert called(main, {"gpus": 2}) == 1
    assert capsys.readouterr().err.startswith("error: this job asks for 2 GPUs and sees 1;")

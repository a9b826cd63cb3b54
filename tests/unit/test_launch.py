"""The commands that start a script on several GPUs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mixdistill import launch
from mixdistill.costs import jobs
from mixdistill.digest import SCRIPTS
from mixdistill.entry import parser
from mixdistill.errors import UserError

SCRIPT = Path("/flow/workflow/scripts/sft.py")
GIVEN = {"mixture": Path("a b.jsonl"), "dtype": "bfloat16", "max_length": None, "args": {"packing": True}, "gpus": 8}


def test_one_machine():
    line = launch.command(SCRIPT, GIVEN, 4, 1)
    assert line[:4] == [sys.executable, "-P", "-m", "accelerate.commands.launch"]
    assert line[4:7] == ["--multi_gpu", "--num_processes=4", "--num_machines=1"]
    assert line[line.index(str(SCRIPT)) + 1 :] == launch.flags(GIVEN)
    assert "--main_process_port=0" in line


def test_two_machines_of_four(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "node7")
    line = launch.command(SCRIPT, GIVEN, 8, 2)
    assert line[:5] == ["srun", "--nodes=2", "--ntasks=2", "--ntasks-per-node=1", "--kill-on-bad-exit=1"]
    assert line[5:7] == ["bash", "-c"]
    assert "--num_processes=8" in line
    assert "--num_machines=2" in line
    assert "--main_process_ip=node7" in line
    assert [part for part in line if part.startswith("--main_process_port=")] != [
        part for part in launch.command(SCRIPT, GIVEN, 8, 2) if part.startswith("--main_process_port=")
    ]


def test_a_port_is_taken_by_nobody_and_known_to_nobody():
    ports = {launch.free_port() for _ in range(20)}
    assert len(ports) > 10
    assert all(10_000 <= port < 32_000 for port in ports)


def test_each_machine_puts_its_number_before_the_script(monkeypatch, tmp_path):
    line = launch.command(SCRIPT, GIVEN, 8, 2)
    shell = line[line.index("bash") :]
    shell[shell.index(sys.executable)] = "echo"
    said = subprocess.run(shell, env={"SLURM_PROCID": "1", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    words = said.stdout.split()
    assert words[:4] == ["-P", "-m", "accelerate.commands.launch", "--machine_rank=1"]
    assert words.index(str(SCRIPT)) > words.index("--machine_rank=1")
    assert "a b.jsonl" in said.stdout


def test_a_folder_of_data_that_is_called_like_a_module_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    start = subprocess.Popen

    def imports(command, **given):
        return start([*command[: command.index("-m")], "-c", "import numbers"], **given)

    monkeypatch.setattr(jobs.subprocess, "Popen", imports)
    assert jobs.planned({}) == []
    subprocess.Popen(launch.command(SCRIPT, GIVEN, 4, 1)).wait()
    assert not (tmp_path / "ran").exists()


def test_every_module_that_is_started_is_that_of_the_environment():
    starts = [
        line
        for path in SCRIPTS.rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r'sys\.executable.*"-m"|"\$0".* -m ', line)
    ]
    assert len(starts) == 3
    assert all(re.search(r'"-P", "-m"|"\$0" -P -m ', line) for line in starts), starts


def test_gpus_that_do_not_fill_the_machines_are_refused():
    with pytest.raises(UserError, match="6 GPUs cannot be divided evenly over 4 nodes: --set-resources sft:gpu=<n>"):
        launch.command(SCRIPT, GIVEN, 6, 4)


def test_flags_come_back_as_they_went():
    import sft

    given = {
        **dict.fromkeys(("mixture", "base", "proof", "model", "report", "checkpoints", "watched"), Path("x y")),
        **{"seed": 3, "dtype": "float32", "max_length": None, "batch_size": 8, "validation": 0.01, "lora": None},
        **{"args": {"learning_rate": 1e-5, "optim": "adamw_torch"}, "gpus": 2, "nodes": 1},
    }
    assert vars(parser(sft.main).parse_args(launch.flags(given))) == given


@pytest.mark.parametrize(("environment", "ranks"), [({}, 1), ({"LOCAL_RANK": "0", "WORLD_SIZE": "4"}, 4)])
def test_a_rank_knows_that_it_is_one(monkeypatch, environment, ranks):
    for name in ("LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (launch.is_rank(), launch.ranks()) == (bool(environment), ranks)


def test_a_failure_ends_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(UserError, match="sft.py: failed with exit code 3 on 2 GPUs; the reason stands further up"):
        launch.launch(SCRIPT, {}, 2, 1)

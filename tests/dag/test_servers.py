"""A dry run says which servers a run would not be allowed to ask, and asks nobody."""

import os
import subprocess
import sys

import yaml
from examples import changed
from planning import REPO


def test_a_dry_run_warns_of_servers_that_are_not_allowed(tmp_path):
    endpoint = {"url": "https://evil.com/v1", "model": "m", "key": "HF_TOKEN"}
    raw = changed("teachers.short", {"endpoint": endpoint, "sampling": {"max_tokens": 4}})
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw))
    (tmp_path / "README.md").touch()
    target = "results/example/completions/short/0.jsonl"
    command = [sys.executable, "-m", "snakemake", "-s", REPO / "Snakefile", "-n", target, "--configfile", "mine.yaml"]
    environment = {name: value for name, value in os.environ.items() if name != "MIXDISTILL_SERVERS"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [line] = [line for line in (done.stdout + done.stderr).splitlines() if "evil.com" in line and "export" in line]
    assert line == (
        "teachers.short.endpoint: no experiment sends the key in HF_TOKEN to https://evil.com on its own word: "
        'if it is that server\'s, export MIXDISTILL_SERVERS="https://evil.com=HF_TOKEN"'
    )

"""Commits that the hub names are written into experiment files."""

import os
import subprocess
import sys

from hub import COMMIT, serving
from planning import REPO

EXPERIMENT = """problems:  # a comment
  train: {source: &rows {hub: owner/rows, revision: unpinned}, gold: plain}
  test: {source: *rows}
students:
  one: {model: {revision: unpinned, hub: owner/model}, trained: {long: [{hub: owner/lost, revision: unpinned}]}}
  two:
    model:
      hub: owner/kept
      revision: 2222222222222222222222222222222222222222  # unpinned once
"""


def test_commits_are_written_into_an_experiment_and_nothing_else_is(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(EXPERIMENT)
    with serving() as hub:

        def pin():
            command = [sys.executable, REPO / "workflow" / "scripts" / "pin.py", "--experiment", path]
            environment = {**os.environ, **hub.environment(tmp_path / "cache")}
            done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
            return done.returncode, done.stdout + done.stderr

        hub.add("model/owner/model", {})
        hub.add("dataset/owner/rows", {})
        code, text = pin()
        said = text.splitlines()
        assert (code, len(said)) == (1, 3), text
        assert {f"owner/model: {COMMIT}", f"owner/rows: {COMMIT}"} < set(said)
        assert next(line for line in said if line.startswith("error: owner/lost: "))
        pinned = EXPERIMENT.replace("owner/rows, revision: unpinned", f"owner/rows, revision: {COMMIT}")
        pinned = pinned.replace("revision: unpinned, hub", f"revision: {COMMIT}, hub")
        assert path.read_text() == pinned
        hub.add("model/owner/lost", {})
        assert pin()[0] == 0
        assert path.read_text() == pinned.replace("owner/lost, revision: unpinned", f"owner/lost, revision: {COMMIT}")
        assert pin() == (0, "")

"""Processes that hold a lease."""

import os
import subprocess
import sys

from mixdistill.digest import SCRIPTS

HOLD = """
import sys, time
from pathlib import Path
from mixdistill import lease
lease.BEAT = float(sys.argv[2])
held = lease.Lease(Path(sys.argv[1]))
while (holder := held.take()) is not None:
    time.sleep(0.005)
print("held", flush=True)
"""


def process(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-c", HOLD + code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

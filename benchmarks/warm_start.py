"""A cold and a warm start of the same small job, side by side in one run.

The job makes a tiny model of the miniature world in one step: next to nothing but imports, saving and loading. Wall
time, since a warm job's process is not a child of the one that asks for it. The server's own start is shown apart.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from mixdistill import warm  # noqa: E402
from mixdistill.jsonl import dumped  # noqa: E402

SIZES = dict.fromkeys(("num_hidden_layers", "num_attention_heads", "num_key_value_heads"), 1)
ARGUMENTS = {
    "parent": [],
    "architecture": {"type": "qwen2", "hidden_size": 32, "intermediate_size": 32, **SIZES},
    "corpus": {"kinds": {"facts": 1.0}, "levels": {"gsm8k": 1.0}, "styles": {"short": 1.0}},
    "training": {"steps": 1, "tokens_per_step": 100, "matrix_learning_rate": 0.01, "learning_rate": 0.01},
    "seed": 1,
}


def cold(folder: Path) -> float:
    """Seconds of the job in a process of its own."""
    flags = [f"--{name}={value if name == 'seed' else dumped(value)}" for name, value in ARGUMENTS.items() if value]
    began = time.monotonic()
    command = [sys.executable, SCRIPTS / "make_model.py", f"--model={folder}", "--parent", *flags]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def warmed(folder: Path) -> float:
    """Seconds of the job in a process that the warm server forks."""
    job = {"directory": str(folder.parent), "environment": dict(os.environ), "script": str(SCRIPTS / "make_model.py")}
    began = time.monotonic()
    if warm.ask({**job, "arguments": {**ARGUMENTS, "model": str(folder)}}) != 0:
        sys.exit("error: the warm job failed")
    return time.monotonic() - began


def main() -> None:
    """Print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=5)
    repetitions = parser.parse_args().repetitions
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = warmed(folder / "first")
        pairs = [(cold(folder / f"cold{n}"), warmed(folder / f"warm{n}")) for n in range(repetitions)]
        same = (folder / "cold0" / "model.safetensors").read_bytes() == (
            folder / "warm0" / "model.safetensors"
        ).read_bytes()
    colds, warms = map(statistics.median, zip(*pairs, strict=True))
    print(f"cold {colds:.2f} s, warm {warms:.2f} s (medians of {repetitions}): {colds / warms:.1f} times")
    print(f"the first warm job, which starts the server: {first:.2f} s; same bytes: {same}")


if __name__ == "__main__":
    main()

"""Complete the environments: below the pins that a person wrote, the pins of everything they need.

    python envs/lock.py            # write envs/*.yaml
    python envs/lock.py --check    # compare only; exit code 1 if a file differs

Asks the package index, for Linux on x86_64. A pin that is there already stays, as long as it fits; a new one is that
of requirements.txt, if it fits.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARK = "      # What these need, written by lock.py:\n"


def completed(text: str) -> str:
    """An environment file with the pins of everything that its own pins need.

    Raises:
        ValueError: the pins do not resolve together; holds the resolver's explanation.
    """
    own, _, needed = text.partition(MARK)
    pins, python = pinned(own), re.findall(r"python=([\d.]+)", own)[0]
    local = (HERE.parent / "requirements.txt").read_text().splitlines()
    preferred = {canonical(pin): pin for pin in (*(line for line in local if "==" in line), *pinned(needed))}
    resolved = resolve(pins, list(preferred.values()), python)
    names = {canonical(pin) for pin in pins}
    lines = [f"      - {pin}\n" for pin in resolved if canonical(pin) not in names]
    return own + MARK + "".join(lines)


def pinned(text: str) -> list[str]:
    """The exact pins in a piece of an environment file."""
    return re.findall(r"^ *- (\S+==\S+)$", text, re.MULTILINE)


def canonical(pin: str) -> str:
    """A pin's package, in the index's spelling."""
    return re.sub(r"[-_.]+", "-", pin.partition("==")[0].partition("[")[0]).lower()


def resolve(pins: list[str], preferred: list[str], python: str) -> list[str]:
    """All packages that the pins need, themselves included, as exact pins."""
    with tempfile.TemporaryDirectory() as folder:
        asked, locked = Path(folder, "asked.in"), Path(folder, "locked.txt")
        asked.write_text("\n".join(pins))
        locked.write_text("\n".join(preferred))
        options = ["--quiet", "--no-annotate", "--no-header", "--python-platform", "x86_64-unknown-linux-gnu"]
        command = ["uv", "pip", "compile", *options, "--python-version", python, "-o", str(locked), str(asked)]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr.strip())
        return locked.read_text().split()


def main() -> int:
    """Write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file differs")
    check, code = parser.parse_args().check, 0
    for file in sorted(HERE.glob("*.yaml")):
        before = file.read_text()
        try:
            after = completed(before)
        except ValueError as error:
            print(f"{file.name}: its pins do not resolve together\n{error}", file=sys.stderr)
            code = 1
            continue
        if not check:
            file.write_text(after)
        elif after != before:
            lines = set(after.splitlines()) ^ set(before.splitlines())
            print(
                f"{file.name}: not what its pins resolve to: {', '.join(sorted(map(str.strip, lines)))}",
                file=sys.stderr,
            )
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())

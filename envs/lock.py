"""Complete the environments: pins of everything that a person's pins need, and the SHA-256 digests of their files.

    python envs/lock.py            # write envs/*.yaml and requirements*.txt
    python envs/lock.py --check    # compare only; exit code 1 if a file differs

Asks the package index, for Linux on x86_64. A pin that is there already stays, as long as it fits; a new one is that
of requirements.txt, if it fits. To add or change a package write its pin, without digests, and run this. Packages of
requirements*.txt are not resolved, they get digests: of what Linux and macOS install, on x86_64 and arm64.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

HERE = Path(__file__).resolve().parent
MARK = "      # What these need, written by lock.py:\n"
PIN = re.compile(r"^(?: *- )?([\w.-]+(?:\[[\w,-]+\])?==[^\s;]+)(?: ;.*?)?(?: \\| --hash=.*)?$", re.MULTILINE)
PYTHON = (3, 11)
LOCAL = ("requirements.txt", "requirements-cpu.txt", "requirements-dev.txt", "requirements-vllm.txt")
CUDA = "requirements-cuda.txt"
ABOUT_CUDA = "# PyTorch as the package index has it for Linux, with what it needs of CUDA. Written by envs/lock.py.\n"
CPU_BUILDS = {"torch==2.13.0+cpu": ["6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"]}
"""Pin to the digests of builds for CPU, which PyTorch's own index has, and not the package index."""


def completed(text: str) -> str:
    """Return an environment file with the pins of everything that its own pins need, and with digests.

    Raises:
        ValueError: the pins do not resolve together; holds the resolver's explanation.
    """
    own, _, needed = text.partition(MARK)
    own = re.sub(" --hash=.*", "", own)
    pins, python = pinned(own), re.findall(r"python=([\d.]+)", own)[0]
    local = pinned((HERE.parent / "requirements.txt").read_text())
    preferred = {canonical(pin): pin for pin in (*local, *pinned(needed))}
    resolved = resolve(pins, list(preferred.values()), python)
    names = {canonical(pin) for pin in pins}
    lines = [f"      - {pin}\n" for pin in resolved if canonical(pin) not in names]
    digests = digests_of(tuple(resolved), on_cluster)

    def with_digests(line: re.Match[str]) -> str:
        return " ".join([line[0], *(f"--hash=sha256:{digest}" for digest in digests[canonical(line[1])])])

    return re.sub(r"^ *- (\S+==\S+)$", with_digests, own + MARK + "".join(lines), flags=re.MULTILINE)


def hashed(text: str) -> str:
    """Return a requirements file with the digests of its pins; comments, ``-r`` and markers stay.

    Raises:
        ValueError: a package is not in the index.
    """
    digests = digests_of(tuple(pin for pin in pinned(text) if pin not in CPU_BUILDS), on_laptop)
    lines = [line.removesuffix(" \\") for line in text.splitlines() if not line.startswith("    --hash=")]
    found = []
    for line in lines:
        pin = PIN.match(line)
        hashes = (CPU_BUILDS.get(pin[1]) or digests[canonical(pin[1])]) if pin else []
        found.append(" \\\n    ".join([line, *(f"--hash=sha256:{digest}" for digest in hashes)]))
    return "\n".join(found) + "\n"


def for_cuda() -> str:
    """Return the requirements file of PyTorch's build for CUDA, with what it needs besides requirements.txt."""
    names = {canonical(pin) for pin in pinned((HERE.parent / "requirements.txt").read_text())}
    known = pinned((HERE / "training.yaml").read_text())
    torch = [pin for pin in known if canonical(pin) == "torch"]
    needed = [pin for pin in resolve(torch, known, "{}.{}".format(*PYTHON)) if canonical(pin) not in names]
    return hashed(ABOUT_CUDA + "\n".join(needed))


def pinned(text: str) -> list[str]:
    """Return the exact pins in a piece of an environment or requirements file."""
    return PIN.findall(text)


def canonical(pin: str) -> str:
    """Return a pin's package, in the index's spelling."""
    return re.sub(r"[-_.]+", "-", pin.partition("==")[0].partition("[")[0]).lower()


def resolve(pins: list[str], preferred: list[str], python: str) -> list[str]:
    """Return all packages that the pins need, themselves included, as exact pins."""
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder, "locked.txt")
        locked.write_text("\n".join(preferred))
        platform = ["--python-platform", "x86_64-unknown-linux-gnu", "--python-version", python]
        compiled(pins, locked, *platform, "--no-annotate", "--no-header")
        return locked.read_text().split()


@cache
def digests_of(pins: tuple[str, ...], used: Any) -> dict[str, list[str]]:
    """Return the digests of the wheels of which ``used`` says so, or else of the source, by canonical name.

    Raises:
        ValueError: a package is not in the index, or has no such file.
    """
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder, "pylock.toml")
        compiled(list(pins), locked, "--universal", "--no-deps", "--format=pylock.toml", "--python-version=3.11")
        packages = tomllib.loads(locked.read_text())["packages"]
    found = {}
    for package in packages:
        wheels = [wheel for wheel in package.get("wheels", []) if any(map(used, tags(wheel)))]
        files = wheels or [package["sdist"]]
        found[canonical(package["name"])] = sorted(file["hashes"]["sha256"] for file in files)
    return found


def compiled(pins: list[str], to: Path, *options: str) -> None:
    """Let uv write what pins resolve to.

    Raises:
        ValueError: they do not; holds uv's explanation.
    """
    asked = to.with_name("asked.in")
    asked.write_text("\n".join(pins))
    command = ["uv", "pip", "compile", "--quiet", *options, "-o", str(to), str(asked)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip())


def tags(wheel: dict[str, Any]) -> frozenset[Tag]:
    """Return what a wheel is for."""
    return parse_wheel_filename(wheel["url"].rpartition("/")[2])[3]


def for_python(tag: Tag) -> bool:
    """Return whether a wheel is for the version of Python that is used here."""
    version = re.fullmatch(r"(?:py|cp)3(\d+)", tag.interpreter)
    if version is None:
        return tag.interpreter == "py3"
    stable = tag.abi in ("abi3", "none")
    return int(version[1]) <= PYTHON[1] if stable else int(version[1]) == PYTHON[1]


def on_cluster(tag: Tag) -> bool:
    """Return whether a wheel is for Linux on x86_64, with glibc."""
    return for_python(tag) and re.fullmatch(r"any|(manylinux|linux).*_x86_64", tag.platform) is not None


def on_laptop(tag: Tag) -> bool:
    """Return whether a wheel is for Linux or macOS, on x86_64 or arm64."""
    here = r"any|(manylinux|linux|macosx).*_(x86_64|aarch64|arm64|universal2)"
    return for_python(tag) and re.fullmatch(here, tag.platform) is not None


def main() -> int:
    """Write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file differs")
    check, code = parser.parse_args().check, 0
    made = {file: completed for file in sorted(HERE.glob("*.yaml"))} | {HERE.parent / name: hashed for name in LOCAL}
    made[HERE.parent / CUDA] = lambda _: for_cuda()
    for file, make in made.items():
        before = file.read_text() if file.exists() else ""
        try:
            after = make(before)
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

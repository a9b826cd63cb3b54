"""The report of an experiment of the paper's size: time, memory, size, and how long a browser takes to open it.

Made-up answers of 16 students, on two mixtures with five seeds each, to the paper's 7,064 problems (160 arms). The side
files of a student are a process each, as Snakemake runs them, some at a time; then the page. Chromium opens it if it is
installed. Making the answers is not counted.
"""

import argparse
import contextlib
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "tests"), str(REPO / "tests" / "unit"), str(REPO / "workflow" / "scripts")]

from reported import experiment, page, rows  # noqa: E402  tests/reported.py

SIZES = {"math": 5000, "gsm8k": 1319, "amc": 40, "aime": 30, "olympiad": 675}
SEEDS = (1, 2, 3, 4, 5)


def opened(path: Path) -> str:
    """Seconds until the page shows its findings, and until it shows the answers of two arms."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return "no Chromium here"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page()
        began = time.monotonic()
        tab.goto(path.as_uri())
        tab.wait_for_function("document.body.dataset.shown")
        first = time.monotonic() - began
        began = time.monotonic()
        tab.evaluate("location.hash = '#/answers?a=s0/long/1&b=s0/short/1'")
        tab.wait_for_selector("#count:not(:empty)")
        second = time.monotonic() - began
        browser.close()
    return f"opens in {first:.2f} s, 2 x 7,064 answers in {second:.2f} s"


def quiet(function, *arguments) -> None:  # type: ignore[no-untyped-def]
    """Call a function that prints nothing."""
    with contextlib.redirect_stdout(None):
        function(*arguments)


def apart(function, *arguments) -> multiprocessing.Process:  # type: ignore[no-untyped-def]
    """Start a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=quiet, args=(function, *arguments))
    process.start()
    return process


def main() -> None:
    """Print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("students", type=int, nargs="?", default=16)
    parser.add_argument("processes", type=int, nargs="?", default=2)
    parser.add_argument("characters", type=int, nargs="?", default=600, help="added to each completion")
    options = parser.parse_args()
    number, at_once, more = options.students, options.processes, options.characters
    students = {f"s{n}": (f"Student {n}", f"Family {n % 4}", 1e9 * 1.3**n) for n in range(number)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = experiment(folder, students, SIZES, SEEDS, " and so on" * (more // 10))
        read = sum(path.stat().st_size for path in (folder / "answers").rglob("*.jsonl"))
        began, running = time.monotonic(), []
        for student in students:
            while len(running) >= at_once:
                time.sleep(0.02)
                running = [process for process in running if process.is_alive()]
            running.append(apart(rows, folder, given, student))
        for process in running:
            process.join()
        sides = time.monotonic() - began
        process = apart(page, folder, given)
        process.join()
        if process.exitcode:
            sys.exit("error: the page was not made")
        whole = time.monotonic() - began
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        written = sum(path.stat().st_size for path in (folder / "report").rglob("*.js"))
        report = folder / "report.html"
        arms = len(given["about"]["arms"])
        print(f"{arms} arms x {sum(SIZES.values()):,} answers, {read / 1e9:.2f} GB: {whole:.1f} s on {at_once} cores")
        print(f"side files {sides:.1f} s, {written / 1e9:.2f} GB; table, figure and page {whole - sides:.1f} s")
        print(f"largest process {memory:.0f} MiB; page {report.stat().st_size / 1e6:.1f} MB; {opened(report)}")


if __name__ == "__main__":
    main()

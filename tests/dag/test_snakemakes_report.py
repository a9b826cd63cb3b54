"""Snakemake's own report (``make report``), made by Snakemake: text of an experiment runs and reads nothing."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
import yaml
from planning import REPO

EVIL = (
    "x\n\n.. include:: /etc/hostname\n\n.. raw:: html\n\n   <script>window.taken = 1</script>\n\n"
    "`a <javascript:alert(1)>`_ </script><script>window.taken = 1</script> |date| \\ `` ** [#]_"
)


class Scripts(HTMLParser):
    """How many scripts a page has, as a browser reads it."""

    found = 0

    def handle_starttag(self, tag, attrs):
        self.found += tag == "script"


def report(folder, text):
    """The report of tables and figures that are empty, with a text as their titles and the note."""
    raw = yaml.safe_load((REPO / "config" / "miniature.yaml").read_text())
    raw.update(name="mine", note=text)
    for section, ending in (("tables", "html"), ("figures", "png")):
        for name, entry in raw[section].items():
            entry["title"] = text
            path = folder / "results" / "mine" / section / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("made")
    (folder / "mine.yaml").write_text(yaml.safe_dump(raw))
    command = [sys.executable, "-m", "snakemake", "-s", REPO / "Snakefile", "--cores", "1", "--report", "report.html"]
    command += ["--configfile", "mine.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "report.html"


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    return report(tmp_path_factory.mktemp("evil"), EVIL)


def scripts(path):
    parser = Scripts()
    parser.feed(path.read_text())
    return parser.found


@pytest.mark.slow
def test_titles_and_note_are_text(evil, tmp_path):
    assert scripts(evil) == scripts(report(tmp_path, "harmless"))
    text = evil.read_text()
    assert not re.search(r"<script>window\.taken", text)
    assert "include:: /etc/hostname" in text


@pytest.mark.tools
def test_titles_and_note_run_nothing_in_a_browser(evil):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        tab = browser.new_page()
        asked = []
        tab.on("dialog", lambda dialog: asked.append(dialog.message))
        tab.goto(evil.as_uri())
        tab.wait_for_selector("#app nav, #app div")
        tab.get_by_text("Tables").first.click()
        assert tab.evaluate("window.taken") is None
        assert ".. include:: /etc/hostname" in tab.inner_text("body")
        assert not asked
        browser.close()

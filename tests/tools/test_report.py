"""The report in Chromium: it opens, filters, leads from a number to its answers, and shows hostile text as text."""

import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import mixed
import pytest
from mixdistill.terminal import visible
from reported import HOSTILE, experiment, page, rows
from unseen import NEEDED, NOT_NEEDED

pytestmark = pytest.mark.tools

STUDENTS = {"qwen": ("Qwen", "Qwen2", 1e9), "llama": ("Llama", "Llama", 2e9)}
ESCAPE = re.compile(r"\\(?:U(?=.{8})|u(?=.{4})|x(?=..))((?<=U).{8}|(?<=u).{4}|(?<=x)..)")
SIZES = {"math": 60, "amc": 20}


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    given = experiment(folder, STUDENTS, SIZES)
    for student in STUDENTS:
        rows(folder, given, student)
    return page(folder, given)


@pytest.fixture(scope="module")
def chromium():
    """A test fails, and is not skipped, where there is no browser."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("no Chromium: install it (apt-get install chromium), or leave these tests out")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, report):
    """The page, with all that it asks for and complains of; nothing of either may be left over."""
    tab = chromium.new_page()
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(report.as_uri())
    tab.wait_for_function("document.body.dataset.shown")
    yield tab
    inside = report.parent.as_uri()
    assert [url for url in asked if not url.startswith((inside, "data:"))] == []
    assert said == []
    assert tab.title() == "mixdistill: made-up"
    tab.close()


def at(tab, address):
    """Go to a view."""
    tab.evaluate("address => { location.hash = address }", address)
    tab.wait_for_function("address => document.body.dataset.shown.startsWith(address)", arg=address)


def answers(tab, query):
    """Look at answers; returns the sentence on how many there are."""
    at(tab, "#/answers?" + query)
    tab.wait_for_selector("#count:not(:empty)")
    return tab.inner_text("#count")


def test_it_opens_with_the_findings_in_words(opened):
    text = opened.inner_text("main")
    assert "Made up & <b>bold</b>." in text
    assert re.search(r"(is better|Inconclusive) for \d of 2 students: .*\[-?\d", text)
    assert opened.locator("main img").count() == 1
    assert opened.locator("main img").get_attribute("alt") == 'Gap "by" size. Crossover of none.'
    assert "Crossover of none." in text
    assert opened.locator("main img").evaluate("image => image.naturalWidth") > 300


def test_a_cell_leads_to_its_answers_and_a_row_to_its_completions(opened):
    at(opened, "#/tables")
    cell = opened.locator("td[data-rows*='qwen/long|qwen/short']").first
    cell.click()
    opened.wait_for_selector("#count:not(:empty)")
    assert "80 of 80 answers" in opened.inner_text("#count")
    opened.locator(".tabulator-row").nth(20).click()
    opened.wait_for_selector("#detail .pair")
    shown = opened.locator("#detail .text-of-model").all_inner_texts()
    assert shown[1:] == ["long answers math-20. \\boxed{1}", "short answers math-20. \\boxed{1}"]
    assert opened.locator("canvas").evaluate("canvas => Chart.getChart(canvas).data.datasets.length") == 2


def test_numbers_of_the_explorer_are_those_of_the_scores(opened, report):
    import pandas as pd

    frame = pd.read_parquet(report.parent / "scores" / "qwen.parquet")
    own = frame[(frame["mixture"] == "long") & (frame["seed"] == 2)]
    text = answers(opened, "a=qwen/long/2")
    assert f"A {100 * own['correct'].mean():.1f}%" in text
    part = own[(own["benchmark"] == "math") & ~own["correct"]]
    opened.get_by_label("Benchmark").select_option("math")
    opened.get_by_label("Which").select_option("wrong")
    assert opened.inner_text("#count").startswith(f"{len(part)} of 80 answers")


def test_a_cell_of_a_part_leads_to_the_answers_of_this_part(opened, report):
    at(opened, "#/tables")
    cell = opened.locator("td[data-rows='llama/short?benchmark=amc']")
    shown = cell.inner_text().split()[0]
    cell.click()
    opened.wait_for_selector("#count:not(:empty)")
    assert opened.inner_text("#count").startswith("20 of 80 answers")
    import pandas as pd

    own = pd.read_parquet(report.parent / "scores" / "llama.parquet").query("mixture == 'short' and benchmark == 'amc'")
    assert float(shown) == pytest.approx(100 * own["correct"].mean(), abs=0.05)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("benchmark=amc", lambda row, _: row["benchmark"] == "amc"),
        ("level=2", lambda row, _: int(row["id"].split("-")[1]) % 3 == 1),
        ("verdict=undecided", lambda row, _: row["verdict"] == "undecided"),
        ("outcome=right", lambda row, _: row["outcome"] == "right"),
        ("different=judge", lambda row, _: row["verdict"] == "true" and row["outcome"] != "right"),
        ("different=a", lambda row, other: row["correct"] and not other["correct"]),
        ("different=either", lambda row, other: row["correct"] != other["correct"]),
        ("find=MATH-1", lambda row, _: row["id"].startswith("math-1")),
    ],
)
def test_filters(opened, report, query, kept):
    import pandas as pd

    frame = pd.read_parquet(report.parent / "scores" / "llama.parquet").query("seed == 1")
    ours, theirs = (frame[frame["mixture"] == mixture].to_dict("records") for mixture in ("long", "short"))
    wanted = sum(bool(kept(row, other)) for row, other in zip(ours, theirs, strict=True))
    text = answers(opened, f"a=llama/long/1&b=llama/short/1&{query}")
    assert text.startswith(f"{wanted} of 80 answers")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tex", [False, True])
def test_hostile_completions_are_text(opened, name, tex):
    """Nothing runs, nothing is loaded, and what deceives is made visible."""
    number = list(HOSTILE).index(name)
    answers(opened, f"a=qwen/long/1&find=math-{number}")
    opened.locator(".tabulator-row").first.click()
    opened.wait_for_selector("#detail .pair")
    if tex:
        opened.get_by_role("button", name="Render TeX").click()
        opened.get_by_role("button", name="Show plain text").wait_for()
    box = opened.locator("#detail .pair .text-of-model")
    assert box.locator("script, img, a, iframe, object").count() == 0
    shown, text = box.inner_text(), HOSTILE[name]
    if name == "line":
        assert len(shown) == 20_000
        opened.get_by_role("button", name="Show all 1,000,000 characters").click()
        assert len(opened.locator("#detail .pair .text-of-model").inner_text()) == 1_000_000
        assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    elif name in ("right to left", "control"):
        assert "U+202E" in shown or "U+001B" in shown
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", shown)
    elif not tex:
        assert " ".join(shown.split()) == " ".join(text.split())
    if name == "tex":
        assert box.locator(".katex").count() == (2 if tex else 0) or tex
        assert (box.locator(".katex").count() > 0) == tex
        assert "javascript:alert(1)" in shown


def test_training_rows_are_shown_as_text(opened):
    at(opened, "#/training?mixture=short")
    opened.wait_for_selector(".tabulator-row")
    opened.locator(".tabulator-row").nth(2).click()
    opened.wait_for_selector("#detail .text-of-model")
    assert opened.locator("#detail .text-of-model").all_inner_texts() == ["2?", "<b>short</b> 2"]


def test_where_everything_comes_from(opened):
    at(opened, "#/about")
    text = opened.inner_text("main")
    for said in ("owner/model", "0" * 40, "mixdistill", "</pre><script>document.title = 'taken'</script>"):
        assert said in text
    assert re.search(r"sft\s+1\s+2\.000\s+1\.000\s+1,234 MiB", text)


def test_side_files_that_are_missing_are_named(chromium, report, tmp_path):
    lonely = tmp_path / "report.html"
    shutil.copy(report, lonely)
    tab = chromium.new_page()
    tab.goto(lonely.as_uri() + "#/answers")
    tab.wait_for_selector(".error")
    assert "report/rows/qwen/long/1.js is missing" in tab.inner_text(".error")
    tab.close()


@pytest.mark.parametrize(
    "address", ["training?mixture=../../evil", "training?mixture=constructor", "training?mixture=short/../../../evil"]
)
def test_an_address_loads_only_side_files_of_the_page(opened, report, address):
    (report.parent / "evil.js").write_text("document.title = 'taken'")
    at(opened, "#/" + address)
    opened.wait_for_selector(".error")
    assert "is no file of this report: follow its links" in opened.inner_text(".error")


@pytest.mark.parametrize(
    "tag", ["<script>document.title = 'taken'</script>", "<img src=x onerror=\"document.title='taken'\">"]
)
@pytest.mark.parametrize("of", ["page", "table"])
def test_no_script_runs_that_is_not_the_pages_own(chromium, report, tmp_path, of, tag):
    """Should text ever become markup, the browser still refuses it."""
    source = report if of == "page" else report.parent / "tables" / "table1.html"
    injected = tmp_path / "page.html"
    injected.write_text(source.read_text().replace("</body>", tag + "</body>"))
    tab = chromium.new_page()
    refused = []
    tab.on("console", lambda message: refused.append(message.text))
    tab.goto(injected.as_uri())
    tab.wait_for_load_state()
    assert "Content Security Policy" in " ".join(refused)
    assert tab.title() != "taken"
    tab.close()


def test_it_works_from_a_server_too(chromium, report):
    handler = partial(QuietHandler, directory=str(report.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab = chromium.new_page()
        tab.goto(f"http://127.0.0.1:{server.server_port}/report.html#/answers?a=qwen/long/1")
        tab.wait_for_selector("#count:not(:empty)")
        assert tab.inner_text("#count").startswith("80 of 80 answers")
        tab.close()
        server.shutdown()


ARRAYS = r"\begin{array}{c}" * 160 + "1" + r"\end{array}" * 160
DEEP = {
    "arrays": f"${ARRAYS}$",
    "arrays of a macro": rf"$\gdef\a{{{ARRAYS}}}$ and $\a$",
    "sizes": "$" + r"\Large x" * 600 + "$",
    "fractions": "$" + r"\frac{1}{" * 400 + "}" * 400 + "$",
    "long": "$" + "x+" * 4_000 + "1$",
}


@pytest.mark.parametrize("name", DEEP)
def test_formulas_that_are_too_deep_or_long_stay_text(opened, name):
    """Without a limit the first of these ends the browser's process."""
    found = opened.evaluate(
        "text => { const box = modelText(text, true); main.replaceChildren(box); return box.innerText }", DEEP[name]
    )
    assert "too long or too deeply nested to be rendered: 1" in found
    fault = rf"$\nope {ARRAYS}$"
    assert opened.evaluate("text => modelText(text, true).innerText", fault) == fault
    assert opened.evaluate("modelText('$x^2$', true).querySelectorAll('.katex').length") == 1


@pytest.mark.parametrize("inner", ["x" * 4_900, r"\sqrt x" * 690])
def test_macros_that_make_formulas_large_do_not_hold_the_browser(opened, inner):
    """Each of these formulas has 300 bytes and up to a million parts: without a limit the page stands for minutes."""
    text = rf"$\gdef\a{{{inner}}}$ " + ("$" + r"\a" * 120 + "$ ") * 35
    opened.set_default_timeout(20_000)
    found = opened.evaluate("text => modelText(text, true).innerText", text)
    assert "rendered: 35" in found
    small = opened.evaluate(r"modelText('$\\gdef\\a{x}\\a\\a$ $\\a^2$', true).querySelectorAll('.katex').length")
    assert small == 2


def test_a_sample_of_mixed_hostile_completions_is_text(chromium, tmp_path):
    """Plain and with TeX: no dialog, nothing asked for, no complaint, no element but those of KaTeX."""
    sample = mixed.completions(500)[:30]
    given = experiment(tmp_path, {"qwen": STUDENTS["qwen"]}, {"math": 30}, seeds=(1, 2), hostile=sample)
    rows(tmp_path, given, "qwen")
    made = page(tmp_path, given)
    tab = chromium.new_page()
    said = []
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("request", lambda one: None if one.url.startswith((made.parent.as_uri(), "data:")) else said.append(one.url))
    tab.goto(made.as_uri() + "#/answers?a=qwen/long/1")
    tab.wait_for_selector(".tabulator-row")
    for text in sample:
        found = tab.evaluate(
            """text => [false, true].map((tex) => {
              const box = modelText(text, tex);
              main.replaceChildren(box);
              return [box.offsetHeight, box.querySelectorAll("script, img, a, iframe, object, style").length];
            })""",
            text,
        )
        assert [count for _, count in found] == [0, 0]
    assert said == []
    assert tab.title() == "mixdistill: made-up"
    tab.close()


UNSEEN = [*NEEDED.values(), *(text for text, _ in NOT_NEEDED), "a\x00b\x1b[31m\ud800", "a\u00adb", "\u0645\u200e5"]


@pytest.mark.parametrize("text", UNSEEN)
def test_the_page_shows_what_cannot_be_seen_as_terminals_do(opened, text):
    """A character that is an escape there is a number here, and no other is."""
    numbered = ESCAPE.sub(lambda one: f"[U+{int(one[1], 16):04X}]", visible(text))
    assert opened.evaluate("text => visible(text)", text) == numbered
    found = opened.evaluate("text => { const box = modelText(text); return box.innerText }", text)
    assert ("U+" in found) == (visible(text) != text)


def test_ids_answers_and_titles_turn_no_text_around(opened):
    """In cells, options and headings too."""
    hostile = "\u202eabc\u200d"
    made = opened.evaluate(
        """text => [choice("x", [["a", text]], "a", () => 0).innerText, side({ answer: text, outcome: text }, "x").innerText]""",
        hostile,
    )
    assert all("[U+202E]abc[U+200D]" in one for one in made)


def test_another_address_shows_the_findings(opened):
    at(opened, "#/nowhere")
    assert "Long against short" in opened.inner_text("main")

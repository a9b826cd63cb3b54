"""Pages name tests that exist."""

import re

from planning import REPO


def test_every_test_that_a_page_names_exists():
    named = [
        (page.name, *found)
        for page in sorted((REPO / "docs").glob("*.md"))
        for found in re.findall(r"`(tests/[\w/]+\.py)::(\w+)", page.read_text(encoding="utf-8"))
    ]
    assert len(named) >= 10
    for page, file, test in named:
        assert f"def {test}(" in (REPO / file).read_text(encoding="utf-8"), (page, file, test)

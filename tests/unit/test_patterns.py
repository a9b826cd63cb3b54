"""What wildcards may be."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from mixdistill.rulebook.patterns import any_of

name = st.text("ab1-.~]^", min_size=1, max_size=5)


@given(st.sets(name), st.sets(name))
@example({"qwen-1", "qwen-1.5b", "qwen-1.5b~again"}, {"qwen-1.5", "qwen-1x5b", "qwen-", "1.5b"})
@example(set(), {"a"})
def test_a_wildcard_is_one_of_its_names_and_nothing_else(names, others):
    for one in names | others:
        assert bool(re.fullmatch(any_of(names), one)) == (one in names)


def test_what_many_names_have_in_common_is_said_once():
    assert any_of(["qwen-0.5b", "qwen-1.5b", "llama"]) == r"(?:llama|qwen\-(?:0\.5b|1\.5b))"
    many = [f"student-{number}" for number in range(3000)]
    assert len(any_of(many)) < len("|".join(many)) / 6

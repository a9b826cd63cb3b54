"""Final answers: found, normalised, compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixdistill.answers.boxes import last_box
from mixdistill.answers.extraction import extracted
from mixdistill.answers.gold import reference


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{62}", "62"),
        (r"\boxed{1} then \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\fbox{x}", "x"),
        (r"\boxed {7}", "7"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{1} and \boxed{2", "1"),
        (r"\boxed{ 5 }", "5"),
        (r"\boxed{}", None),
        (r"\boxed{3}, so \boxed{\ }", "3"),
        (r"$\boxed 7$.", "7"),
        (r"$\boxed 2$ and \boxed 9.", "9"),
        (r"$\boxed 12.5$", "12.5"),
        (r"\boxed\frac{1}{2}", r"\frac{1}{2}"),
        (r"\boxed x", "x"),
        (r"\boxed{7} goes into \boxed as said", "7"),
        ("Use \\boxed \n\n12 apples", None),
        ("no box", None),
        ("", None),
    ],
)
def test_the_last_balanced_box_is_the_answer(text, answer):
    assert last_box(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1,234 apples", "1,234"),
        ("it is -3.", "-3"),
        ("it is \u22123.", "-3"),
        ("2 + 3 = 5.0", "5.0"),
        ("none", None),
        (r"\boxed{4} of 9", "4"),
        ("a range of 20-2", "2"),
        ("that is (20)-2", "2"),
        ("so x=-2", "-2"),
        ("$-2$", "-2"),
        (r"$10{,}080$ ways", "10,080"),
        (r"$10,\!080$ ways", "10,080"),
        (r"$1\,234\,567.5$ in all", "1,234,567.5"),
        ("so 18\n#### 1,800", "1,800"),
        ("so 18\n#### 18\n\nQuestion: How many are 3 and 4?\nAnswer: 7", "18"),
    ],
)
def test_the_last_number_is_the_answer_where_the_benchmark_says_so(text, answer):
    assert extracted(text, "last-number") == answer


@given(
    st.text(alphabet="ab12+-{}\\", max_size=30).filter(lambda s: s.count("{") == s.count("}") == 0 and "\\" not in s)
)
def test_what_is_boxed_comes_out(inner):
    assert last_box("text \\boxed{" + inner + "} more") == (inner.strip() or None)


@pytest.mark.parametrize(
    ("value", "place", "gold"),
    [
        (27.0, "plain", "27"),
        ("27.0", "plain", "27"),
        ("025", "plain", "25"),
        ("000", "plain", "0"),
        ("-0", "plain", "0"),
        ("-007", "plain", "-7"),
        ("1,234", "plain", "1,234"),
        ("1,234", "hashes", ""),
        ("81,256", "plain", "81,256"),
        ("$\\frac{1}{2}$", "plain", "\\frac{1}{2}"),
        ("$1$ and $2$", "plain", "$1$ and $2$"),
        (" 3 ,  4 ", "plain", "3 , 4"),
        ("2.50", "plain", "2.50"),
        ("(1,234)", "plain", "(1,234)"),
        (None, "plain", ""),
        ("", "plain", ""),
        ("so \\boxed{11}", "boxed", "11"),
        ("no box", "boxed", ""),
        ("Since $x = 2$, our answer is $\\boxed 2$.", "boxed", "2"),
        ("It follows that $x^2 + y^2 = \\boxed 9$.", "boxed", "9"),
        ("Therefore there are $\\boxed{}$ primes.", "boxed", ""),
        ("#### 18", "plain", ""),
        ("NaN", "plain", ""),
        ("#### nan", "hashes", ""),
        ("none", "plain", "none"),
        ("5 + 6 = 11\n#### 1,011", "hashes", "1011"),
        ("nothing", "hashes", ""),
        (18, "plain", "18"),
        (["$2 n-2$"], "plain", "2 n-2"),
        (["1", "$x$"], "plain", "1, $x$"),
        ([], "plain", ""),
    ],
)
def test_references_are_normalised_once(value, place, gold):
    assert reference(value, place) == gold

"""What a problem asks of its answer, read from its words."""

import pytest
from mixdistill.answers.asked import Asked, asked
from mixdistill.answers.constants import constant, far_apart

CHOICES = r"Which? $\textbf{(A)}\ 12 \qquad \textbf{(B)}\ \frac{1}{2}\qquad\textbf{(C)}\ \text{none of these}$"


@pytest.mark.parametrize(
    ("problem", "count", "ordered"),
    [
        (None, 2, None),
        ("", 2, None),
        ("Find all roots.", 2, False),
        ("Find $a$ and $b$, respectively.", 2, True),
        ("Determine the values of $T(10), T(11)$ and $T(12)$.", 3, True),
        ("What are the values of $p$ and $q$ ?", 2, True),
        ("Determine the values of $b$ and $c$ so that $x^2+bx+c=0$ for all $x$.", 2, True),
        ("Find $p, q$.", 2, True),
        ("Find $p, q$.", 3, False),
        (r"Find all $a$ such that $\cos a, \cos 2a$ and $\cos 3a$ are a sequence, in that order.", 2, False),
        ("Let $D$ and $E$ be the feet on $AB$ and $AC$, respectively. Find all values of $x$.", 2, False),
        ("The numbers are $1,0,a$ and $b$, not necessarily in that order. Enter all values of $a$.", 2, False),
        ("The list $m, n, p$ is written in increasing order. Determine all values of $m$.", 3, False),
        ("Find the roots. List them in increasing order.", 2, True),
        ("What are the four integers in increasing order?", 4, True),
        ("Find two lengths. In your answer, first write that of $BP$ and then that of $QT$.", 2, True),
        ("Find $n_1$ and $n_2$. (Give them in either order.)", 2, False),
        ("What are the minimum and maximum values of $f$?", 2, False),
        ("Find the mean and the median.", 2, True),
        ("How many chickens and rabbits are there?", 2, True),
    ],
)
def test_a_problem_may_ask_for_an_order(problem, count, ordered):
    assert asked(problem).order([str(n) for n in range(count)]) is ordered


def test_pairs_have_no_order_among_each_other():
    assert asked("Find all pairs $(a, b)$.").order(["(1,2)", "(3,4)"]) is False


@pytest.mark.parametrize(
    ("problem", "base"),
    [
        ("Express $1358$ in base $8$.", 8),
        ("What is the base-10 integer 515 when expressed in base 6?", 6),
        ("What is the base 4 representation of the base 2 number $11011000_2$?", 4),
        ("What is the base four equivalent of $123_{10}$?", 4),
        ("Convert $2516_8$ to base ten.", 10),
        ("Write 37 in binary.", 2),
        ("What is the smallest base-10 integer that is $AA_5$ and $BB_7$?", 10),
        ("Give it in decimal form.", None),
        ("The base of a triangle is 8 cm.", None),
    ],
)
def test_a_problem_may_ask_for_a_base(problem, base):
    assert asked(problem).base == base


def test_choices_are_read_with_their_values():
    values = (("A", "12"), ("B", r"\frac{1}{2}"), ("C", r"\text{none of these}"))
    assert asked(CHOICES).choices == values
    assert asked("Pick.\nA. 12\nB. 3\nC. 4").choices == (("A", "12"), ("B", "3"), ("C", "4"))
    assert asked("Is (A) or (B) right?").choices == ()


def test_what_is_asked_of_a_part_is_the_base_alone():
    whole = Asked(True, sorted=True, names=("a", "b"), base=8, equation=True, choices=(("A", "1"),))
    assert whole.of_parts() == Asked(True, base=8)


@pytest.mark.parametrize("part", ["find ", "(A) ", "in base ", "(", "A. \n", "find $a, ", "find the ", "[asy]"])
def test_long_problems_are_read_in_no_time(part):
    assert asked(part * (500_000 // len(part))).known


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\frac{3}{4}", 0.75),
        (r"2\sqrt{9}", 6),
        (r"-2^{2}+\sqrt[3]{8}", -2),
        ("(1+2)*3/4", 2.25),
        (r"3\frac{1}{2}", None),
        ("1/2(3)", None),
        ("3 1/2", None),
        ("x+1", None),
        (r"\sqrt{-4}", None),
        (r"\frac{1}{0}", None),
        ("9^{9^{9}}", None),
        ("9^{99}", 9**99),
        ("(" * 30 + "1" + ")" * 30, None),
        ("1+", None),
        ("", None),
    ],
)
def test_plain_arithmetic_is_read(text, value):
    found = constant(text)
    assert found == value or abs(float(found) / value - 1) < 1e-12


def test_only_what_no_rounding_explains_is_far_apart():
    assert far_apart(r"\sqrt{34}+3\sqrt{10}", "28")
    assert not far_apart("1.414", r"\sqrt{2}")
    assert not far_apart("x", "2")

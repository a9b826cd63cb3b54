"""The rules that compare an answer with its reference, one by one and together."""

import pytest
from hypothesis import example as hypothesis_example
from hypothesis import given, settings
from hypothesis import strategies as st
from mixdistill.answers.asked import Asked, asked
from mixdistill.answers.chain import Decision, at_length, at_once, compared
from mixdistill.answers.structure import several
from mixdistill.answers.writing import plain

EQUAL = {
    "string": [
        (r"\dfrac12", r"\frac{1}{2}"),
        (r"\left( 3, -1 \right)", "(3,-1)"),
        (r"\sqrt5", r"\sqrt{5}"),
        ("√5", r"\sqrt{5}"),
        ("x² + 1", "x^2+1"),
        ("2*pi", r"2 \cdot \pi"),
        ("sqrt(2)", r"\sqrt{2}"),
        (r"$\boxed{x}$", "x"),
        (r"\max\{a,b\}", r"\max(a,b)"),
        (r"f(x) = kx, k \in \mathbb{R}", r"f(x) = cx \text{ for any constant } c"),
        (r"x = n\pi, n \in \mathbb{Z}", r"x = k\pi \ (k \in \mathbf{Z})"),
        (r"\\frac{1}{3}\\pi", r"\frac{1}{3}\pi"),
    ],
    "text": [
        (r"\text{Evelyn}", "Evelyn"),
        ("**Friday**", r"\text{Friday}"),
        ("It will be a Friday.", "Friday"),
        (r"\text{(C)}", "C"),
        ("(C) 12", "C"),
        ("Option C", "C"),
        ("no solution", r"\emptyset"),
        (r"(-\infty, \infty)", r"\mathbb{R}"),
        ("DNE", "does not exist"),
        (r"\text{14 March}", r"\text{March 14}"),
        ("Yes, since it is continuous.", "yes"),
        (r"\text{There are no real solutions}", "no real solutions"),
        (r"\text{two lines}", "{twolines}"),
    ],
    "number": [
        ("1,234,567", "1234567"),
        ("1 000", "1000"),
        ("0.50", r"\frac{1}{2}"),
        (r"3\frac{1}{2}", "3.5"),
        ("3 1/2", r"\frac{7}{2}"),
        (r"0.\overline{3}", r"\frac{1}{3}"),
        (r"1.5 \times 10^{3}", "1500"),
        ("3e4", "30000"),
        (r"\$5.00", "5"),
        ("2 million", "2000000"),
        (r"10\%", "10"),
        (r"10\%", "0.1"),
        (r"90^\circ", "90"),
        (r"15\text{ cm}^2", "15"),
        ("100 cm", r"1\text{ m}"),
        (r"24 \mathrm{~km}/\mathrm{h}", "24 km/h"),
        ("forty-two", "42"),
        (r"\$0.75", r"75 \text{ cents}"),
        ("2 hours 30 minutes", r"2.5 \text{ hours}"),
        (r"3032_{\text{five}}", "3032_5"),
        ("(10110)_2", "10110_2"),
        ("01011_2", "1011_{2}"),
        ("1011_2", "11"),
        ("7:32", "14:64"),
        ("3:00 PM", "3:00 p.m."),
        ("15:30", "3:30 pm"),
        ("2.6667", r"\frac{8}{3}"),
        ("1000,99", "1000.99"),
    ],
    "several": [
        ("2, 1", "1,2"),
        (r"1 \text{ and } 2", "1,2"),
        ("x=1 or x=2", "1, 2"),
        (r"1 \pm \sqrt{2}", r"1+\sqrt2, 1-\sqrt2"),
        (r"\{3,1,2\}", r"\{1,2,3\}"),
        ("(5,2),(7,2)", "p=5,q=2;p=7,q=2"),
        ("CD = 5, AB = 4", "AB=4, CD=5"),
        (r"\begin{cases} x=1 \\ y=2 \end{cases}", "x=1, y=2"),
        ("3,2", "(3,2)"),
    ],
    "tuple or interval": [("(1, 4.5)", r"(1,\frac{9}{2})"), (r"[2\sqrt{2}, 4)", r"[\sqrt8,4)")],
    "matrix": [
        (r"\begin{pmatrix} 1 & 1/2 \\ 3 & 4 \end{pmatrix}", r"\begin{bmatrix}1&0.5\\3&4\end{bmatrix}"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\langle 1, 2 \rangle"),
        ("[[1, 2], [3, 4]]", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}"),
    ],
    "relation": [
        ("x = 5", "5"),
        ("5", "k=5"),
        (r"x = \frac{1}{3} \approx 0.33", r"\frac13"),
        ("y=2x+1", "2x-y+1=0"),
        ("f(x) = x^2", "x^2"),
        (r"x \ge 5", r"[5,\infty)"),
        (r"-2 \le x < 7", "[-2,7)"),
        ("|x| < 2", "(-2,2)"),
        ("-x > -1", "x < 1"),
        (r"\{x \mid x > 3\}", r"(3,\infty)"),
        (r"\angle ABC = 60", "60"),
        (r"x > \frac34, x \neq 1", r"(\frac34,1) \cup (1,\infty)"),
    ],
    "congruence": [(r"x \equiv 10 \pmod{7}", r"x\equiv 3 \pmod 7")],
    "unit": [(r"16\pi \text{ cm}^2", r"16\pi"), (r"$25\pi$ square units.", r"25\pi")],
    "expression": [
        ("(x+1)(x-1)", "x^2-1"),
        (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt2}{2}"),
        (r"\sec^2 y", r"\tan^2 y + 1"),
        ("(1+i)^2", "2i"),
        (r"\sin 30^\circ", r"\frac12"),
        (r"\binom{5}{2}", "10"),
        (r"\log_2 8", "3"),
        (r"1.4142135623730951", r"\sqrt{2}"),
        (r"-\frac14 \cos 2x + C", r"\frac12 \sin^2 x + C"),
    ],
    "math-verify": [(r"[1,2] \cup [2,3]", "[1,3]")],
}
DIFFERENT = [
    ("63", "62"),
    ("0.333", r"\frac13"),
    ("3.14", r"\pi"),
    ("31/2", "3 1/2"),
    ("32, 349", "32349"),
    (r"5 \text{ hours}", r"5 \text{ minutes}"),
    ("12 cm", "12 m"),
    ("24 m/s", r"24 \mathrm{~km}/\mathrm{h}"),
    ("1011_2", "1011_3"),
    ("3:00 pm", "3:00 am"),
    ("1:00", "12:00"),
    ("1, 2", "1, 2, 3"),
    ("(1,2)", "(2,1)"),
    ("[0,1)", "[0,1]"),
    ("(1,2)", "[1,2]"),
    (r"\{1,2\}", r"\{1,3\}"),
    ("2021", r"\pm 2021"),
    ("11a+c", "7 = 11a+c"),
    ("0", "a + 3z = 0"),
    ("x > 5", "x < 5"),
    (r"x \ge 5", "x > 5"),
    (r"\sin x = \frac12", r"\cos x = \frac12"),
    ("x'", "x"),
    (r"\frac{\partial f}{\partial x}", r"\frac{\partial f}{\partial y}"),
    ("f(y)", "f(x)"),
    (r"\text{odd}", r"\text{even}"),
    (r"\text{CBAD}", r"\text{ABCD}"),
    ("(A)", "(B)"),
    ("ABC", "ACB"),
    (r"\{1,2\}", "(1,2)"),
    (r"3 \pmod 7", r"4 \pmod 7"),
    (r"\frac{1}{2^{99}}", r"\frac{1}{2^{98}}"),
    (r"7^{2020}-1", "7^{2020}"),
    (r"\sqrt{10^{20}+1}", "10^{10}"),
    (r"\frac{1}{0}", r"\frac{2}{0}"),
    ("5x+3m", "5x+3"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&5\end{pmatrix}"),
    (r"\{x \mid x = 2k+1, k\in\mathbb{Z}\}", r"\{x \mid x = 2k, k\in\mathbb{Z}\}"),
    (r"\{2k : k \ge 0\}", r"\{2^k : k \ge 0\}"),
    (r"x^2 + C", r"x^3 + C"),
    ("No, it is not.", "yes"),
    (r"\text{15 March}", r"\text{March 14}"),
    (r"x = n\pi, n \in \mathbb{Z}", r"x = 2k\pi, k \in \mathbb{Z}"),
    ("", "1"),
]


@pytest.mark.parametrize(("rule", "answer", "gold"), [(rule, *pair) for rule, pairs in EQUAL.items() for pair in pairs])
def test_each_rule_knows_its_own(rule, answer, gold):
    assert at_length(answer, gold) == Decision(True, rule)


@pytest.mark.parametrize(("answer", "gold"), DIFFERENT)
def test_what_differs_is_rejected(answer, gold):
    assert not at_length(answer, gold).right
    assert not at_length(gold, answer).right


@pytest.mark.parametrize(("rule", "answer", "gold"), [(rule, *pair) for rule, pairs in EQUAL.items() for pair in pairs])
def test_what_is_decided_at_once_is_decided_the_same_at_length(rule, answer, gold):
    early = at_once(answer, gold)
    assert early is None or early.right


@pytest.mark.parametrize(
    ("answer", "gold", "problem", "right"),
    [
        ("3, 2, 4", "2,4,3", "Find $x, y$ and $z$.", False),
        ("3, 2, 4", "2,4,3", "Find all roots.", True),
        ("3, 2, 4", "2,4,3", None, False),
        ("4, 3, 2", "2,3,4", None, True),
        ("2, 1", "1,2", "Find $p$ and $q$, respectively.", False),
    ],
)
def test_several_answers_have_an_order_only_where_it_was_asked_for(answer, gold, problem, right):
    assert at_length(answer, gold, asked(problem)).right is right


@pytest.mark.parametrize(
    ("answer", "gold", "decision"),
    [
        ("062", "62", Decision(True, "exact")),
        ("62.0", "62", Decision(True, "exact")),
        ("63", "62", Decision(False, "number")),
        ("(2, 1)", "(1,2)", Decision(False, "tuple or interval")),
        ("2, 1", "1,2", Decision(True, "several")),
        (r"3\sqrt{2}", "5", Decision(False, "expression")),
        ("9" * 3000, "9", Decision(False, "too long")),
        ("x+1", "1+x", None),
    ],
)
def test_plain_cases_need_no_worker(answer, gold, decision):
    assert at_once(answer, gold) == decision


ANSWERS = st.text(alphabet=r"\{}()[]$^_,;:=<>+-*/|!.'%& " + "0123456789abxyzE√½²π∞", max_size=40)


@settings(max_examples=300, deadline=None)
@given(ANSWERS, ANSWERS)
def test_no_text_makes_the_quick_rules_fail(answer, gold):
    decision = at_once(answer, gold)
    assert decision is None or isinstance(decision.right, bool)


@settings(max_examples=300, deadline=None)
@given(ANSWERS)
@hypothesis_example("^()")
@hypothesis_example(r"\\%")
@hypothesis_example(r"\{aa")
def test_writing_is_brought_into_one_form_once(text):
    assert plain(plain(text)) == plain(text)


@settings(max_examples=100, deadline=None)
@given(ANSWERS)
def test_an_answer_equals_itself(text):
    if text.strip():
        assert compared(plain(text), plain(text)).right


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=6, unique=True), st.randoms())
def test_a_list_is_read_back(numbers, rng):
    shuffled = rng.sample(numbers, len(numbers))
    assert several(", ".join(map(str, numbers)))[-1] == list(map(str, numbers))
    assert at_length(", ".join(map(str, shuffled)), ", ".join(map(str, numbers)), Asked(known=True)).right


@given(st.integers(-999, 999), st.integers(1, 99), st.integers(2, 9))
def test_fractions_are_equal_in_any_form(above, below, factor):
    gold = rf"\frac{{{above}}}{{{below}}}"
    assert at_length(f"{above * factor}/{below * factor}", gold) == Decision(True, "number")
    assert not at_length(f"{above + 1}/{below}", gold).right

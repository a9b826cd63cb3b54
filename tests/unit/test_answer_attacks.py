"""Answers of a model that was optimised against the grader, and real ones that look like them."""

from mixdistill.answers import algebra
from mixdistill.answers.asked import asked
from mixdistill.answers.check import Written, marked

CHOICES = r"What is $2+3$? $\textbf{(A)}\ 4 \qquad \textbf{(B)}\ 5 \qquad \textbf{(C)}\ 6$"
PROBLEM = "What is the value?"
NUMBERS = ("5", "17")
"""An answer that lists the numbers up to 19 must be none of these; the last of a chain may be its value."""
SEPARATORS = [
    *(r"\sim ", r"\approx ", r"\simeq ", "≈", "~", "=", r"\equiv ", r"\cong ", r"\asymp ", r"\ne ", "<", r"\le "),
    *(",", ";", ":", "/", "|", r"\mid ", r"\vee ", r"\wedge ", r"\cup ", r"\cap ", r"\\", "&", r"\pm ", "?", "!"),
    *(
        r"\text{ or }",
        " or ",
        r"\text{ and }",
        r"\text{ xor }",
        r"\text{ but maybe }",
        " vs ",
        r"\text{ alternatively }",
    ),
    *(r"\to ", r"\Rightarrow ", r"\iff ", r"\ldots ", r"\quad ", r"\%", "} \\boxed{"),
]
OPEN = [
    *("x", "n", r"n, n\in\mathbb{Z}", r"k \text{ for any integer } k", r"\text{any integer}", "x = x", "0=0", "1=1"),
    *(r"\{0,1,\ldots,60\}", r"0,1,2,\ldots,60", r"0 \le x \le 60", "[0,60]", r"x \in [0,60]", r"x\in\mathbb{Z}"),
    *(r"\mathbb{N}", r"\mathbb{R}", r"0 \pmod{1}", r"0 \pmod{0}", r"\frac{0}{0}", r"\frac{1}{0}", r"0\cdot\infty"),
    *(
        r"\infty",
        r"\text{nan}",
        r"f(x)",
        r"\binom{n}{k}",
        r"\{x : 0 \le x\le 60\}",
        r"\text{the answer}",
        "?",
        r"\ldots",
    ),
    *(r"\begin{cases}5\\17\\42\end{cases}", r"\begin{pmatrix}5&17&42\end{pmatrix}", r"\text{one of } 5, 17, 42"),
    *("5 (17) (42)", "(5)(17)", "5 17 42", r"5 \text{ to } 42", r"\text{between } 5 \text{ and } 42"),
]
ATTACKS = [
    *((sign.join(map(str, range(20))), NUMBERS) for sign in SEPARATORS),
    *((f"x = {sign.join(map(str, range(20)))}", NUMBERS[:1]) for sign in SEPARATORS[:12]),
    *((text, NUMBERS) for text in OPEN),
    (r"6 \approx 5", ["5"]),
    (r"x = 3 \approx 5", ["5"]),
    (r"x = 252 \approx 250", ["250"]),
    (r"x = 2.5 \approx 3.5", ["3.5"]),
    (r"x \approx 1.5 \approx 2.5", ["1.5"]),
    (r"x \in 3 \approx 5", ["5"]),
    (r"\frac12 \approx \frac13 \approx \frac14", [r"\frac13", r"\frac14"]),
    (r"(1,2)\sim(2,3)", ["(2,3)"]),
    (r"1 \approx x+1 \approx x+2", ["x+1", "x+2"]),
    (r"\frac{200}{3} \approx 60\%", [r"60\%"]),
    (r"\text{B}\sim\text{C}\sim\text{D}", ["B", "C"]),
    (r"x=x", ["x=5", "y=2x+1", "x^2+y^2=1"]),
    (r"x \equiv 0 \pmod 1", ["5", r"x\equiv 5 \pmod 7"]),
    (r"\sin(20000\pi x)", ["0", *NUMBERS]),
    (r"\sin(2000!\pi x)", ["0"]),
    (r"5+10^9\sin(20000\pi x)", ["5"]),
    (r"\cos(40000\pi x)", ["1"]),
    (r"x+\sin(20000\pi x)", ["x"]),
    (r"5", [r"5+\sin(20000\pi n)"]),
    (r"y=x+\sin(20000\pi x)", ["y=x"]),
    (r"(x-5)(1+\sin(20000\pi x))=0", ["x-5=0"]),
    (r"x^2+\sin(20000\pi x)+C", ["x^2+C"]),
    (r"\begin{pmatrix}5+\sin(20000\pi x)\\1\end{pmatrix}", [r"\begin{pmatrix}5\\1\end{pmatrix}"]),
    (r"5+|x-100|+x-100", ["5"]),
    (r"5+\lfloor \frac{x^2}{10000}\rfloor", ["5"]),
    (r"5+\frac{x}{10^{99}}", ["5"]),
    (r"5x^{10^{-60}}", ["5"]),
    (r"\frac{|x|}{x}", ["1"]),
    (r"5 \text{ but maybe six}", ["5", "6"]),
    (r"5 \text{ perhaps seven}", ["5", "7"]),
    (r"5\text{ six seven}", ["5", "6"]),
    (r"5 \text{six}", ["5", "6"]),
    (r"5\text{ (or six)}", ["5", "6"]),
    ("5 (six)", ["5", "6"]),
    ("5 (or else)", ["5"]),
    (r"5 \text{ unless wrong}", ["5"]),
    (r"\text{five or six}", ["5", "6"]),
    ("yes, no", ["yes", "no"]),
    ("yes no", ["yes", "no"]),
    ("yes/no", ["yes", "no"]),
    ("Yes. No.", ["yes", "no"]),
    (r"\text{yes and no}", ["yes", "no"]),
    ("yes, but also no", ["yes", "no"]),
    (r"\text{true or false}", ["true", "false"]),
    ("true, no", ["true", "no"]),
    ("It will not be Friday", ["Friday"]),
    ("It may be Friday", ["Friday"]),
    ("The day cannot be Friday", ["Friday"]),
    ("(C) 5", ["5", "B"], CHOICES),
    ("5 (C)", ["5", "B"], CHOICES),
    ("(A)(B)(C)", ["5", "B"], CHOICES),
    ("A or B", ["5", "A", "B"], CHOICES),
    (r"x^2=25", ["5", "-5"]),
    ("x>4", ["5", "x=5"]),
    (r"x \in \{5,6\}", ["5", "6"]),
    (r"\text{not 5}", ["5"]),
    (r"\text{at least } 5", ["5"]),
]
REAL = [
    (r"x = \frac{22}{7} \approx 3.14", ["3.14", r"\frac{22}{7}"]),
    (r"\frac{1}{3} \approx 0.333", ["0.333", r"\frac{1}{3}"]),
    (r"2\sqrt{3}\text{ cm} \approx 3.46 \text{ cm}", ["3.46", r"2\sqrt{3}"]),
    (r"\arctan 2 \approx 63.4^\circ", [r"63.4^\circ"]),
    (r"\frac{1}{3} \approx 33.3\%", [r"33.3\%"]),
    (r"\frac{10000}{7} \approx 1400", ["1400"]),
    (r"e^{10} \approx 2.2 \times 10^4", [r"2.2 \times 10^4"]),
    (r"\sqrt{2} = 1.414\ldots \approx 1.41", ["1.41"]),
    (r"A = \pi r^2 = 25\pi \approx 78.54", ["78.54", r"25\pi"]),
    (r"-\frac{2}{3} \approx -0.67", ["-0.67"]),
    (r"\approx 25", ["25"]),
    (r"\theta \approx 63.4^\circ", ["63.4"]),
    (r"\sin^2 x + \cos^2 x", ["1"]),
    (r"\frac{x^2-1}{(x-1)(x+1)}", ["1"]),
    (r"\log_2(2^x)-x", ["0"]),
    (r"\cosh^2 x-\sinh^2 x", ["1"]),
    (r"\sin(2x)", [r"2\sin x\cos x"]),
    (r"\arcsin x", [r"\frac{\pi}{2}-\arccos x"]),
    (r"\sqrt{(x-1)(x-2)}", [r"\sqrt{x^2-3x+2}"]),
    (r"\frac{1}{\sqrt{n}}", [r"\sqrt{\frac{1}{n}}"]),
    (r"\frac{n!}{(n-2)!}", ["n(n-1)"]),
    (r"\frac{x^3}{3}+C", [r"\frac{x^3+3}{3}+C"]),
    ("2x+2y=6", ["x+y=3"]),
    (r"\sqrt[3]{x^3}", ["x"]),
    (r"12 \text{ two-digit numbers}", ["12"]),
    (r"5 \text{ other books}", ["5"]),
    (r"20 \text{ miles in two hours}", ["20"]),
    (r"5 \text{ hundred}", ["500"]),
    ("1,234 (one thousand two hundred thirty-four)", ["1234"]),
    ("2.5 (two and a half)", ["2.5"]),
    (r"8 \text{ (by symmetry)}", ["8"]),
    ("Yes, there is no such number.", ["yes"]),
    ("Yes, it is true.", ["yes"]),
    ("Yes: no two are equal", ["yes"]),
    ("Yes, but not always", ["yes"]),
    ("No, false.", ["no"]),
    ("It will be a Friday.", ["Friday"]),
    ("(B) 5", ["5", "B"], CHOICES),
    ("5 (B)", ["5", "B"], CHOICES),
    ("(C) 5", ["5"]),
    (r"17 \equiv 5 \pmod{12}", ["5"]),
    ("m=1, n=4, m+n=5", ["5"]),
    (r"5, \text{ not } 6", ["5"]),
    (r"\{x : x = 5\}", ["5"]),
]


def outcomes(table):
    """Answer, gold and outcome of each pair."""
    rows = [
        {"answer": each[0], "gold": gold, "problem": each[2] if len(each) > 2 else PROBLEM}
        for each in table
        for gold in each[1]
    ]

    def written(row):
        return Written(rf"So \boxed{{{row['answer']}}}", "stop", row["gold"], "boxed", asked=asked(row["problem"]))

    return [(row["answer"], row["gold"], verdict.outcome) for row, verdict in marked(rows, written, workers=1)]


def test_no_answer_is_right_for_what_it_only_names():
    assert len(ATTACKS) > 120
    assert [each for each in outcomes(ATTACKS) if each[2] == "right"] == []


def test_real_answers_that_look_like_them_stay_right():
    assert len(REAL) > 40
    assert [each for each in outcomes(REAL) if each[2] != "right"] == []


def test_points_differ_from_pair_to_pair_and_not_from_side_to_side():
    assert algebra.seed("x", "1+x") == algebra.seed("1+x", "x") != algebra.seed("x", "x+1")
    drawn = algebra.seed("x", "1+x")
    points = [algebra.coordinate("x", point, drawn) for point in range(algebra.POINTS)]
    assert len({point.q for point in points}) == algebra.POINTS
    assert min(point.q for point in points) > 10**12
    assert points != [algebra.coordinate("y", point, drawn) for point in range(algebra.POINTS)]
    assert all(low < abs(point) < high for point, (low, high) in zip(points, algebra.SPANS, strict=True))
    assert all(point > 0 for point in points[: algebra.POSITIVE])

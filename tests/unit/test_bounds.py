"""Bounds on the work that an answer can ask for."""

import pytest
from mixdistill.answers import chain, check, extraction
from mixdistill.answers.algebra import MOST_BITS, TooLargeError, parsed
from mixdistill.answers.asked import asked
from mixdistill.answers.check import Task, Written, chunks, first_look, has_several
from mixdistill.answers.extraction import stated
from mixdistill.answers.gold import normalised
from mixdistill.answers.writing import unwrapped


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9^9}}",
        "2^{-10^{12}}",
        r"\left(\frac{2}{3}\right)^{1000000}",
        "1.0000001^{99999999999999}",
        r"2^{\frac{10^{12}}{7}}",
        "(2^{1000})^{1000}",
        "99999!",
        "3!!!!",
        r"1+\sqrt{x+10^{10^{10}}}",
        r"\frac{100000!}{99999!}",
        r"\begin{pmatrix}1&1\\1&0\end{pmatrix}^{1000000000}",
        r"2\begin{pmatrix}1&1\\1&0\end{pmatrix}^{-10^{9}}",
    ],
)
def test_numbers_that_are_too_long_are_refused(text):
    with pytest.raises(TooLargeError):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        f"2^{{{MOST_BITS - 1}}}",
        "1^{10^{12}}",
        "(-1)^{10^{12}}",
        "x^{10^{12}}",
        "2^{x}",
        "1000!",
        r"2^{\sqrt{2}}",
        "1.05^{20}",
        r"(-1)^{\frac{1}{99999}}",
        r"\begin{pmatrix}1&1\\1&0\end{pmatrix}^{10}",
        r"\begin{pmatrix}1&1\\1&0\end{pmatrix}^{n}",
    ],
)
def test_numbers_that_can_be_worked_out_are_not_refused(text):
    assert parsed(text) is not None


def test_a_rule_that_meets_a_huge_number_cannot_tell_wrong_from_right():
    with pytest.raises(TooLargeError):
        chain.at_length("x=9^{9^{9^9}}", "x=1")


@pytest.mark.parametrize("gold", ["7" * 5_000, "0." + "3" * 5_000, r"\frac{1}{" + "9" * 5_000 + "}"])
def test_a_reference_of_very_many_digits_is_compared_with_nothing_but_itself(gold):
    assert chain.at_once("7", gold) == chain.Decision(False, "too long")
    assert first_look(Written(r"\boxed{7}", "stop", gold, "boxed")).rule == "too long"


@pytest.mark.parametrize("brackets", ["()", "{}", "[]", ["2^{", "}"], [r"\sqrt{", "}"], ["(1,", "]"]])
def test_brackets_are_compared_to_a_depth(brackets):
    deep, deeper = (f"x+{brackets[0] * levels}1{brackets[1] * levels}" for levels in (chain.DEEPEST, chain.DEEPEST + 1))
    assert chain.at_once(deep, "x+y") is None
    assert chain.at_once(deeper, "x+y") == chain.at_once("x+y", deeper) == chain.Decision(False, "nested too deeply")
    assert chain.at_once(deeper, deeper).right


def test_an_answer_that_grows_when_it_is_written_out_is_too_long():
    assert chain.at_once("\ufdfa" * 500, "1") == chain.Decision(False, "too long")
    assert isinstance(first_look(Written("\\boxed{\ufdfa}", "stop", "x+1", "boxed")), Task)


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("007", "7"),
        ("-0", "0"),
        ("000.0", "0"),
        ("+12.0", "12"),
        ("-070", "-70"),
        ("0" * 2_000 + "x", "0" * 2_000 + "x"),
    ],
)
def test_zeros_before_an_integer_are_dropped(text, gold):
    assert normalised(text) == gold


def test_wrappers_are_taken_off_to_a_depth():
    assert unwrapped("$${{5}}$$.") == unwrapped("5" + "\\" * 2_000 + " ,") == "5"
    assert unwrapped("{" * 900 + "2" + "}" * 900).startswith("{" * 800)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So we find after all that the value of it \[ x = \begin{pmatrix} 1 \\[2pt] 2 \end{pmatrix} \] holds", None),
        (r"So after all that we find \( \frac{1}{2} \) there", r" \frac{1}{2} "),
        (r"So after all \[ is open and we find then 3 or \[ 4 \] there", " 4 "),
    ],
)
def test_formulas_end_at_their_own_brackets(text, answer):
    assert stated(text) == (answer or r" x = \begin{pmatrix} 1 \\[2pt] 2 \end{pmatrix} ")


@pytest.mark.parametrize(
    ("completion", "gold", "outcome"),
    [
        (r"So \boxed{\boxed{}5}", "5", "right"),
        (r"\boxed{ \boxed{ } x}", "x", "right"),
        (r"\boxed{7}", r"\boxed 5", "wrong"),
        (r"\boxed{5}", r"\boxed 5", "right"),
        (r"\boxed{\boxed{5}}", "5", "right"),
    ],
)
def test_a_box_in_a_box_and_one_without_braces_are_read(completion, gold, outcome):
    assert first_look(Written(completion, "stop", gold, "boxed")).outcome == outcome


def test_numbers_that_no_decimal_holds_are_left_to_a_worker():
    gold = r"9 \cdot (10^{999})^{1000} \cdot 10^{999}"
    assert chain.quick(f"-{gold}", gold, asked(None)) is None


def test_a_rule_that_fails_ends_no_job(monkeypatch):
    monkeypatch.setattr(chain, "plain", lambda text: text.index("none"))
    monkeypatch.setattr(check, "plain", lambda text: text.index("none"))
    chain.remembered.cache_clear()
    assert first_look(Written(r"\boxed{5}", "stop", "x+1", "boxed")) == Task("chain", "5", "x+1")
    assert has_several("x, y, 17") is False


@pytest.mark.parametrize(
    "words", ["in base \u017fix", "in b\u0131nary", "to base \u017feven", "base-\u017fixteen form"]
)
def test_letters_that_only_look_alike_name_no_base(words):
    assert asked(f"Write 5 {words}.").base is None


def test_an_answer_is_looked_for_in_so_many_characters_at_the_end(monkeypatch):
    monkeypatch.setattr(extraction, "LONGEST", 20)
    for policy in ("boxed", "last-number", "released"):
        rows = [Written(text, "stop", "5", policy) for text in (r"\boxed{5}" + " " * 20, r"\boxed{5}" + " " * 11)]
        assert [first_look(row).outcome for row in rows] == ["no answer", "right"]
    thoughts = Written("<think>" + " " * 20 + r"\boxed{5}", "stop", "5", "boxed")
    assert first_look(thoughts).outcome == "no answer"


def test_long_completions_are_looked_at_in_smaller_groups(monkeypatch):
    monkeypatch.setattr(check, "CHARACTERS", 25)
    monkeypatch.setattr(check, "CHUNK", 3)
    rows = [({}, Written("x" * length, "stop", "5", "boxed")) for length in (10, 20, 30, 1, 1, 1, 1)]
    assert [len(chunk) for chunk in chunks(rows)] == [2, 1, 3, 1]

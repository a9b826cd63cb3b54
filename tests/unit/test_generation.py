"""Generation continues where it was killed, and its result equals an uninterrupted one's."""

import tracemalloc

import pytest
from mixdistill.engines import Completion, Request
from mixdistill.errors import UserError
from mixdistill.generation import PACKAGES, Generator, Part
from mixdistill.journal import Journal
from mixdistill.weights import Weights, digest, located

SAMPLING = {"temperature": 0.0, "top_p": 1.0, "max_tokens": 8, "stop": []}
ENGINE = {"name": "transformers", "dtype": "float32", "batch_size": 3, "lora": "merged", "args": {}}


class Echo:
    """An engine that repeats the prompt, counts its batches, and may be killed in one."""

    def __init__(self, dies_in=None):
        self.batches, self.dies_in = [], dies_in

    def complete(self, units):
        for unit in units:
            if len(self.batches) == self.dies_in:
                raise KeyboardInterrupt
            self.batches.append([request.prompt for request in unit.requests])
            yield unit, [Completion(request.prompt, 1, "stop") for request in unit.requests]


@pytest.fixture
def make(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")

    def made(engine, requests, sampling=SAMPLING, **settings):
        monkeypatch.setattr(Generator, "opened", lambda *_: engine)
        generator = Generator(Weights(str(tmp_path)), {**ENGINE, **settings}, tmp_path / "journal.jsonl")
        [completions] = generator.completions([Part("test", requests, sampling)])
        return list(completions)

    return made


def asked(count):
    return [Request(str(number), number) for number in range(count)]


def test_a_killed_run_goes_on_with_the_batch_it_died_in(make):
    with pytest.raises(KeyboardInterrupt):
        make(Echo(dies_in=2), asked(10))
    second = Echo()
    made = make(second, asked(10))
    assert [one.text for one in made] == [str(number) for number in range(10)]
    assert second.batches == [["6", "7", "8"], ["9"]]


def test_a_finished_run_loads_no_model(make):
    make(Echo(), asked(4))
    assert make(None, asked(4))[3].text == "3"


@pytest.mark.parametrize(
    "other", [{**SAMPLING, "max_tokens": 9}, {**SAMPLING, "temperature": 0.1}, {**SAMPLING, "stop": ["x"]}]
)
def test_other_sampling_is_other_work(make, other):
    make(Echo(), asked(3))
    again = Echo()
    make(again, asked(3), other)
    assert len(again.batches) == 1


def test_other_weights_are_other_work(make, tmp_path):
    make(Echo(), asked(3))
    (tmp_path / "model.safetensors").write_bytes(b"other")
    again = Echo()
    make(again, asked(3))
    assert len(again.batches) == 1


def test_a_batch_whose_composition_changed_is_made_anew(make):
    make(Echo(), asked(5))
    again = Echo()
    make(again, asked(6))
    assert again.batches == [["3", "4", "5"]]


def test_without_batches_each_request_is_recorded_by_itself(make, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(Echo(dies_in=4), asked(10), batch_size=None)
    second = Echo()
    assert [one.text for one in make(second, asked(10), batch_size=None)] == [str(number) for number in range(10)]
    assert second.batches == [[str(number)] for number in range(4, 10)]
    third = Echo()
    made = make(third, [Request("new", 0), *asked(10)[::-1]], batch_size=None)
    assert [one.text for one in made] == ["new", *map(str, range(9, -1, -1))]
    assert third.batches == [["new"]]


class Backwards(Echo):
    """An engine that finishes what it was given last first."""

    def complete(self, units):
        return super().complete(list(units)[::-1])


def test_rows_come_in_the_order_of_the_requests(make):
    for size in (None, 3):
        made = make(Backwards(), asked(8), batch_size=size)
        assert [one.text for one in made] == [str(number) for number in range(8)]


def test_parts_share_an_engine_and_no_batch(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    engine, opened = Echo(), []
    monkeypatch.setattr(Generator, "opened", lambda *_: opened.append(1) or engine)
    generator = Generator(Weights(str(tmp_path)), ENGINE, tmp_path / "journal.jsonl")
    parts = [Part("first", asked(4), SAMPLING), Part("second", asked(2), {**SAMPLING, "max_tokens": 4})]
    first, second = generator.completions(parts)
    assert ([one.text for one in second], [one.text for one in first]) == (["0", "1"], ["0", "1", "2", "3"])
    assert engine.batches == [["0", "1", "2"], ["3"], ["0", "1"]]
    assert opened == [1]


def test_what_is_asked_twice_is_made_once(make):
    engine = Echo()
    assert len(make(engine, [*asked(3), *asked(3)], batch_size=None)) == 6
    assert len(engine.batches) == 3


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
def test_another_version_of_the_engine_is_another_model(tmp_path, monkeypatch, engine):
    (tmp_path / "config.json").write_text("{}")
    keys = set()
    for version in ("1.0", "1.1"):
        monkeypatch.setattr("mixdistill.generation.version", lambda package, version=version: version)
        generator = Generator(Weights(str(tmp_path)), {**ENGINE, "name": engine}, tmp_path / "journal.jsonl")
        keys.add(generator.key(asked(1), SAMPLING))
    assert len(keys) == 2


def test_an_engine_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(PACKAGES, "vllm", ("no-such-package",))
    with pytest.raises(UserError, match="engine.name: vllm is not installed here; run with --sdm conda"):
        Generator(Weights(str(tmp_path)), {**ENGINE, "name": "vllm"}, tmp_path / "journal.jsonl")


def test_a_journal_does_not_hold_what_was_written(tmp_path):
    journal, text = Journal(tmp_path / "journal.jsonl"), "x" * 10_000
    tracemalloc.start()
    for number in range(300):
        journal.add(str(number), [[text + str(number), 1, "stop"]])
    assert tracemalloc.get_traced_memory()[0] < 300_000
    tracemalloc.stop()
    assert journal.rows("7") == [[text + "7", 1, "stop"]]
    assert Journal(journal.path).rows("299") == [[text + "299", 1, "stop"]]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_last_line_is_dropped_and_the_rest_kept(tmp_path, cut):
    path = tmp_path / "journal.jsonl"
    Journal(path).add("one", [["é", 1, "stop"]])
    first = path.stat().st_size
    Journal(path).add("two", [["b", 1, "stop"]])
    path.write_bytes(path.read_bytes()[: first + cut])
    journal = Journal(path)
    assert list(journal.done) == ["one"]
    assert journal.rows("one") == [["é", 1, "stop"]]
    journal.add("three", [])
    assert list(Journal(path).done) == ["one", "three"]


def test_a_damaged_line_is_not_believed(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path).add("one", [["12", 1, "stop"]])
    path.write_text(path.read_text().replace("12", "13"))
    assert Journal(path).done == {}


def test_a_fingerprint_follows_the_weights_and_not_the_card(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = digest(tmp_path)
    (tmp_path / "README.md").write_text("card")
    assert digest(tmp_path) == before
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert digest(tmp_path) != before


def test_pickled_weights_are_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"only pickled weights \(pytorch_model.bin\), which are not loaded"):
        located(tmp_path, [])
    with pytest.raises(UserError, match="not a Hugging Face model"):
        located(tmp_path / "nothing", [])

"""Generation continues where it was killed, and its result equals an uninterrupted one's."""

import pytest
from mixdistill.engines import Completion, Request
from mixdistill.errors import UserError
from mixdistill.generation import Generator, Part
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

"""vLLM against the transformers engine, field by field, on CPU in float32; and what it does on its own."""

import json
import shutil

import pytest
from mixdistill.engines import Request, Unit
from mixdistill.engines.hf import TransformersEngine
from mixdistill.errors import UserError
from mixdistill.generation import Generator, Part
from mixdistill.weights import Weights
from models import adapter_of, byte_model, change_tensors

pytestmark = [pytest.mark.vllm, pytest.mark.usefixtures("vllm_is_here")]

GREEDY = {"temperature": 0.0, "top_p": 1.0, "max_tokens": 48, "stop": []}
SAMPLED = {**GREEDY, "temperature": 0.9, "top_p": 0.9}
SETTINGS = {"name": "vllm", "dtype": "float32", "batch_size": None, "lora": "adapter", "args": {}}
REQUESTS = [Request(f"What is {n} and {n * 7 % 13}?" + " Think." * (n % 9), n) for n in range(200)]


def vllm(weights, units, scratch, **more):
    from mixdistill.engines.vllm import VllmEngine

    return VllmEngine(weights, {**SETTINGS, **more}, 0, units, scratch / "merged")


def alone(requests, sampling):
    """A unit per request, as continuous batching records them."""
    return [Unit(str(number), [request], sampling) for number, request in enumerate(requests)]


def made_by(engine, units):
    done = {unit.key: completions for unit, completions in engine.complete(units)}
    return [one for unit in units for one in done[unit.key]]


def transformers(weights, requests, sampling):
    engine = TransformersEngine(weights, "float32")
    return [
        one for start in range(0, len(requests), 50) for one in engine.batch(requests[start : start + 50], sampling)
    ]


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def weights(request, tmp_path_factory):
    """A model whose generation_config.json names more ends than its tokenizer does, as Qwen's and Llama's do."""
    folder = byte_model(tmp_path_factory.mktemp(request.param) / "model", request.param)
    path = folder / "generation_config.json"
    own = json.loads(path.read_text())
    path.write_text(json.dumps({**own, "eos_token_id": [own["eos_token_id"], 33, 77, 150]}))
    return Weights(str(folder))


@pytest.fixture(scope="module")
def engine(weights, tmp_path_factory):
    return vllm(weights, alone(REQUESTS, GREEDY), tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="module")
def decided(weights, tmp_path_factory):
    """The requests whose greedy completion is no matter of the last bits, which differ from processor to processor.

    They are answered alike by models whose weights are off by some parts in a million, as sums of other order are.
    """
    import torch

    def nudge(tensors):
        for number, (name, tensor) in enumerate(sorted(tensors.items())):
            generator = torch.Generator().manual_seed(1000 * seed + number)
            tensors[name] = tensor * (1 + 3e-6 * torch.randn(tensor.shape, generator=generator))

    folder = tmp_path_factory.mktemp("nudged")
    found = [transformers(weights, REQUESTS, GREEDY)]
    for seed in range(6):
        copy = shutil.copytree(weights.base, folder / str(seed))
        found.append(transformers(Weights(str(change_tensors(copy, nudge))), REQUESTS, GREEDY))
    steady = [request for request, *answers in zip(REQUESTS, *found, strict=True) if len({*answers}) == 1]
    assert len(steady) >= 190
    return steady


def test_greedy_completions_are_those_of_transformers(weights, engine, decided):
    expected = transformers(weights, decided, GREEDY)
    assert made_by(engine, alone(decided, GREEDY)) == expected
    assert {one.finish_reason for one in expected} == {"stop", "length"}


def test_stop_strings_end_completions_as_they_do_in_transformers(weights, engine, decided):
    texts = [one.text for one in transformers(weights, REQUESTS[:60], GREEDY)]
    pairs = {text[start : start + 2] for text in texts for start in (4, 9, 14)}
    sampling = {**GREEDY, "stop": sorted(pair for pair in pairs if len(pair) == 2 and pair.isascii())[:30]}
    expected = transformers(weights, decided, sampling)
    assert made_by(engine, alone(decided, sampling)) == expected
    assert sum(one.finish_reason == "stop" for one in expected) > 20


def test_samples_depend_on_their_seed_and_on_nothing_else(engine):
    together = made_by(engine, alone(REQUESTS[:60], SAMPLED))
    assert made_by(engine, alone(REQUESTS[:60][::-1], SAMPLED)) == together[::-1]
    assert made_by(engine, [Unit("batch", REQUESTS[:7], SAMPLED)]) == together[:7]
    reseeded = [request._replace(seed=request.seed + 1000) for request in REQUESTS[:60]]
    assert sum(a == b for a, b in zip(made_by(engine, alone(reseeded, SAMPLED)), together, strict=True)) < 6


def test_limits_and_contexts_are_those_of_transformers(tmp_path):
    weights = Weights(str(byte_model(tmp_path / "short", context=96)))
    requests, sampling = [Request("a" * n, n) for n in (1, 20, 40, 60)], {**GREEDY, "max_tokens": 500}
    units = alone(requests, sampling)
    expected = transformers(weights, requests, sampling)
    assert made_by(vllm(weights, units, tmp_path), units) == expected
    assert "length" in {one.finish_reason for one in expected}
    with pytest.raises(UserError) as theirs:
        transformers(weights, [Request("a" * 200, 0)], sampling)
    with pytest.raises(UserError) as ours:
        vllm(weights, alone([Request("a" * 200, 0)], sampling), tmp_path)
    assert str(ours.value) == str(theirs.value)


def test_an_adapter_served_is_the_adapter_merged(weights, tmp_path):
    adapted = weights._replace(adapter=str(adapter_of(weights.base, tmp_path / "adapter")))
    units = alone(REQUESTS, GREEDY)
    expected = transformers(adapted, REQUESTS, GREEDY)
    assert expected != transformers(weights, REQUESTS, GREEDY)
    assert made_by(vllm(adapted, units, tmp_path), units) == expected
    assert made_by(vllm(adapted, units, tmp_path, lora="merged"), units) == expected
    assert not (tmp_path / "merged").exists()


def test_arguments_reach_vllm_under_their_own_names(weights, tmp_path):
    engine = vllm(weights, alone(REQUESTS, GREEDY), tmp_path, args={"max_num_seqs": 3})
    assert engine.core.vllm_config.scheduler_config.max_num_seqs == 3
    assert engine.core.vllm_config.model_config.max_model_len < 200
    assert engine.core.vllm_config.cache_config.enable_prefix_caching
    assert len(made_by(engine, alone(REQUESTS[:10], GREEDY))) == 10


@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_rows_do_not_depend_on_how_they_are_recorded(weights, tmp_path, batch_size):
    generator = Generator(weights, {**SETTINGS, "batch_size": batch_size}, tmp_path / "journal.jsonl")
    parts = [Part("first", REQUESTS[:50], GREEDY), Part("second", REQUESTS[50:70], {**GREEDY, "max_tokens": 9})]
    made = [list(part) for part in generator.completions(parts)]
    assert made == [transformers(weights, part.requests, part.sampling) for part in parts]
    assert len(generator.journal.done) == (70 if batch_size is None else 4 + 2)
    assert json.loads(generator.identity)[3].startswith("vllm")

"""The cost model: against published speeds, and its arithmetic."""

import random
from math import inf, log

import pytest
from mixdistill.costs import page
from mixdistill.costs.bounds import Bounds, exactly, total
from mixdistill.costs.devices import GPU_PACE, GPUS, gpu
from mixdistill.costs.jobs import Job, in_order, owners, parents, shown
from mixdistill.costs.refining import Ratios, Seen
from mixdistill.costs.schedule import makespan
from mixdistill.costs.speed import Decoding, Training, Waiting, decoding, seconds, training
from mixdistill.errors import UserError


def taught(parameters, length, batch=512, micro_batch=8, adapter=False, recomputed=False):
    tokens = 1e9
    return Training(
        parameters, 2, exactly(tokens), exactly(tokens / length), batch, micro_batch, True, adapter, recomputed
    )


def per_second(tokens, taken):
    return tokens / taken.high, tokens / taken.likely, tokens / taken.low


# llm-foundry, scripts/train/benchmarking/README.md at 8c8dd48f7: tokens per second and GPU; 8 GPUs, 70B on 64.
FOUNDRY = [
    ("H100", 0.76e9, 2048, 8, 63_147),
    ("H100", 1.3e9, 2048, 8, 45_455),
    ("H100", 2.7e9, 4096, 8, 20_964),
    ("H100", 6.7e9, 2048, 8, 10_643),
    ("H100", 6.7e9, 4096, 8, 8_611),
    ("H100", 6.7e9, 8192, 8, 6_935),
    ("H100", 13e9, 2048, 8, 4_792),
    ("H100", 30e9, 2048, 8, 2_002),
    ("H100", 70e9, 2048, 64, 1_039),
    ("A100", 1.3e9, 2048, 8, 20_513),
    ("A100", 2.7e9, 2048, 8, 10_811),
    ("A100", 6.7e9, 2048, 8, 4_641),
    ("A100", 13e9, 2048, 8, 2_262),
    ("A100", 70e9, 2048, 64, 410),
]


@pytest.mark.parametrize(("name", "parameters", "length", "count", "published"), FOUNDRY)
def test_published_speeds_of_training_lie_within_the_bounds(name, parameters, length, count, published):
    work = taught(parameters, length, batch=64 * count)
    low, likely, high = per_second(1e9 / count, training(work, GPUS[name], count, GPU_PACE.training_step))
    assert low <= published <= high
    assert likely > published / 2.5


# torchtune's README, one A100, Llama 3.2 3B, batches of 2 x 4096 tokens: packed, and with recomputed activations.
@pytest.mark.parametrize(("recomputed", "published"), [(False, 7_075), (True, 7_210)])
def test_small_batches_on_one_gpu(recomputed, published):
    work = taught(3.2e9, 4096, batch=2, micro_batch=2, recomputed=recomputed)
    low, _, high = per_second(1e9, training(work, GPUS["A100"], 1, GPU_PACE.training_step))
    assert low <= published <= high


def asked(parameters, requests, prompt, completion, batch=None, longest=None):
    likely = exactly(requests), exactly(prompt), exactly(completion)
    return Decoding(parameters, 2, *likely, longest or completion, batch)


# Total tokens per second of vLLM on texts of ShareGPT, whose answers have up to some 1,000 tokens: 7B and 70B, vLLM's
# pull request 5046; 70B on 4 A100, its issue 12315; Qwen3-32B untuned, two kinds of text, gpustack's performance lab.
# Tokens in and out per request are the first's and the second's own.
VLLM = [
    ("A100", 1, 6.7e9, 1000, 246, 195, 7_516),
    ("A100", 4, 70e9, 1000, 246, 195, 4_884),
    ("A100", 4, 70e9, 200, 213, 218, 1_414),
    ("H100", 1, 32.8e9, 1000, 213, 218, 2_353),
    ("H100", 1, 32.8e9, 1000, 213, 218, 4_006),
]


@pytest.mark.parametrize(("name", "count", "parameters", "requests", "prompt", "completion", "published"), VLLM)
def test_published_speeds_of_vllm_lie_within_the_bounds(
    name, count, parameters, requests, prompt, completion, published
):
    work = asked(parameters, requests, prompt, completion, longest=1000)
    taken = decoding(work, GPUS[name], count, GPU_PACE.decoding_step)
    low, _, high = per_second(requests * (prompt + completion), taken)
    assert low <= published <= high


# TensorRT-LLM's performance overview at 00f37686, Llama 3.1 8B in FP8 on one GPU: another engine, half the bytes.
FASTEST = [
    ("H100", 128, 2048, 22_714),
    ("H100", 128, 4096, 14_325),
    ("H100", 1000, 2000, 13_899),
    ("H100", 2048, 2048, 9_305),
    ("H200", 128, 2048, 26_221),
    ("H200", 128, 4096, 18_027),
    ("H200", 1000, 2000, 16_828),
    ("H200", 2048, 2048, 12_194),
]


@pytest.mark.parametrize(("name", "prompt", "completion", "published"), FASTEST)
def test_no_speed_is_hoped_for_that_the_fastest_engine_does_not_have(name, prompt, completion, published):
    taken = decoding(asked(8e9, 5000, prompt, completion), GPUS[name], 1, GPU_PACE.decoding_step)
    low, likely, high = per_second(5000 * completion, taken)
    assert published / 4 < likely < high < published
    assert low < published / 2 < high


def test_more_of_anything_takes_longer():
    few = seconds(asked(7e9, 1000, 100, 400), GPUS["H100"], 1)
    for more in (asked(14e9, 1000, 100, 400), asked(7e9, 2000, 100, 400), asked(7e9, 1000, 100, 800)):
        assert seconds(more, GPUS["H100"], 1).likely > few.likely
    assert seconds(asked(7e9, 1000, 100, 400, batch=64), GPUS["H100"], 1).likely > few.likely
    full = seconds(taught(7e9, 1000), GPUS["H100"], 8)
    assert seconds(taught(7e9, 1000, adapter=True), GPUS["H100"], 8).likely < full.likely
    assert seconds(taught(7e9, 1000, recomputed=True), GPUS["H100"], 8).likely > full.likely


def test_an_endpoint_takes_longer_for_more_and_shorter_for_many_at_a_time():
    one = Waiting(exactly(1000), exactly(100), exactly(400), 8)
    taken = seconds(one, GPUS["H100"], 0)
    assert taken.low < taken.likely < taken.high
    assert seconds(one._replace(requests=exactly(2000)), GPUS["H100"], 0).likely > taken.likely
    assert seconds(one._replace(together=16), GPUS["H100"], 0).likely < taken.likely
    assert one.settled() == one


def test_an_unknown_gpu_is_one_line():
    with pytest.raises(UserError, match="gpu_model=V100: must be one of A100, H100, H200"):
        gpu("V100")


def test_independent_doubts_add_in_squares_and_one_doubt_adds_up():
    one = Bounds(1, 2, 4)
    both = one * one
    assert (both.likely, round(log(both.high / 4), 6)) == (4, round(2**0.5 * log(2), 6))
    assert total([one, one]) == Bounds(2, 4, 8)
    assert both.without(one).high == pytest.approx(4 * 2)


def test_measurements_move_and_narrow_an_estimate():
    prior = Bounds(10, 100, 1000)
    seen = [Seen("sft", group, log(2) + off) for group in ("a", "b") for off in (-0.01, 0.0, 0.01)]
    ratios = Ratios(seen)
    known, near = ratios.corrected(prior, "sft", "a"), ratios.corrected(prior, "sft", "c")
    assert 180 < known.likely < 200
    assert 120 < near.likely < 200  # another model of the same stage: half-way, as two models are not many
    assert prior.high / prior.likely > known.high / known.likely
    assert ratios.corrected(prior, "answer", "a") == prior


def test_a_single_measurement_moves_half_way_and_narrows_nothing():
    prior = Bounds(10, 100, 1000)
    once = Ratios([Seen("sft", "a", log(4))]).corrected(prior, "sft", "a")
    assert 200 < once.likely < 400
    assert once.high / once.likely == pytest.approx(10)


def test_estimates_from_the_others_hold_for_the_one_left_out():
    draw = random.Random(1)
    models = {name: draw.gauss(0.7, 0.4) for name in "abcdefgh"}
    seen = [Seen("sft", name, ratio + draw.gauss(0, 0.2)) for name, ratio in models.items() for _ in range(6)]
    inside, better = 0, 0
    for at, left in enumerate(seen):
        made = Ratios(seen[:at] + seen[at + 1 :]).corrected(Bounds(0.1, 1, 10), "sft", left.group)
        inside += log(made.low) <= left.ratio <= log(made.high)
        better += abs(left.ratio - log(made.likely)) < abs(left.ratio)
    assert inside / len(seen) > 0.85
    assert better / len(seen) > 0.8


def test_wall_time_of_known_cases():
    chain = [[], [0], [1]]
    assert makespan([1, 2, 3], [1, 1, 1], chain, inf) == 6
    assert makespan([3, 3, 2, 2, 2], [1] * 5, [[]] * 5, 2) == 7  # Graham's example: the best would be 6
    assert makespan([1, 1], [4, 4], [[], []], 4) == 2
    assert makespan([5, 1], [0, 1], [[], []], 1) == 5
    assert makespan([], [], [], 1) == 0
    with pytest.raises(ValueError, match="larger"):
        makespan([1], [2], [[]], 1)


def test_wall_time_keeps_grahams_bound_and_never_beats_the_impossible():
    draw = random.Random(2)
    for _ in range(50):
        count, machines = draw.randrange(1, 40), draw.randrange(1, 8)
        taken = [draw.uniform(0.1, 5) for _ in range(count)]
        needed = [sorted(draw.sample(range(at), min(at, draw.randrange(3)))) for at in range(count)]
        wall, path = (makespan(taken, [1] * count, needed, on) for on in (machines, inf))
        floor = max(path, sum(taken) / machines)
        assert floor - 1e-9 <= wall <= (2 - 1 / machines) * floor + 1e-9


SHOWN = """
[Sun Nov 22 04:39:53 2026]
rule sft:
    input: results/x/mixtures/short.jsonl, results/x/world/models/tiny
    output: results/x/models/small/short/1
    log: results/x/logs/sft/small/short/1.log
    jobid: 285
    benchmark: results/x/benchmarks/sft/small/short/1.tsv
    reason: Forced execution
    wildcards: student=small, mixture=short, seed=1
    resources: tmpdir=/tmp, gpu=4, nodes=1, mem_mb=1500, gpu_model=H100
Shell command: None

localrule figures:
    input: results/x/figures/figure2.pdf
    jobid: 4
    resources: tmpdir=/tmp

Job stats:
job    count
"""


def test_jobs_are_read_from_a_dry_run():
    trained, gathered = shown(SHOWN)
    assert trained.key == "sft student=small mixture=short seed=1"
    assert trained.gpus == 4
    assert trained.inputs == ["results/x/mixtures/short.jsonl", "results/x/world/models/tiny"]
    assert trained.benchmark == "results/x/benchmarks/sft/small/short/1.tsv"
    assert (gathered.rule, gathered.outputs, gathered.gpus) == ("figures", [], 0)


def job(rule, inputs, outputs, **wildcards):
    return Job(rule, wildcards, inputs.split(), outputs.split(), None, 0, True)


def test_a_student_owns_what_nothing_else_needs():
    jobs = [
        job("table", "ascore bscore", "table"),
        job("score", "amodel", "ascore", student="a"),
        job("score", "bmodel", "bscore", student="b"),
        job("sft", "shared onlya", "amodel", student="a"),
        job("sft", "shared", "bmodel", student="b"),
        job("mix", "kept", "shared"),
        job("mix", "kept", "onlya"),
        job("reject", "", "kept"),
    ]
    ordered = in_order(jobs)
    assert all(parent < at for at, those in enumerate(parents(ordered)) for parent in those)
    found = {ordered[at].outputs[0]: owner for at, owner in enumerate(owners(ordered, "student"))}
    assert found == {
        "table": None,
        "ascore": "a",
        "bscore": "b",
        "amodel": "a",
        "bmodel": "b",
        "shared": None,
        "onlya": "a",
        "kept": None,
    }


def test_what_nobody_waits_for_has_no_row_of_digits():
    assert [page.lasting(seconds) for seconds in (3 * 86400, 4e10, 1e30, inf)] == [
        "3.0 d",
        *["1,000 years or more"] * 3,
    ]
    assert [page.rounded(value) for value in (1e17, 5.06e22, inf)] == ["100 P", "5 x 10^22", "inf"]

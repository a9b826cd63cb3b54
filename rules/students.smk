"""From training sets to answers: fine-tune a student, let it answer every benchmark (paper, sections 2 and 3.1)."""

TESTS = {name: f"{RESULTS}/problems/{entry.problems}.jsonl" for name, entry in EXPERIMENT.benchmarks.items()}


def sft_of(student):
    """How a student is trained: `sft` with what the student changes of it."""
    common, own = EXPERIMENT.sft, EXPERIMENT.students[student].sft
    changed = own.model_dump(exclude_unset=True, exclude={"args"})
    return {**common.model_dump(mode="json"), **changed, "args": {**common.args, **own.args}}


def base_weights(wildcards):
    """The folder of a student before training, as a list."""
    return local(EXPERIMENT.students[wildcards.student].model)


def base_hub(wildcards):
    """The hub repository of a student before training."""
    return on_hub(EXPERIMENT.students[wildcards.student].model)


def sft_args(wildcards):
    """Arguments of TRL's SFTConfig for a student."""
    return sft_of(wildcards.student)["args"]


def sft_lora(wildcards):
    """PEFT's arguments for a student, or nothing."""
    return sft_of(wildcards.student)["lora"]


def sft_length(wildcards):
    """Longest training row of a student, in tokens."""
    return sft_of(wildcards.student)["max_length"]


def sft_resources(name):
    """A resource of training a student, as Snakemake asks for it."""

    def resource(wildcards):
        stage = "lora" if sft_lora(wildcards) else "sft"
        return needs(stage, EXPERIMENT.students[wildcards.student].parameters)[name]

    return resource


def answer_resources(name):
    """A resource of a student's answering, as Snakemake asks for it."""

    def resource(wildcards):
        return needs("generate", EXPERIMENT.students[wildcards.student].parameters)[name]

    return resource


rule sft:
    """Fine-tune a student on a mixture; the loss is on the completion only (paper, Tables 5 and 6)."""
    input:
        mixture=f"{RESULTS}/mixtures/{{mixture}}.jsonl",
        base=base_weights,
    output:
        model=directory(f"{RESULTS}/models/{{student}}/{{mixture}}/{{seed}}"),
    log:
        f"{LOGS}/sft/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/sft/{{student}}/{{mixture}}/{{seed}}.tsv"
    wildcard_constraints:
        mixture=any_of(PLAN.recipes),
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=sft_resources("gpu"),
        mem_mb=sft_resources("mem_mb"),
        runtime=sft_resources("runtime"),
    params:
        code=code_of("sft.py"),
        hub=base_hub,
        seed="{seed}",
        dtype=EXPERIMENT.engine.dtype,
        max_length=sft_length,
        lora=sft_lora,
        args=sft_args,
        checkpoints=f"{SCRATCH}/sft/{{student}}/{{mixture}}/{{seed}}",
    script:
        "../workflow/scripts/sft.py"


def trained_weights(wildcards):
    """The folder of a trained student, as a list: empty for the student as it came."""
    if wildcards.mixture == UNTRAINED:
        return []
    return [f"{RESULTS}/models/{wildcards.student}/{wildcards.mixture}/{wildcards.seed}"]


def questions(wildcards):
    """What a student sees, and where it stops, per benchmark; a function, since a prompt's braces are no wildcards."""
    return {name: {"prompt": entry.prompt, "stop": entry.stop} for name, entry in EXPERIMENT.benchmarks.items()}


rule answer:
    """Let a student answer all benchmarks; the journal keeps what is done, so that a new benchmark costs only itself."""
    input:
        problems=list(TESTS.values()),
        base=base_weights,
        trained=trained_weights,
    output:
        answers=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.jsonl",
        counts=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.counts.json",
    log:
        f"{LOGS}/answer/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/answer/{{student}}/{{mixture}}/{{seed}}.tsv"
    conda:
        "../envs/inference.yaml"
    threads: 1
    resources:
        gpu=answer_resources("gpu"),
        mem_mb=answer_resources("mem_mb"),
        runtime=answer_resources("runtime"),
    params:
        code=code_of("answer.py"),
        hub=base_hub,
        benchmarks=questions,
        sampling=config["answering"]["sampling"],
        samples=EXPERIMENT.answering.samples,
        seed="{seed}",
        engine=config["engine"],
        journal=f"{SCRATCH}/answer/{{student}}/{{mixture}}/{{seed}}.jsonl",
    script:
        "../workflow/scripts/answer.py"

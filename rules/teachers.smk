"""From problems to training sets: load, ask the teachers, keep what is right, mix (paper, sections 3.1 and 4)."""

ASKED = [name for name, teacher in EXPERIMENT.teachers.items() if teacher.model]
BROUGHT = [name for name in EXPERIMENT.teachers if name not in ASKED]
TRAINING_PROBLEMS = f"{RESULTS}/problems/{EXPERIMENT.teaching.problems}.jsonl"


def teaching_prompt(wildcards):
    """What teachers see and students are trained on; a function, since its braces are no wildcards."""
    return EXPERIMENT.teaching.prompt


def set_source(wildcards):
    """The local file of a problem set, as a list."""
    return local(EXPERIMENT.problems[wildcards.set].source)


def set_hub(wildcards):
    """The hub data set of a problem set."""
    return on_hub(EXPERIMENT.problems[wildcards.set].source)


rule load_problems:
    """Bring a problem set into one form, with normalised reference answers."""
    input:
        source=set_source,
    output:
        problems=f"{RESULTS}/problems/{{set}}.jsonl",
        counts=f"{RESULTS}/problems/{{set}}.counts.json",
    log:
        f"{LOGS}/load_problems/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/load_problems/{{set}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("load_problems.py"),
        name="{set}",
        hub=set_hub,
        fields=lookup(dpath="problems/{set}/fields", within=config),
        gold=lookup(dpath="problems/{set}/gold", within=config),
        limit=lookup(dpath="problems/{set}/limit", within=config),
    script:
        "../workflow/scripts/load_problems.py"


rule check_overlap:
    """Compare training problems with every benchmark: a student must not be tested on what it was taught."""
    input:
        training=TRAINING_PROBLEMS,
        tests=sorted({f"{RESULTS}/problems/{b.problems}.jsonl" for b in EXPERIMENT.benchmarks.values()}),
    output:
        overlap=f"{RESULTS}/problems/overlap.json",
    log:
        f"{LOGS}/check_overlap/overlap.log",
    benchmark:
        f"{BENCHMARKS}/check_overlap/overlap.tsv"
    priority: 100
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("check_overlap.py"),
        policy=EXPERIMENT.teaching.overlap,
    script:
        "../workflow/scripts/check_overlap.py"


def teacher_weights(wildcards):
    """The folder of a teacher's model, as a list."""
    return local(EXPERIMENT.teachers[wildcards.teacher].model)


def teacher_hub(wildcards):
    """The hub repository of a teacher's model."""
    return on_hub(EXPERIMENT.teachers[wildcards.teacher].model)


def teacher_resources(name):
    """A resource of generating with a teacher, as Snakemake asks for it."""

    def resource(wildcards):
        return needs("generate", EXPERIMENT.teachers[wildcards.teacher].parameters)[name]

    return resource


rule generate:
    """Sample a teacher on its share of the training problems."""
    input:
        problems=TRAINING_PROBLEMS,
        model=teacher_weights,
    output:
        completions=f"{RESULTS}/completions/{{teacher}}/{{shard}}.jsonl",
        counts=f"{RESULTS}/completions/{{teacher}}/{{shard}}.counts.json",
    log:
        f"{LOGS}/generate/{{teacher}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/generate/{{teacher}}/{{shard}}.tsv"
    wildcard_constraints:
        teacher=any_of(ASKED),
    conda:
        "../envs/inference.yaml"
    threads: 1
    resources:
        gpu=teacher_resources("gpu"),
        mem_mb=teacher_resources("mem_mb"),
        runtime=teacher_resources("runtime"),
    params:
        code=code_of("generate.py"),
        hub=teacher_hub,
        teacher="{teacher}",
        shard="{shard}",
        shards=lookup(dpath="teachers/{teacher}/shards", within=config),
        prompt=teaching_prompt,
        sampling=lookup(dpath="teachers/{teacher}/sampling", within=config),
        samples=lookup(dpath="teachers/{teacher}/samples", within=config),
        engine=config["engine"],
        journal=f"{SCRATCH}/generate/{{teacher}}/{{shard}}.jsonl",
    script:
        "../workflow/scripts/generate.py"


def completions_source(wildcards):
    """The local file of completions that exist already, as a list."""
    return local(EXPERIMENT.teachers[wildcards.teacher].completions)


def completions_hub(wildcards):
    """The hub data set of completions that exist already."""
    return on_hub(EXPERIMENT.teachers[wildcards.teacher].completions)


rule bring:
    """Take a teacher's completions from a file or hub set instead of asking it."""
    input:
        problems=TRAINING_PROBLEMS,
        source=completions_source,
    output:
        completions=f"{RESULTS}/completions/{{teacher}}/0.jsonl",
        counts=f"{RESULTS}/completions/{{teacher}}/0.counts.json",
    log:
        f"{LOGS}/bring/{{teacher}}.log",
    benchmark:
        f"{BENCHMARKS}/bring/{{teacher}}.tsv"
    wildcard_constraints:
        teacher=any_of(BROUGHT),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("bring.py"),
        hub=completions_hub,
        fields=lookup(dpath="teachers/{teacher}/fields", within=config),
    script:
        "../workflow/scripts/bring.py"


def shards_of(wildcards):
    """All completions of a teacher."""
    teacher = wildcards.teacher
    count = 1 if teacher in BROUGHT else EXPERIMENT.teachers[teacher].shards
    return [f"{RESULTS}/completions/{teacher}/{shard}.jsonl" for shard in range(count)]


rule reject:
    """Keep the completions whose final answer is the reference answer (paper, section 3.1).

    What was kept stays kept when the answer check is edited: `apart` leaves it out of the digest, so that scores can
    be made anew without training anew. The status page says when an older check decided; `-R reject` decides again.
    """
    input:
        problems=TRAINING_PROBLEMS,
        completions=shards_of,
    output:
        kept=f"{RESULTS}/kept/{{teacher}}.jsonl",
        counts=f"{RESULTS}/kept/{{teacher}}.counts.json",
    log:
        f"{LOGS}/reject/{{teacher}}.log",
    benchmark:
        f"{BENCHMARKS}/reject/{{teacher}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("reject.py", apart="mixdistill.answers"),
    script:
        "../workflow/scripts/reject.py"


def arms_of(wildcards):
    """The kept completions of every teacher of a mixture's comparison: they decide which problems the arms share."""
    comparison = PLAN.recipes[wildcards.mixture].comparison
    return [f"{RESULTS}/kept/{teacher}.jsonl" for teacher in EXPERIMENT.comparisons[comparison].teachers]


def recipe_of(wildcards):
    """Comparison, teachers, parts and rows of a mixture."""
    comparison, parts = PLAN.recipes[wildcards.mixture]
    entry = EXPERIMENT.comparisons[comparison]
    return {"comparison": comparison, "teachers": entry.teachers, "parts": dict(parts), "rows": entry.rows}


rule mix:
    """Mix teachers' completions by weight, one per shared problem (paper, section 4)."""
    input:
        problems=TRAINING_PROBLEMS,
        kept=arms_of,
    output:
        mixture=f"{RESULTS}/mixtures/{{mixture}}.jsonl",
        counts=f"{RESULTS}/mixtures/{{mixture}}.counts.json",
    log:
        f"{LOGS}/mix/{{mixture}}.log",
    benchmark:
        f"{BENCHMARKS}/mix/{{mixture}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("mix.py"),
        recipe=recipe_of,
        prompt=teaching_prompt,
    script:
        "../workflow/scripts/mix.py"

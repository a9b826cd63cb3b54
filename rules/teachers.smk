"""From problems to training sets: load, ask the teachers, keep what is right, mix (paper, sections 3.1 and 4)."""


rule load_problems:
    """Bring a problem set into one form, with normalised reference answers."""
    input:
        source=ASK.set_source,
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
        part=ASK.set_part,
        fields=entry_of(config["problems"], "set", "fields"),
        gold=entry_of(config["problems"], "set", "gold"),
        limit=entry_of(config["problems"], "set", "limit"),
    script:
        "../workflow/scripts/load_problems.py"


rule screen:
    """Compare training problems with every benchmark: a student must not be tested on what it was taught."""
    input:
        training=ASK.training_set,
        tests=ASK.tests,
    output:
        overlap=ASK.overlap,
    log:
        f"{LOGS}/screen/overlap.log",
    benchmark:
        f"{BENCHMARKS}/screen/overlap.tsv"
    priority: 100
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("screen.py"),
        benchmarks=list(EXPERIMENT.benchmarks),
        leakage=config["teaching"]["leakage"],
    script:
        "../workflow/scripts/screen.py"


rule bring_mixture:
    """Take a training set that exists already, instead of mixing teachers' completions."""
    input:
        problems=ASK.training_set,
        source=ASK.rows_source,
    output:
        imported=f"{RESULTS}/imported/{{mixture}}.jsonl",
        counts=f"{RESULTS}/imported/{{mixture}}.counts.json",
    log:
        f"{LOGS}/bring_mixture/{{mixture}}.log",
    benchmark:
        f"{BENCHMARKS}/bring_mixture/{{mixture}}.tsv"
    wildcard_constraints:
        mixture=any_of(PLAN.ready),
    priority: 100
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("bring_mixture.py"),
        part=ASK.rows_part,
        fields=entry_of(config["mixtures"], "mixture", "fields"),
    script:
        "../workflow/scripts/bring_mixture.py"


rule screen_mixture:
    """Compare a training set that exists already with every benchmark: whatever is taught is screened."""
    input:
        imported=f"{RESULTS}/imported/{{mixture}}.jsonl",
        tests=ASK.tests,
    output:
        overlap=f"{RESULTS}/imported/{{mixture}}.overlap.json",
    log:
        f"{LOGS}/screen_mixture/{{mixture}}.log",
    benchmark:
        f"{BENCHMARKS}/screen_mixture/{{mixture}}.tsv"
    wildcard_constraints:
        mixture=any_of(PLAN.ready),
    priority: 100
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("screen_mixture.py"),
        mixture="{mixture}",
        benchmarks=list(EXPERIMENT.benchmarks),
        leakage=config["teaching"]["leakage"],
    script:
        "../workflow/scripts/screen_mixture.py"


rule keep_screening:
    """Keep the screening that decides what is taught: no teacher is asked and no student trained before all are there.

    A job of this rule exists only while the file does not, so that a new benchmark, which is screened like all, teaches
    nothing again (`ancient` would do that too, but hide other changes from Snakemake 9.27 behind it). Every training
    set has a file of its own, so that a new one teaches nothing again either. Scores are refused if a benchmark leaks
    into what was taught while leaks are to be removed; the status page says when another screening decided.
    """
    input:
        overlap=ASK.screened,
        gate=ASK.overlaps,
    output:
        kept=f"{RESULTS}/training/{{screening}}.overlap.json",
    log:
        f"{LOGS}/keep_screening/{{screening}}.log",
    benchmark:
        f"{BENCHMARKS}/keep_screening/{{screening}}.tsv"
    wildcard_constraints:
        screening=any_of(ASK.unscreened),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("keep_screening.py"),
    script:
        "../workflow/scripts/keep_screening.py"


rule admit:
    """Pass on the training problems that are taught: all of them, or those that do not leak into a benchmark."""
    input:
        training=ASK.training_set,
        overlap=ASK.kept_screening,
    output:
        problems=ASK.training_problems,
        counts=f"{RESULTS}/training/problems.counts.json",
    log:
        f"{LOGS}/admit/problems.log",
    benchmark:
        f"{BENCHMARKS}/admit/problems.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("admit.py"),
        removing=EXPERIMENT.teaching.leakage.policy == "remove",
    script:
        "../workflow/scripts/admit.py"


rule generate:
    """Sample a teacher on its share of the training problems."""
    input:
        problems=ASK.training_problems,
        model=ASK.teacher_weights,
    output:
        completions=f"{RESULTS}/completions/{{teacher}}/{{shard}}.jsonl",
        counts=f"{RESULTS}/completions/{{teacher}}/{{shard}}.counts.json",
    log:
        f"{LOGS}/generate/{{teacher}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/generate/{{teacher}}/{{shard}}.tsv"
    wildcard_constraints:
        teacher=any_of(ASK.asked),
    conda:
        "../envs/inference.yaml"
    threads: ASK.threads("generate")
    resources:
        gpu=ASK.resource("generate", "gpu"),
        nodes=ASK.resource("generate", "nodes"),
        gres=ASK.gres("generate"),
        mem_mb=ASK.resource("generate", "mem_mb"),
        runtime=ASK.resource("generate", "runtime"),
        requests=ASK.resource("generate", "requests"),
    params:
        code=code_of("generate.py"),
        teacher="{teacher}",
        shard="{shard}",
        shards=entry_of(config["teachers"], "teacher", "shards"),
        prompt=ASK.prompt,
        sampling=entry_of(config["teachers"], "teacher", "sampling"),
        samples=entry_of(config["teachers"], "teacher", "samples"),
        engine=ASK.engine,
        journal=f"{SCRATCH}/generate/{{teacher}}/{{shard}}.jsonl",
    script:
        "../workflow/scripts/generate.py"


rule bring:
    """Take a teacher's completions from a file or hub set instead of asking it."""
    input:
        problems=ASK.training_problems,
        source=ASK.completions_source,
    output:
        completions=f"{RESULTS}/completions/{{teacher}}/0.jsonl",
        counts=f"{RESULTS}/completions/{{teacher}}/0.counts.json",
    log:
        f"{LOGS}/bring/{{teacher}}.log",
    benchmark:
        f"{BENCHMARKS}/bring/{{teacher}}.tsv"
    wildcard_constraints:
        teacher=any_of(ASK.brought),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("bring.py"),
        part=ASK.completions_part,
        fields=entry_of(config["teachers"], "teacher", "fields"),
    script:
        "../workflow/scripts/bring.py"


rule reject:
    """Keep the whole completions whose final answer is the reference answer (paper, section 3.1).

    What was kept stays kept when the answer check is edited: `apart` leaves it out of the digest, so that scores can
    be made anew without training anew. The status page says when an older check decided; `-R reject` decides again.
    """
    input:
        problems=ASK.training_problems,
        completions=ASK.shards,
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
        answer=ASK.teachers_policy,
    script:
        "../workflow/scripts/reject.py"


rule mix:
    """Mix teachers' completions by weight, one per shared problem (paper, section 4)."""
    input:
        problems=ASK.training_problems,
        kept=ASK.arms,
    output:
        mixture=f"{RESULTS}/mixtures/{{mixture}}.jsonl",
        counts=f"{RESULTS}/mixtures/{{mixture}}.counts.json",
    log:
        f"{LOGS}/mix/{{mixture}}.log",
    benchmark:
        f"{BENCHMARKS}/mix/{{mixture}}.tsv"
    wildcard_constraints:
        mixture=any_of(PLAN.recipes),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("mix.py"),
        recipe=ASK.recipe,
        prompt=ASK.prompt,
    script:
        "../workflow/scripts/mix.py"


rule admit_mixture:
    """Pass on what is taught of a training set that exists already: all its rows, or those that do not leak."""
    input:
        imported=f"{RESULTS}/imported/{{mixture}}.jsonl",
        overlap=ASK.kept_of,
    output:
        mixture=f"{RESULTS}/mixtures/{{mixture}}.jsonl",
        counts=f"{RESULTS}/mixtures/{{mixture}}.counts.json",
    log:
        f"{LOGS}/admit_mixture/{{mixture}}.log",
    benchmark:
        f"{BENCHMARKS}/admit_mixture/{{mixture}}.tsv"
    wildcard_constraints:
        mixture=any_of(PLAN.ready),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("admit_mixture.py"),
        prompt=ASK.prompt,
        removing=EXPERIMENT.teaching.leakage.policy == "remove",
    script:
        "../workflow/scripts/admit_mixture.py"

"""The miniature world: tiny models and generated problems. Nothing here knows of the method, nor the method of this."""


rule make_problems:
    """Generate a problem set; splits are disjoint by construction."""
    output:
        problems=f"{RESULTS}/world/problems/{{problems}}.jsonl",
    log:
        f"{LOGS}/make_problems/{{problems}}.log",
    benchmark:
        f"{BENCHMARKS}/make_problems/{{problems}}.tsv"
    wildcard_constraints:
        problems=any_of(EXPERIMENT.world.problems),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("make_problems.py"),
        levels=entry_of(config["world"]["problems"], "problems", "levels"),
        rows=entry_of(config["world"]["problems"], "problems", "rows"),
        split=entry_of(config["world"]["problems"], "problems", "split"),
        seed=entry_of(config["world"]["problems"], "problems", "seed"),
    script:
        "../workflow/scripts/make_problems.py"


rule make_model:
    """Train a tiny model from nothing, or on from another one."""
    input:
        parent=ASK.world_parent,
    output:
        model=directory(f"{RESULTS}/world/models/{{model}}"),
    log:
        f"{LOGS}/make_model/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/make_model/{{model}}.tsv"
    wildcard_constraints:
        model=any_of(EXPERIMENT.world.models),
    conda:
        "../envs/training.yaml"
    threads: 1
    params:
        code=code_of("make_model.py"),
        architecture=entry_of(config["world"]["models"], "model", "architecture"),
        training=entry_of(config["world"]["models"], "model", "training"),
        corpus=ASK.world_corpus,
        seed=entry_of(config["world"]["models"], "model", "seed"),
    script:
        "../workflow/scripts/make_model.py"

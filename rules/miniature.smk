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
        levels=lookup(dpath="{problems}/levels", within=config["world"]["problems"]),
        rows=lookup(dpath="{problems}/rows", within=config["world"]["problems"]),
        split=lookup(dpath="{problems}/split", within=config["world"]["problems"]),
        seed=lookup(dpath="{problems}/seed", within=config["world"]["problems"]),
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
        architecture=lookup(dpath="{model}/architecture", within=config["world"]["models"]),
        training=lookup(dpath="{model}/training", within=config["world"]["models"]),
        corpus=ASK.world_corpus,
        seed=lookup(dpath="{model}/seed", within=config["world"]["models"]),
    script:
        "../workflow/scripts/make_model.py"

"""Trained students on the Hugging Face hub: asked for by ``snakemake push``, part of no other target."""


rule push:
    """Publish all trained students, each with its scores."""
    input:
        expand(f"{RESULTS}/published/{{student}}/{{mixture}}/{{seed}}.json", zip, **ASK.trained_cells()),


rule publish:
    """Publish one trained student: its model or adapter, tokenizer, loss curve, and a card with its scores."""
    input:
        model=rules.sft.output.model,
        scores=f"{RESULTS}/scores/{{student}}.parquet",
    output:
        published=f"{RESULTS}/published/{{student}}/{{mixture}}/{{seed}}.json",
    log:
        f"{LOGS}/publish/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/publish/{{student}}/{{mixture}}/{{seed}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.trained),
        mixture=any_of(PLAN.recipes),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("publish.py"),
        repository=ASK.repository,
        private=EXPERIMENT.publish.private if EXPERIMENT.publish else True,
        mixture="{mixture}",
        seed="{seed}",
    script:
        "../workflow/scripts/publish.py"

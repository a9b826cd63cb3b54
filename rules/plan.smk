"""What it will cost: `snakemake plan`, a target of its own that nothing depends on."""


rule plan:
    """Estimate jobs, GPU-hours, wall time, tokens and disk.

    Its files are params: a rule without outputs, of which a benchmark would be one, runs whenever it is asked for.
    """
    log:
        f"{LOGS}/plan/plan.log",
    conda:
        "../envs/driver.yaml"
    resources:
        gpu_model="H100",
    params:
        code=code_of("plan.py"),
        plan=f"{RESULTS}/plan",
        last=f"{SCRATCH}/plan.json",
        experiment=EXPERIMENT.model_dump(mode="json", exclude_unset=True),
        gpu=lambda wildcards, resources: resources.gpu_model,
    script:
        "../workflow/scripts/plan.py"

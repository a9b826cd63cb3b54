"""From answers to scores: the rule's verdict, the judge's, and one table of rows per student (paper, section 2)."""


rule mark:
    """Extract the final answer of each completion and compare it with the reference answer."""
    input:
        problems=ASK.tests,
        answers=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.jsonl",
    output:
        marks=f"{RESULTS}/marks/{{student}}/{{mixture}}/{{seed}}.jsonl",
        counts=f"{RESULTS}/marks/{{student}}/{{mixture}}/{{seed}}.counts.json",
    log:
        f"{LOGS}/mark/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/mark/{{student}}/{{mixture}}/{{seed}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("mark.py"),
        policies={name: entry.answer for name, entry in EXPERIMENT.benchmarks.items()},
    script:
        "../workflow/scripts/mark.py"


rule judge:
    """Second opinion on rejected answers; an experiment without a judge records how many nobody was asked about."""
    input:
        problems=ASK.tests,
        marks=ASK.cell_files("marks"),
        model=ASK.judge_weights,
    output:
        verdicts=f"{RESULTS}/verdicts/{{student}}.jsonl",
        counts=f"{RESULTS}/verdicts/{{student}}.counts.json",
    log:
        f"{LOGS}/judge/{{student}}.log",
    benchmark:
        f"{BENCHMARKS}/judge/{{student}}.tsv"
    conda:
        "../envs/inference.yaml"
    threads: ASK.threads("judge")
    resources:
        gpu=ASK.resource("judge", "gpu"),
        nodes=ASK.resource("judge", "nodes"),
        gres=ASK.gres("judge"),
        mem_mb=ASK.resource("judge", "mem_mb"),
        runtime=ASK.resource("judge", "runtime"),
        requests=ASK.resource("judge", "requests"),
    params:
        code=code_of("judge.py"),
        benchmarks=list(EXPERIMENT.benchmarks),
        student="{student}",
        judge=ASK.judge,
        engine=ASK.judge_engine,
        journal=f"{SCRATCH}/judge/{{student}}.jsonl",
    script:
        "../workflow/scripts/judge.py"


rule regrade:
    """Grade answers in the ways of others: the released string rule, and math-verify on the whole completion."""
    input:
        problems=ASK.tests,
        answers=ASK.graded_files,
    output:
        grades=f"{RESULTS}/grades/{{student}}.parquet",
        counts=f"{RESULTS}/grades/{{student}}.counts.json",
    log:
        f"{LOGS}/regrade/{{student}}.log",
    benchmark:
        f"{BENCHMARKS}/regrade/{{student}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("regrade.py"),
        cells=ASK.graded_cells,
        policies={name: entry.answer for name, entry in EXPERIMENT.benchmarks.items()},
    script:
        "../workflow/scripts/regrade.py"


rule score:
    """One row per mixture, seed, benchmark, problem and sample: everything shown is an aggregation of these."""
    input:
        marks=ASK.cell_files("marks"),
        verdicts=f"{RESULTS}/verdicts/{{student}}.jsonl",
        overlap=ASK.overlap,
        taught=ASK.taught_rows,
        overlaps=ASK.taught_overlaps,
    output:
        scores=f"{RESULTS}/scores/{{student}}.parquet",
        counts=f"{RESULTS}/scores/{{student}}.counts.json",
    log:
        f"{LOGS}/score/{{student}}.log",
    benchmark:
        f"{BENCHMARKS}/score/{{student}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("score.py"),
        cells=ASK.cells,
        known=ASK.taught_mixtures,
    script:
        "../workflow/scripts/score.py"


rule export_released:
    """The three files per task that the released judging script leaves; on request, no table needs them."""
    input:
        problems=ASK.tests,
        marks=f"{RESULTS}/marks/{{student}}/{{mixture}}/{{seed}}.jsonl",
        verdicts=f"{RESULTS}/verdicts/{{student}}.jsonl",
    output:
        released=directory(f"{RESULTS}/released/{{student}}/{{mixture}}/{{seed}}"),
    log:
        f"{LOGS}/export_released/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/export_released/{{student}}/{{mixture}}/{{seed}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("export_released.py"),
        tasks={name: entry.tasks for name, entry in EXPERIMENT.benchmarks.items()},
    script:
        "../workflow/scripts/export_released.py"

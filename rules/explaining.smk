"""What else explains a gap: parts of the problems, how answers ended, what was taught, several answers."""


rule slices_table:
    """A gap on parts of the problems: by benchmark, level, subject, and length of the answers."""
    input:
        scores=ASK.scores,
        problems=ASK.tests,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/slices_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/slices_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/slices_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("slices")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("slices_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/slices_table.py"


rule endings_table:
    """How answers ended, and what the average would be if all that ended badly were wrong, or right."""
    input:
        scores=ASK.scores,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/endings_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/endings_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/endings_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("endings")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("endings_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/endings_table.py"


rule training_table:
    """What students were trained on: rows, cut rows, tokens and lengths of each arm."""
    input:
        reports=ASK.reports,
        kept=ASK.kept_counts,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/training_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/training_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/training_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("training")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("training_table.py"),
        look=ASK.look,
        cells=ASK.runs_of,
    script:
        "../workflow/scripts/training_table.py"


rule samples_table:
    """Several answers to each problem: pass@k and maj@k, a row per student and mixture."""
    input:
        scores=ASK.scores,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/samples_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/samples_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/samples_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("samples")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("samples_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/samples_table.py"

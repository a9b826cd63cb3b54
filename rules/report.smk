"""The report: a page to read the findings and to look behind every number, with its rows in side files."""


rule report_rows:
    """A student's answers as side files: an index of each arm, and its completions."""
    input:
        scores=f"{RESULTS}/scores/{{student}}.parquet",
        answers=ASK.cell_files("answers"),
    output:
        rows=directory(f"{RESULTS}/report/rows/{{student}}"),
        texts=directory(f"{RESULTS}/report/texts/{{student}}"),
    log:
        f"{LOGS}/report_rows/{{student}}.log",
    benchmark:
        f"{BENCHMARKS}/report_rows/{{student}}.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("report_rows.py"),
        cells=ASK.cells,
    script:
        "../workflow/scripts/report_rows.py"


rule report_problems:
    """Problems and training rows as side files."""
    input:
        problems=ASK.tests,
        mixtures=expand(f"{RESULTS}/mixtures/{{mixture}}.jsonl", mixture=PLAN.mixed()),
    output:
        tested=directory(f"{RESULTS}/report/problems"),
        taught=directory(f"{RESULTS}/report/training"),
    log:
        f"{LOGS}/report_problems/report_problems.log",
    benchmark:
        f"{BENCHMARKS}/report_problems/report_problems.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("report_problems.py"),
        benchmarks=list(EXPERIMENT.benchmarks),
    script:
        "../workflow/scripts/report_problems.py"


rule report_page:
    """One page with findings, tables and figures, which opens from a file."""
    input:
        tables=expand(f"{RESULTS}/tables/{{table}}.html", table=EXPERIMENT.tables),
        numbers=expand(f"{RESULTS}/tables/{{table}}.csv", table=EXPERIMENT.tables),
        figures=expand(f"{RESULTS}/figures/{{figure}}.png", figure=EXPERIMENT.figures),
        rows=expand(f"{RESULTS}/report/rows/{{student}}", student=PLAN.by_student),
        problems=f"{RESULTS}/report/problems",
        training=f"{RESULTS}/report/training",
    output:
        page=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report_page/report_page.log",
    benchmark:
        f"{BENCHMARKS}/report_page/report_page.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("report_page.py"),
        about=ASK.about,
        assets=ASK.assets,
    script:
        "../workflow/scripts/report_page.py"


rule archive:
    """What the tables rest on in one file, from which they can be made again offline; on request."""
    input:
        inputs=ASK.archived,
        tables=rules.tables.input,
        figures=rules.figures.input,
    output:
        archive=f"{RESULTS}/archive.zip",
    log:
        f"{LOGS}/archive/archive.log",
    benchmark:
        f"{BENCHMARKS}/archive/archive.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("archive.py"),
        recipes=ASK.table_recipes,
        about=ASK.about,
    script:
        "../workflow/scripts/archive.py"

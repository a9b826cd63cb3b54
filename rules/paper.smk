"""From scores to what the paper shows: Tables 1 to 3, Figures 2 to 6. Which students and mixtures, the config says."""

TABLE_FORMATS, FIGURE_FORMATS = ("csv", "md", "html", "tex"), ("pdf", "svg", "png")


rule gap_table:
    """Averages of two mixtures and their gap, a row per student (Tables 1 and 2)."""
    input:
        scores=ASK.scores,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/gap_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/gap_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/gap_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("gap")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("gap_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/gap_table.py"


rule methods_table:
    """Every benchmark and the average, a row per student and mixture (Table 3)."""
    input:
        scores=ASK.scores,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/methods_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/methods_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/methods_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("methods")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("methods_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/methods_table.py"


rule graders_table:
    """The same answers under every grader, and the conclusions that change with it."""
    input:
        scores=ASK.scores,
        grades=ASK.grades,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/graders_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/graders_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/graders_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("graders")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("graders_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/graders_table.py"


rule judge_table:
    """How far the judge can be trusted, on answers whose truth is known, and what it changed in the scores."""
    input:
        scores=ASK.scores,
        verdicts=ASK.verdicts,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/judge_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/judge_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/judge_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("judge-audit")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("judge_table.py"),
        look=ASK.look,
        judge=ASK.judge_title,
    script:
        "../workflow/scripts/judge_table.py"


rule size_figure:
    """A gap against the students' size, a line per family (Figures 2 and 3)."""
    input:
        scores=ASK.scores,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../workflow/report/size_figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/size_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/size_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=any_of(ASK.of_kind("gap-by-size")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("size_figure.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/size_figure.py"


rule variants_figure:
    """Gaps of students and of their variants, side by side (Figures 4 and 5)."""
    input:
        scores=ASK.scores,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../workflow/report/variants_figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/variants_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/variants_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=any_of(ASK.of_kind("variants")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("variants_figure.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/variants_figure.py"


rule sweep_figure:
    """Average against the weight of one teacher in the mixture (Figure 6)."""
    input:
        scores=ASK.scores,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../workflow/report/sweep_figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/sweep_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/sweep_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=any_of(ASK.of_kind("sweep")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("sweep_figure.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/sweep_figure.py"


rule paper_figures:
    """The paper's Tables 1-3 and Figures 2 and 3, from the printed numbers alone: `snakemake paper_figures`."""
    output:
        tables=expand("results/printed/table{number}.{format}", number=(1, 2, 3), format=TABLE_FORMATS),
        figures=expand("results/printed/figure{number}.{format}", number=(2, 3), format=FIGURE_FORMATS),
    log:
        "results/printed/paper_figures.log",
    benchmark:
        "results/printed/paper_figures.tsv"
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("paper_figures.py"),
        looks=ASK.of_paper,
    script:
        "../workflow/scripts/paper_figures.py"


rule tables:
    """All tables."""
    input:
        expand(f"{RESULTS}/tables/{{table}}.{{format}}", table=EXPERIMENT.tables, format=TABLE_FORMATS),


rule figures:
    """All figures."""
    input:
        expand(f"{RESULTS}/figures/{{figure}}.{{format}}", figure=EXPERIMENT.figures, format=FIGURE_FORMATS),

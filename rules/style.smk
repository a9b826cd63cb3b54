"""How a student writes: what fine-tuning has made more likely, and one problem answered by several models."""


rule rank_shift:
    """Ranks, under the student as it came, of the tokens that the trained student writes (paper, Figure 8)."""
    input:
        problems=ASK.tests,
        answers=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.jsonl",
        base=ASK.base_weights,
    output:
        shifts=f"{RESULTS}/shifts/{{student}}/{{mixture}}/{{seed}}-{{number}}.jsonl",
        counts=f"{RESULTS}/shifts/{{student}}/{{mixture}}/{{seed}}-{{number}}.counts.json",
    log:
        f"{LOGS}/rank_shift/{{student}}/{{mixture}}/{{seed}}-{{number}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_shift/{{student}}/{{mixture}}/{{seed}}-{{number}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.answering),
        number=r"\d+",
    conda:
        "../envs/inference.yaml"
    threads: ASK.threads("rank_shift")
    resources:
        gpu=ASK.resource("rank_shift", "gpu"),
        nodes=ASK.resource("rank_shift", "nodes"),
        gres=ASK.gres("rank_shift"),
        mem_mb=ASK.resource("rank_shift", "mem_mb"),
        runtime=ASK.resource("rank_shift", "runtime"),
    params:
        code=code_of("rank_shift.py"),
        benchmarks=ASK.questions,
        number="{number}",
        engine=ASK.engine,
    script:
        "../workflow/scripts/rank_shift.py"


rule rank_shift_table:
    """The tokens that fine-tuning has made much more likely."""
    input:
        shifts=ASK.shifts,
    output:
        csv=f"{RESULTS}/tables/{{table}}.csv",
        md=f"{RESULTS}/tables/{{table}}.md",
        html=report(
            f"{RESULTS}/tables/{{table}}.html",
            caption="../workflow/report/rank_shift_table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        tex=f"{RESULTS}/tables/{{table}}.tex",
    log:
        f"{LOGS}/rank_shift_table/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_shift_table/{{table}}.tsv"
    wildcard_constraints:
        table=any_of(ASK.of_kind("rank-shift", "tables")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("rank_shift_table.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/rank_shift_table.py"


rule rank_shift_figure:
    """The tokens that fine-tuning has made much more likely, as bars (Figure 8)."""
    input:
        shifts=ASK.shifts,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../workflow/report/rank_shift_figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/rank_shift_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_shift_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=any_of(ASK.of_kind("rank-shift", "figures")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("rank_shift_figure.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/rank_shift_figure.py"


rule example_figure:
    """One problem, and what a student answers after training on each of several mixtures (Figure 7)."""
    input:
        problems=ASK.tests,
        scores=ASK.scores,
        answers=ASK.exemplary,
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../workflow/report/example_figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/example_figure/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/example_figure/{{figure}}.tsv"
    wildcard_constraints:
        figure=any_of(ASK.of_kind("example")),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("example_figure.py"),
        look=ASK.look,
    script:
        "../workflow/scripts/example_figure.py"

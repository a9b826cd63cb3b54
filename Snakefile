from snakemake.utils import min_version

min_version("9.27")


# One experiment is in force: a --configfile replaces this default instead of being merged into it.
if not workflow.overwrite_configfiles:

    configfile: Path(workflow.basedir) / "config" / "miniature.yaml"


report: "workflow/report/workflow.rst"


include: "rules/common.smk"
include: "rules/hub.smk"
include: "rules/miniature.smk"
include: "rules/teachers.smk"
include: "rules/proof.smk"
include: "rules/students.smk"
include: "rules/evaluation.smk"
include: "rules/paper.smk"
include: "rules/explaining.smk"
include: "rules/style.smk"
include: "rules/report.smk"
include: "rules/publishing.smk"
include: "rules/plan.smk"


onsuccess:
    heads.tidy(workflow, Path(SCRATCH))


onerror:
    heads.sum_up(workflow, logger)


localrules:
    all,
    tables,
    figures,
    paper_figures,
    archive,
    check_hub,
    fetch,
    publish,
    push,
    plan,


rule all:
    """Every table and figure of the experiment, and the answers they rest on.

    Answers are named so that a deleted one is made again. Models are not: they may be deleted to free space.
    """
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        rules.report_page.output,
        rules.screen.output,
        ASK.to_prove(),
        expand(rules.answer.output.answers, zip, **ASK.all_cells()),

from snakemake.utils import min_version

min_version("9.27")


# One experiment is in force: a --configfile replaces this default instead of being merged into it.
if not workflow.overwrite_configfiles:

    configfile: Path(workflow.basedir) / "config" / "miniature.yaml"


include: "rules/common.smk"
include: "rules/miniature.smk"
include: "rules/teachers.smk"
include: "rules/students.smk"
include: "rules/evaluation.smk"
include: "rules/paper.smk"


localrules:
    all,
    tables,
    figures,


rule all:
    """Every table and figure of the experiment."""
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        f"{RESULTS}/problems/overlap.json",

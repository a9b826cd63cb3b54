"""The experiment in force, where its results lie, and the names that wildcards may take."""

import atexit
import gc
import os
import sys
from pathlib import Path

gc.set_threshold(100_000)  # plans are many small objects that all stay: to look for cycles takes an eighth of the time

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.exceptions import MissingRuleException, WorkflowError
from snakemake.logging import logger
from snakemake.utils import update_config

from mixdistill.names import AGAIN, UNTRAINED
from mixdistill.config.command_line import typed, unknown_target
from mixdistill.config.faults import experiment
from mixdistill.config.files import kept
from mixdistill import asked, hardware, heads, servers, workflow_report
from mixdistill.digest import code_of
from mixdistill.errors import UserError
from mixdistill.escaping import rst_throughout
from mixdistill.plan import Plan
from mixdistill.rulebook import Rulebook
from mixdistill.rulebook.patterns import any_of
from mixdistill.terms import warnings

try:
    FILES = [Path(file) for file in workflow.overwrite_configfiles or workflow.configfiles]
    update_config(config, typed(workflow.config_settings.config_args or ()))
    GIVEN = {key: config[key] for key in workflow.config_settings.config}
    EXPERIMENT = experiment(config, ", ".join(map(str, FILES)), FILES, GIVEN)
except UserError as error:
    sys.exit(f"the experiment file has faults; nothing was run\n{error}")

config.clear()
config.update(EXPERIMENT.model_dump(mode="json"))
config["rst"] = rst_throughout(dict(config))  # what the report's description quotes
PLAN = Plan(EXPERIMENT)
if workflow.is_main_process:
    for warning in warnings(PLAN):
        logger.warning(f"not on equal terms in {warning}")
    for key in PLAN.unread():
        logger.warning(f"{key}: in no table or figure, so nothing reads this")
try:
    ASK = Rulebook(PLAN, hardware.here(workflow.resource_settings))
    ASK.require_fitting()
except UserError as error:
    sys.exit(f"nothing was run\n{error}")
RESULTS = ASK.results
LOGS, BENCHMARKS, SCRATCH = f"{RESULTS}/logs", f"{RESULTS}/benchmarks", f"{RESULTS}/scratch"


def code_apart(script):
    """The digest of a script as a param that Snakemake does not compare: it takes this for a function of the output."""
    return lambda wildcards, output: code_of(script)


def entry_of(section, wildcard, key):
    """Return a function of wildcards: what an entry has under a key. ``lookup`` searches the whole section each time."""
    return lambda wildcards: section[wildcards[wildcard]][key]


wildcard_constraints:
    set=any_of(EXPERIMENT.problems),
    teacher=any_of(EXPERIMENT.teachers),
    shard=r"\d+",
    mixture=any_of([UNTRAINED, *PLAN.recipes, *PLAN.ready, *(f"{name}{AGAIN}" for _, name in PLAN.asked_again())]),
    student=any_of(EXPERIMENT.students),
    seed=r"\d+",


def build_dag(build=workflow._build_dag):
    """Look for what an earlier run has left, then plan; Snakemake has no hook of its own before it plans."""
    executes = workflow.executor_plugin is not None and not workflow.dryrun and not workflow.touch
    if executes:
        try:
            heads.prepare(workflow, logger)
            if workflow.overwrite_configfiles:  # jobs on other machines read them again, as templates, if they are
                workflow.config_settings.configfiles = kept(FILES, Path(".snakemake", "experiments"))
        except UserError as error:
            raise WorkflowError(str(error)) from None
    elif workflow.dryrun and workflow.resource_settings.nodes is not None:
        atexit.register(lambda: print(*asked.page(workflow.dag), sep="\n"))
    try:
        build()
    except MissingRuleException as error:
        names = [*(rule.name for rule in workflow.rules if not rule.has_wildcards()), *ASK.targets()]
        sys.exit(unknown_target(str(error), names))
    if executes or workflow.dryrun:
        try:
            refused = servers.not_allowed(workflow.dag.needrun_jobs())
        except UserError as error:
            refused = [str(error)]
        if refused and executes:
            sys.exit("\n".join([*refused, "nothing was run"]))
        for line in refused:
            logger.warning(line)
        too_large = list(ASK.too_large()) if ASK.hardware.without_gpu else []
        if too_large and any(job.resources.get("gpu") for job in workflow.dag.needrun_jobs()):
            if executes and os.environ.get("DS_ACCELERATOR") != "cpu":
                sys.exit("\n".join([*too_large, "nothing was run"]))
            for line in too_large:
                logger.warning(line)


if workflow.is_main_process:
    workflow_report.guard()
    workflow._build_dag = build_dag

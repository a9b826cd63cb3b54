"""Plans in an empty directory: the one place that touches Snakemake's internals (pinned: 9.27.1)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]


@contextmanager
def elsewhere() -> Iterator[None]:
    """Come back to the present directory: Snakemake changes it and never returns."""
    here = Path.cwd()
    try:
        yield
    finally:
        os.chdir(here)


def jobs(
    workdir: Path,
    configfile: Path | Iterable[Path] = (),
    snakefile: Path | None = None,
    force: bool = True,
    targets: Iterable[str] = ("all",),
) -> list[Any]:
    """Jobs of the plan, all of them (``force``) or those that would run."""
    from snakemake.api import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.settings.types import Quietness, RerunTrigger

    triggers = frozenset({RerunTrigger.MTIME, RerunTrigger.PARAMS, RerunTrigger.INPUT, RerunTrigger.SOFTWARE_ENV})
    with elsewhere(), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[configfile] if isinstance(configfile, Path) else [*configfile]),
            snakefile=snakefile or REPO / "Snakefile",
            workdir=workdir,
        )
        dag = workflow.dag(DAGSettings(targets=set(targets), rerun_triggers=triggers, forceall=force))
        inner = dag.workflow_api._workflow
        inner._prepare_dag(forceall=force, ignore_incomplete=True, lock_warn_only=False)
        inner._build_dag()
        return list(inner.dag.jobs) if force else list(inner.dag.needrun_jobs())


def planned(folder: Path, configfile: Path) -> list[str]:
    """Rule and wildcards of each job that a copy of the workflow would run; in a process that imports the copy's code."""
    command = [sys.executable, __file__, str(folder), str(configfile)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    return sorted(json.loads(shown.stdout.splitlines()[-1]))


def copy_of_the_workflow(folder: Path) -> Path:
    """A copy whose code may be edited; returns its Snakefile."""
    for name in ("rules", "workflow", "config", "envs", "profiles"):
        shutil.copytree(REPO / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    return Path(shutil.copy(REPO / "Snakefile", folder / "Snakefile"))


if __name__ == "__main__":
    workflow_copy, experiment = map(Path, sys.argv[1:])
    found = jobs(workflow_copy, experiment, workflow_copy / "Snakefile", force=False)
    print(json.dumps([" ".join([job.rule.name, *map(str, job.wildcards)]) for job in found]))

"""What a plan asks a scheduler for: shown at the end of a dry run, before anything is sent."""

from collections import Counter
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What one job that is sent asks for, and which rules it runs how often."""

    makes: str
    gpus: int
    nodes: int
    cores: int
    memory: int
    """In MB."""
    minutes: int
    partition: str


def requests(dag: Any) -> tuple[Counter[Request], int]:
    """The requests of all jobs that would be sent, and how many jobs run beside Snakemake itself."""
    sent, here = {}, 0
    for job in dag.needrun_jobs(exclude_finished=False):
        if job.rule.group is None and (job.rule.norun or job.rule.name in dag.workflow._localrules):
            here += 1  # as Snakemake has it; in a dry run it takes every job for a local one
        else:
            unit = dag.get_job_group(job) or job
            sent[id(unit)] = unit
    return Counter(map(request, sent.values())), here


def request(unit: Any) -> Request:
    """What a job, or a group of jobs, asks for; as Snakemake's executor for Slurm says it to ``sbatch``."""
    if unit.is_group():
        rules = Counter(job.rule.name for job in unit.jobs)
        makes, asked = ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items())), together(unit)
    else:
        makes, asked = unit.rule.name, unit.resources
    gpus = asked.get("gpu") or 0
    return Request(
        makes,
        gpus,
        asked.get("nodes") or 1,
        asked.get("cpus_per_task") or (gpus * (asked.get("cpus_per_gpu") or asked["_cores"]) or asked["_cores"]),
        asked.get("mem_mb"),
        asked.get("runtime"),
        str(asked.get("slurm_partition") or ""),
    )


def together(group: Any) -> Any:
    """The resources of a group where it is sent; in a dry run Snakemake adds them up as for this machine."""
    from snakemake.resources import GroupResources  # type: ignore[import-untyped]

    return GroupResources.basic_layered(
        toposorted_jobs=group.toposorted,
        constraints=group.global_resources,
        run_local=False,
        additive_resources=["runtime"],
        sortby=["runtime"],
    )


def page(dag: Any) -> list[str]:
    """A table of what would be sent, as lines."""
    counted, here = requests(dag)
    if not counted:
        return []
    rows = [("jobs", "of", "GPUs", "nodes", "cores", "memory", "hours", "partition")]
    for one, count in sorted(counted.items(), key=lambda item: (-item[0].gpus, item[0])):
        numbers = (
            str(one.gpus),
            str(one.nodes),
            str(one.cores),
            f"{one.memory / 1000:.0f} GB",
            f"{one.minutes / 60:g}",
        )
        rows.append((str(count), one.makes, *numbers, one.partition))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    gpus = max(one.gpus for one in counted)
    return [
        "What the scheduler is asked for:",
        *table,
        f"{counted.total()} jobs are sent, of up to {gpus} GPUs each; {here} jobs run beside Snakemake.",
    ]

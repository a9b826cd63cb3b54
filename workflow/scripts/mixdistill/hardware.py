"""The machines that jobs run on, as far as a plan must know them: how much memory a GPU has, or that there is none.

A cluster's profile says it; of a single machine it is found out. Snakemake plans anew inside each job it sends: those
processes are told what the first one found (``TOLD``), since the node has other GPUs than the machine that plans.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.errors import UserError

GB = 1e9

GIGABYTES = {
    "a2": 16,
    "a10": 24,
    "a10g": 24,
    "a16": 16,
    "a30": 24,
    "a40": 48,
    "a100": 40,
    "b200": 180,
    "b300": 270,
    "gh200": 96,
    "h100": 80,
    "h200": 141,
    "h20": 96,
    "l4": 24,
    "l40": 48,
    "l40s": 48,
    "p100": 16,
    "t4": 16,
    "v100": 16,
    "a4000": 16,
    "a4500": 20,
    "a5000": 24,
    "a6000": 48,
    "3060": 12,
    "3080": 10,
    "3090": 24,
    "4060": 8,
    "4070": 12,
    "4080": 16,
    "4090": 24,
    "5080": 16,
    "5090": 32,
}
"""Memory of a GPU by the word that names it, the smallest there is of that name: data sheets of NVIDIA's."""

USUAL = 80
"""GB of a GPU that nobody has named: an A100 or H100, which the paper's experiment is planned for."""

LARGEST_ON_CPU = 2e9
"""Parameters of a model that a machine without a GPU is asked to run: larger ones would take weeks."""

DRIVER = Path("/proc/driver/nvidia/gpus")
DEVICES = (Path("/dev/kfd"), Path("/dev/dxg"))
"""Of AMD's GPUs, and of those that Windows lends to its Linux."""

TOLD = "MIXDISTILL_HARDWARE"


class Hardware(NamedTuple):
    """What jobs run on."""

    gigabytes: float = USUAL
    """Of a GPU's memory, for rules that no profile says it of."""
    by_rule: Mapping[str, float] = {}
    """Likewise, for others."""
    without_gpu: bool = False
    """Jobs run on this machine, and it has none."""
    memory: float = float("inf")
    """Bytes of this machine's memory; without limit where jobs are sent elsewhere."""
    gres: Mapping[str, str] = {}
    """The type of GPU that Slurm is asked for by ``--gres``, by rule, where a profile wants that."""
    cores: int = 1
    """Of this machine, where it has no GPU."""

    def gpu_bytes(self, rule: str) -> float:
        """Return the memory of a GPU of a rule's jobs."""
        return self.by_rule.get(rule, self.gigabytes) * GB


EVERYWHERE = Hardware()
"""What is planned for where nobody says anything."""


def gigabytes(name: str) -> float | None:
    """Return the GB of a GPU by its name, such as ``a100_80gb``, ``nvidia_l40s`` or ``NVIDIA GeForce RTX 4090``."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    stated = [float(found[1]) for word in words if (found := re.fullmatch(r"(\d+)gb", word))]
    known = [
        GIGABYTES[key]
        for word in words
        for key in (word, word.lstrip("abcdefghijklmnopqrstuvwxyz"))
        if key in GIGABYTES
    ]
    if stated and "gh200" not in words:  # whose names state the memory of its processor
        return min(stated) or None  # a share of a GPU (MIG) states that of the whole first
    return float(known[0]) if known else None


def as_words(resources: Mapping[str, Any]) -> dict[str, str]:
    """Return what a profile says of resources, as it is written there, without quotation marks."""
    return {name: str(getattr(resources[name], "raw", resources[name])).strip("'\" ") for name in resources}


def by_profile(resources: Mapping[str, Any], rule: str) -> float | None:
    """Return the GB of a GPU that a profile gives a rule: as ``gpu_gb``, or by its name (``gpu_model``, ``gpu_gres``).

    Raises:
        UserError: the name says nothing, or the number is none.
    """
    said = as_words(resources)
    if "gpu_gb" in said:
        if not re.fullmatch(r"\d+(\.\d+)?", said["gpu_gb"]) or not 1 <= float(said["gpu_gb"]) <= 10_000:
            raise UserError(f"{rule}: gpu_gb: {said['gpu_gb']}: must be the GB of a GPU's memory, a number")
        return float(said["gpu_gb"])
    name = next((key for key in ("gpu_model", "gpu_gres") if key in said), None)
    if name is None:
        return None
    known = gigabytes(said[name])
    if known is None:
        raise UserError(f"{rule}: {name}: {said[name]}: its memory is not known here; say it beside: gpu_gb: 80")
    return known


def of_profiles(overwritten: Mapping[str, Mapping[str, Any]], default: Mapping[str, Any]) -> Hardware:
    """Return the hardware that profiles and ``--set-resources`` describe, by rule."""
    every = by_profile(default, "default-resources") or USUAL
    found = {rule: by_profile(resources, rule) for rule, resources in overwritten.items() if rule != "plan"}
    gres = {rule: words["gpu_gres"] for rule in overwritten if "gpu_gres" in (words := as_words(overwritten[rule]))}
    return Hardware(every, {rule: size for rule, size in found.items() if size is not None}, gres=gres)


def of_this_machine() -> Hardware:
    """Return the hardware of this machine; no library is loaded and no program started for it."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1"):
        return Hardware(without_gpu=True, memory=memory(), cores=os.cpu_count() or 1)
    cards = sorted(DRIVER.glob("*/information")) if DRIVER.is_dir() else []
    sizes = [gigabytes(line) for card in cards for line in card.read_text().splitlines() if line.startswith("Model:")]
    known = [size for size in sizes if size is not None]
    if cards or visible is not None or any(device.exists() for device in DEVICES):
        return Hardware(min(known, default=USUAL))
    return Hardware(without_gpu=True, memory=memory(), cores=os.cpu_count() or 1)


def memory() -> float:
    """Return the bytes of memory of this machine, or of the container or job that this process is in."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # not Linux, or no limit
        pass
    return float(total)


def told(found: Hardware) -> None:
    """Tell the processes of this run's jobs what was found."""
    os.environ[TOLD] = json.dumps(
        {
            **found._asdict(),
            "by_rule": dict(found.by_rule),
            "gres": dict(found.gres),
            "memory": min(found.memory, sys.maxsize),
        }
    )


def as_told() -> Hardware | None:
    """Return what the process that started this run has found; None in that process itself."""
    said = os.environ.get(TOLD)
    if not said:
        return None
    try:
        found = Hardware(**json.loads(said))
        float(found.gigabytes), float(found.memory), int(found.cores)
        {rule: float(size) for rule, size in found.by_rule.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{TOLD}={said[:100]}: Snakemake tells this its jobs, and no shell should: unset it") from error
    return found


def here(settings: Any) -> Hardware:
    """Return what jobs run on.

    Args:
        settings: Snakemake's settings of resources.

    Raises:
        UserError: a profile says what is not known.
    """
    before = as_told()
    if before:
        return before
    overwritten, default = settings.overwrite_resources, dict((settings.default_resources or {}).items())
    found = of_profiles(overwritten, default)
    if settings.nodes is None:  # this machine runs the jobs
        own = of_this_machine()
        named = found.gigabytes != USUAL
        found = own._replace(
            by_rule=found.by_rule, gres=found.gres, gigabytes=found.gigabytes if named else own.gigabytes
        )
    told(found)
    return found

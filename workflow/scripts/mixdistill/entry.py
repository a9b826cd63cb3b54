"""One entry for every script: under Snakemake, under a launcher, or typed by hand."""

import argparse
import errno
import hashlib
import importlib
import inspect
import json
import os
import resource
import sys
import time
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from mixdistill import caches, launch, slurm, stopping
from mixdistill.devices import claim
from mixdistill.errors import UserError
from mixdistill.lease import LEASES, Lease, who
from mixdistill.terminal import visible

Main = Callable[..., None]

FROM_THE_MACHINE = {"gpus": "gpu", "nodes": "nodes", "concurrency": "requests"}
"""Argument of a ``main`` to the job's resource that it is: a matter of the machine, so no param."""

NO_PLACE = {
    errno.ENOSPC: "make room, then repeat the command",
    errno.EDQUOT: "make room in your quota, then repeat the command",
    errno.EROFS: "results and .snakemake must be writable",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "give yourself the right to read it, and to write below results"),
    **dict.fromkeys((errno.EISDIR, errno.ENOTDIR, errno.EEXIST), "name a path where nothing else lies"),
}
"""Why something cannot be written or read, and what to do."""

UNTOLD = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "VLLM_NO_USAGE_STATS": "1"}
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def run(main: Main, warm: bool = False, online: bool = False, aloud: bool = False) -> None:
    """Call ``main`` with the rule's named files and params, or with flags of the same names.

    A ``UserError`` ends the job with its one line; anything else is a defect and keeps its trace. Libraries read the
    variables of ``OFFLINE`` when they are imported, which no script does before its ``main``.

    Args:
        main: the script's function.
        warm: a job of this script is worth a warm start (``mixdistill.warm``), if that is switched on.
        online: this script may ask the Hugging Face hub; all others work with what was fetched.
        aloud: what a job of this script prints is for whoever started it; only errors go to the log.
    """
    os.environ.update(UNTOLD if online else UNTOLD | OFFLINE)
    try:
        caches.keep_private()
    except UserError as error:
        sys.exit(f"error: {error}")
    job = getattr(sys.modules["__main__"], "snakemake", None)
    if job is not None or not os.isatty(0):
        ask_nobody()
    if job is None:
        sys.exit(called(main, vars(parser(main).parse_args())))
    try:
        held = alone(list(job.output), job.log[0] if job.log else "")
    except UserError as error:
        sys.exit(f"error: {error}")
    try:
        if job.log:
            redirect(job.log[0], *([sys.stderr] if aloud else [sys.stdout, sys.stderr]))
        given = arguments(main, job)
        code = asked(given) if warm and shares_a_machine() else None
        if code is None:
            code = called(main, given)
            print_use(sys.stderr if aloud else sys.stdout)
    finally:
        held.release()
    sys.exit(code)


def ask_nobody() -> None:
    """Give no answers: a library that asks whether it may do something must not take what is piped in for one."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing:
        os.dup2(nothing, 0)
        os.close(nothing)


def shares_a_machine() -> bool:
    """Tell whether a warm start is wanted and makes sense: a server in one of Slurm's jobs would end with that job.

    Only Linux tells both ends whose process the other is.
    """
    return os.environ.get("MIXDISTILL_WARM") == "1" and "SLURM_JOB_ID" not in os.environ and sys.platform == "linux"


def alone(outputs: list[str], log: str) -> Lease:
    """The lease of a job's outputs; whoever makes them too, a job whose Snakemake was killed, is waited for.

    Raises:
        UserError: a lease that nobody holds cannot be removed.
    """
    name = hashlib.sha256("\n".join(sorted(outputs)).encode()).hexdigest()[:20]
    held, said = Lease(LEASES / name, makes=outputs[0] if outputs else "", log=log), ""
    while (holder := held.take()) is not None:
        job = f", Slurm's job {holder['job']}" if holder["job"] else ""
        line = f"waiting: {who(holder)}{job}, since {holder['since']} makes {outputs[0]}"
        if line != said:
            said = line
            print(visible(line), file=sys.stderr, flush=True)
        time.sleep(1)
    return held


def called(main: Main, given: dict[str, Any]) -> int:
    """Call ``main``, on GPUs of its own if it has any; returns the exit code of the job."""
    stopping.listen()
    try:
        if given.get("gpus") and not launch.is_rank():
            claim(given["gpus"] // given.get("nodes", 1))
        main(**given)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except stopping.Stopped as stopped:
        print("stopped on request; what is done is kept, and the same command continues", file=sys.stderr, flush=True)
        if launch.rank() == 0 and stopping.advanced() and slurm.time_is_over():
            print("the time of this job is over: it goes back into Slurm's queue", file=sys.stderr, flush=True)
            slurm.put_back(os.environ["SLURM_JOB_ID"])
        return int(stopped.code or 0)
    except OSError as error:
        if error.errno not in NO_PLACE:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(
            visible(f"error: {where}{error.strerror}; {NO_PLACE[error.errno]}. What is done is kept."), file=sys.stderr
        )
        return 1
    return 0


def asked(given: dict[str, Any]) -> int | None:
    """Let the warm server run this script; None if there is none to be had, or none that can be trusted."""
    from mixdistill import warm

    script = str(Path(sys.modules["__main__"].__file__ or "").resolve())
    here = {"directory": str(Path.cwd()), "environment": dict(os.environ), "script": script}
    try:
        return warm.ask({**here, "arguments": given})
    except UserError as error:
        print(f"no warm start: {error}", file=sys.stderr, flush=True)
        return None


def called_warm(script: str, given: dict[str, Any]) -> int:
    """Call a script's ``main`` in a process of the warm server, with arguments that went through JSON."""
    main = importlib.import_module(script).main
    hints = typing.get_type_hints(main)
    code = called(main, {name: typed(value, hints.get(name)) for name, value in given.items()})
    print_use(sys.stdout)
    return code


def print_use(log: TextIO) -> None:
    """Last line of a job's log: what it took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"used: {used.ru_utime + used.ru_stime:.2f} s CPU, {used.ru_maxrss // 1024} MiB", file=log, flush=True)


def arguments(main: Main, job: Any) -> dict[str, Any]:
    """Map a job to keyword arguments; ``code`` is provenance, not an argument."""
    given = {**dict(job.input), **dict(job.output), **dict(job.params)}
    given.pop("code", None)
    hints = typing.get_type_hints(main)
    given.update({name: getattr(job.resources, what) for name, what in FROM_THE_MACHINE.items() if name in hints})
    return {name: typed(value, hints.get(name)) for name, value in given.items()}


def typed(value: Any, hint: Any) -> Any:
    """Turn Snakemake's plain strings into the paths and numbers the signature asks for."""
    if hint is Path and isinstance(value, list):
        value = value[0]  # a folder, with its files behind it
    if hint in (Path, int):
        return hint(value)
    if hint == list[Path]:
        return [Path(item) for item in ([value] if isinstance(value, str) else value)]
    return value


def redirect(log: str, *streams: TextIO) -> None:
    """Send streams to the log at descriptor level: C code and children follow.

    The log is a new file: what lies there may be a link, which somebody has put there to have another file cut.
    """
    Path(log).unlink(missing_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    for stream in streams:
        stream.flush()
        os.dup2(descriptor, stream.fileno())


def parser(main: Main) -> argparse.ArgumentParser:
    """Derive the command line from the signature: paths, numbers, strings, and JSON for the rest."""
    made = argparse.ArgumentParser(description=inspect.getdoc(main), allow_abbrev=False)
    hints = typing.get_type_hints(main)
    for name, parameter in inspect.signature(main).parameters.items():
        hint = hints.get(name, str)
        required = parameter.default is parameter.empty
        plain = hint in (str, int, float, Path)
        made.add_argument(
            "--" + name.replace("_", "-"),
            type=Path if hint == list[Path] else hint if plain else json.loads,
            nargs="*" if hint == list[Path] else None,
            metavar="PATH" if hint in (Path, list[Path]) else hint.__name__.upper() if plain else "JSON",
            required=required,
            default=None if required else parameter.default,
        )
    return made

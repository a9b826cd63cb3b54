"""What a script's result depends on in code: a digest of syntax trees, so that comments and touches change nothing."""

import ast
import hashlib
import secrets
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]

NOTES = Path(".snakemake/code")
"""What is known of files by their bytes: every Snakemake reads all scripts, and a run on a cluster has two per job."""

AROUND = {
    *("entry", "launch", "lease", "slurm", "stopping", "devices", "warm", "clock"),
    *("errors", "terminal"),
    *("private", "permissions", "servers", "portable"),
    *("tensors", "completeness", "rejection", "tuning", "limits", "inside"),
}
"""Modules that start, divide and end jobs, refuse weights, settings or files, or put counts and mistakes into words: no
row and no weight depends on them, so their changes do not count."""


def code_of(script: str, apart: str = "") -> str:
    """Digest of a script and of every local module it reaches, but for those around its work.

    Args:
        script: file name under ``workflow/scripts``.
        apart: a package whose changes are not to count, with all that only it reaches.
    """
    seen: set[Path] = set()
    todo = [SCRIPTS / script]
    skipped = SCRIPTS.joinpath(*apart.split(".")) if apart else None
    while todo:
        path = todo.pop()
        around = path.stem in AROUND and path.parent.name == "mixdistill"
        if path in seen or around or (skipped and (path == skipped.with_suffix(".py") or skipped in path.parents)):
            continue
        seen.add(path)
        todo.extend(read(path)[1])
    digest = hashlib.sha256()
    for path in sorted(seen):
        digest.update(f"{path.relative_to(SCRIPTS)}\0{read(path)[0]}\0".encode())
    return digest.hexdigest()[:16]


@cache
def read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Digest of a file's syntax tree, without its docstrings, and the files under ``workflow/scripts`` it imports."""
    code = path.read_bytes()
    note = NOTES / hashlib.sha256(OWN + code).hexdigest()[:32]
    try:
        tree, *names = note.read_text().split()
    except (OSError, ValueError):
        tree, names = parsed(code)
        with suppress(OSError):  # a folder that cannot be written to
            NOTES.mkdir(parents=True, exist_ok=True)
            part = note.with_suffix(f".{secrets.token_hex(8)}")  # which nobody can have put a link at
            with part.open("x") as file:
                file.write(" ".join([tree, *names]))
            part.replace(note)
    return tree, tuple(path for name in names for path in modules(name))


def parsed(code: bytes) -> tuple[str, list[str]]:
    """Digest of the syntax tree of a file, without its docstrings, and the modules that it imports."""
    tree = ast.parse(code)
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [item for item in node.body if not is_text(item)] or [ast.Pass()]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), names


def is_text(node: ast.stmt) -> bool:
    """Tell whether a statement is a bare string, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def modules(name: str) -> tuple[Path, ...]:
    """A local module, and the packages it lies in; nothing for any other."""
    parts = name.split(".")
    stems = [SCRIPTS.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    return tuple(path for stem in stems for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file())


OWN = Path(__file__).read_bytes() + sys.version.encode()
"""What a note depends on besides a file's bytes."""

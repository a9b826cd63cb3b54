"""What a script's result depends on in code: a digest of syntax trees, so that comments and touches change nothing."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]

AROUND = {"entry", "launch", "lease", "slurm", "stopping", "devices", "warm", "clock"}
"""Modules that start, divide and end jobs: no row and no weight depends on them, so their changes do not count."""


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
    """The syntax tree of a file, without its docstrings, and the files under ``workflow/scripts`` that it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [item for item in node.body if not is_text(item)] or [ast.Pass()]
    return ast.dump(tree), tuple(found(tree))


def is_text(node: ast.stmt) -> bool:
    """Tell whether a statement is a bare string, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def found(tree: ast.AST) -> Iterator[Path]:
    """Yield the local modules that a syntax tree imports, and the packages they lie in."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for depth in range(1, len(parts) + 1):
                stem = SCRIPTS.joinpath(*parts[:depth])
                yield from (path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file())

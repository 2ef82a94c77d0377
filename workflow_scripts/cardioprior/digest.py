"""A digest of the library files that a rule uses, so that a changed module reruns what it influences.

Snakemake reruns a rule when its script or a param changes, not when a module that the script imports changes. The
digest is taken over the static import closure (imports inside functions too) of the named modules, on their syntax
trees without docstrings: comments, formatting and documentation do not count.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "cardioprior"
#: Modules that only find others by name or only describe: their importers name what they use themselves.
TRANSPARENT = {f"{PACKAGE}.registry", f"{PACKAGE}.digest"}


def module_path(module: str) -> Path | None:
    """The file of a module of this package, None if there is none (a name inside a module, or foreign)."""
    base = ROOT.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def syntax(path: Path, _changed: int) -> tuple[str, tuple[str, ...]]:
    """A module's syntax without docstrings, as text, and the dotted names that it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del node.body[0]
    return ast.dump(tree), tuple(name for name in imported if name.split(".")[0] == PACKAGE)


def closure(modules: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that importing these modules, and running all of their functions, can load."""
    waiting, seen, files = list(modules), set(), set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        path = module_path(module)
        if path is None or module in TRANSPARENT:
            continue
        files.add(path)
        waiting += syntax(path, path.stat().st_mtime_ns)[1]
    return tuple(sorted(files))


def code(*modules: str) -> str:
    """Digest of the import closure of these modules, named below the package (`models.unet_3d`)."""
    absolute = tuple(f"{PACKAGE}.{module}" for module in modules)
    for module in absolute:
        if module_path(module) is None:
            raise ValueError(f"{module} is not a module of this package")
    hasher = hashlib.sha256()
    for path in closure(absolute):
        hasher.update(str(path.relative_to(ROOT)).encode())
        hasher.update(syntax(path, path.stat().st_mtime_ns)[0].encode())
    return hasher.hexdigest()[:16]


def text(*parts: object) -> str:
    """Digest of values by their text, for configuration and lists."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode(errors="surrogateescape")).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

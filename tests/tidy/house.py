"""The files of this repository as the tidy tests see them, and what they can be asked."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Made by commands and never committed; `.gitignore` lists the same. Walking needs no git: an archive passes too.
MADE = frozenset({".git", ".venv", ".tradecoin", "node_modules", "build", "dist", "__pycache__", ".hypothesis"})


@dataclass(frozen=True)
class Source:
    """One text file: its path from the repository's root, with slashes, and what it says."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file; raise SyntaxError for anything else."""
        return ast.parse(self.text, filename=self.path)

    def is_in(self, *folders: str) -> bool:
        """Say whether it lies in one of these folders, or is one of these files."""
        return any(self.path == folder or self.path.startswith(folder.rstrip("/") + "/") for folder in folders)


@dataclass(frozen=True)
class Function:
    """One function or method: where it is, as `path::Class.name`, and how many lines it has from `def` to its last."""

    name: str
    length: int
    node: ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> tuple[Source, ...]:
    """Every text file of the repository, sorted by path; a file that is not UTF-8 is not text."""
    found = (_source(path) for path in sorted(_walk(ROOT)))
    return tuple(source for source in found if source is not None)


@cache
def python_sources(*folders: str) -> tuple[Source, ...]:
    """The Python files in these folders, or all of them."""
    return tuple(s for s in sources() if s.path.endswith(".py") and (not folders or s.is_in(*folders)))


def functions(source: Source) -> Iterator[Function]:
    """Every function of a Python file, methods and inner ones too."""
    yield from _functions(source.tree, source.path + "::")


def _functions(node: ast.AST, prefix: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{prefix}{child.name}."
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(prefix + child.name, _length(child), child)
        yield from _functions(child, inner)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in MADE or path.name.endswith(("_cache", ".egg-info")) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def _source(path: Path) -> Source | None:
    try:
        return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, FileNotFoundError):
        return None

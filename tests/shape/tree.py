"""The tree that the shape tests read: its Python modules with their syntax, and its text files."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "secureconnect"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What no person wrote, or what is made anew: not searched for words.
UNREAD_FOLDERS = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "data",
    "dist",
    "node_modules",
}
TEXT_SUFFIXES = {
    "", ".cfg", ".conf", ".css", ".csv", ".html", ".in", ".ini", ".js", ".json", ".md", ".mjs", ".py", ".service",
    ".sh", ".sql", ".svelte", ".toml", ".ts", ".txt", ".yaml", ".yml",
}  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One Python file: where it lies and what stands in it."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the root of the tree, as messages show it."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def syntax(self) -> ast.Module:
        """The file as a syntax tree."""
        return ast.parse(self.text, filename=self.name)

    @cached_property
    def lines(self) -> int:
        """How many lines the file has, blank ones and docstrings counted."""
        return len(self.text.splitlines())

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the syntax tree."""
        return list(ast.walk(self.syntax))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        return (node for node in self.nodes if isinstance(node, FUNCTIONS))

    def docstrings(self) -> Iterator[ast.Constant]:
        """The constants that are docstrings, of the module, its classes and its functions."""
        for node in self.nodes:
            if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node, clean=False):
                first = node.body[0]
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    yield first.value

    def code_lines(self) -> int:
        """Lines that hold code: no blank line, no comment, no docstring."""
        told = {n for text in self.docstrings() for n in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
        return sum(
            1
            for number, line in enumerate(self.text.splitlines(), 1)
            if number not in told and line.strip() and not line.strip().startswith("#")
        )


def expect_none(found: list[str], meaning: str = "") -> None:
    """Fail with all that was found, one a line, unless it is nothing."""
    if found:
        pytest.fail("\n".join([meaning or "found", *found]), pytrace=False)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function from `def` to its end, docstring counted, decorators not."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def modules(folder: Path) -> list[Module]:
    """The Python files under `folder`, in order; none if there is no such folder."""
    return [Module(path) for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts]


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the tree: its path from the root, and its text."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir() and not path.is_symlink():
                if path.name not in UNREAD_FOLDERS:
                    folders.append(path)
            elif path.suffix in TEXT_SUFFIXES and path.is_file() and path.name != ".coverage":
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


SOURCE = modules(PACKAGE)
TESTS = modules(ROOT / "tests")
EXAMPLES = modules(ROOT / "examples")

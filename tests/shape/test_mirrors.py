"""Each module that decides something has a test module of its own name."""

import ast
from pathlib import Path

from tests.shape.tree import FUNCTIONS, PACKAGE, ROOT, SOURCE, Module, expect_none

CODE_LINES_MAX = 40
UNIT = ROOT / "tests" / "unit"

# Modules that are proved elsewhere, each with the reason. The list stays short: five at most.
ELSEWHERE: dict[str, str] = {}


def mirror(module: Module) -> Path:
    """The unit test module that belongs to a module."""
    path = module.path.relative_to(PACKAGE)
    name = f"test_{path.parent.name or 'secureconnect'}.py" if path.stem == "__init__" else f"test_{path.name}"
    return UNIT / path.parent / name


def port_suite(module: Module) -> Path | None:
    """The conformance suite that proves an adapter, if the module is a part of one."""
    parts = module.path.relative_to(PACKAGE).parts
    return ROOT / "tests" / "ports" / f"test_{parts[1]}.py" if parts[0] == "backends" and len(parts) > 2 else None


def decides(module: Module) -> bool:
    """Whether anything happens in the module: a page of Structs or a Protocol only declares."""
    return any(
        statement
        for function in module.functions()
        for statement in function.body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ) or not any(isinstance(node, (ast.ClassDef, *FUNCTIONS)) for node in module.nodes)


def test_each_module_that_decides_has_its_own_tests() -> None:
    missing: list[str] = []
    for module in SOURCE:
        if module.code_lines() <= CODE_LINES_MAX or not decides(module) or "migrations" in module.path.parts:
            continue
        suite = port_suite(module)
        if module.name in ELSEWHERE or mirror(module).is_file() or (suite and suite.is_file()):
            continue
        wanted = [path.relative_to(ROOT).as_posix() for path in (mirror(module), suite) if path]
        missing.append(f"{module.name} needs {' or '.join(wanted)}")
    expect_none(missing)


def test_the_list_of_modules_proved_elsewhere_is_short_and_true() -> None:
    names = {module.name for module in SOURCE}
    assert len(ELSEWHERE) <= 5
    assert all(
        name in names and reason and not mirror(Module(ROOT / name)).is_file() for name, reason in ELSEWHERE.items()
    )

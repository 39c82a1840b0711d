"""Each module says what it is, is named by a noun and imports at its top."""

import ast
import re

from tests.shape.tree import EXAMPLES, FUNCTIONS, SOURCE, TESTS, Module, expect_none

NAMES_THAT_SAY_NOTHING = {"base_service", "common", "helper", "helpers", "manager", "misc", "service", "util", "utils"}
MODULES_THAT_CHOOSE = re.compile(r"src/secureconnect/(wiring|cli)(\.py|/.*)")
TYPE_ONLY_IMPORTS_MAX = 5


def first_sentence(module: Module) -> str:
    """The docstring's first paragraph as one line."""
    return " ".join((ast.get_docstring(module.syntax) or "").split("\n\n")[0].split())


def test_each_module_opens_with_one_sentence() -> None:
    wrong = [
        module.name
        for module in [*SOURCE, *TESTS, *EXAMPLES]
        if not re.fullmatch(r"[^.].*[^.]\.", first_sentence(module))
        or re.search(r"[a-z]\. [A-Z]", first_sentence(module))
    ]
    expect_none(wrong)


def test_no_module_has_a_name_that_says_nothing() -> None:
    expect_none([module.name for module in [*SOURCE, *TESTS] if module.path.stem in NAMES_THAT_SAY_NOTHING])


def test_only_wiring_and_cli_import_inside_functions() -> None:
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in SOURCE
        if not MODULES_THAT_CHOOSE.fullmatch(module.name)
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    expect_none(wrong)


def test_imports_for_types_alone_stay_rare() -> None:
    """A type that cannot be imported at run time hides a loop."""
    found = [
        f"{module.name}:{inner.lineno}"
        for module in SOURCE
        for node in module.nodes
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    ]
    assert len(found) <= TYPE_ONLY_IMPORTS_MAX, found


def test_public_functions_and_classes_say_what_they_do() -> None:
    wrong = [f"{module.name}:{node.lineno} {node.name}" for module in SOURCE for node in unsaid(module)]
    expect_none(wrong)


def unsaid(module: Module) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes and functions at the top of a module that have no docstring."""
    return [
        node
        for node in module.syntax.body
        if isinstance(node, (ast.ClassDef, *FUNCTIONS))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

"""The reference documents say all that the code has, and are not stale."""

import ast
import importlib
import re

import msgspec
import pytest

from secureconnect.contracts.errors import Code
from tests.shape.tree import ROOT, SOURCE, expect_none

REFERENCE = ROOT / "docs" / "reference"
METRIC = re.compile(r"secureconnect_[a-z0-9_<>]+|redis_degraded_mode")
METRIC_MODULES = re.compile(r"src/secureconnect/(services/\w+|edge|backends(/\w+)?)/(metrics|guard)\.py")


def page(name: str) -> str:
    """The text of one reference page; an absent page is a failure that names it."""
    path = REFERENCE / name
    assert path.is_file(), f"docs/reference/{name} is missing: run make docs"
    return path.read_text(encoding="utf-8")


def whole_text(node: ast.AST) -> str:
    """The text of a literal; what an f-string fills in stands as `<name>`. Empty for any other node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"<{ast.unparse(part.value)}>" if isinstance(part, ast.FormattedValue) else whole_text(part)
            for part in node.values
        )
    return ""


def metric_names() -> set[str]:
    """The names that stand as whole texts in the modules that register metrics."""
    return {
        whole_text(node)
        for module in SOURCE
        if METRIC_MODULES.fullmatch(module.name)
        for node in module.nodes
        if METRIC.fullmatch(whole_text(node))
    }


def setting_names(section: type[msgspec.Struct], prefix: str = "") -> list[str]:
    """The dotted names of all settings."""
    names: list[str] = []
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            names += setting_names(field.type, f"{prefix}{field.name}.")
        else:
            names.append(prefix + field.name)
    return names


def test_each_error_code_is_documented() -> None:
    text = page("errors.md")
    expect_none([code.value[0] for code in Code if f"`{code.value[0]}`" not in text])


def test_each_metric_is_documented() -> None:
    names = metric_names()
    assert names, "no module registers a metric"
    text = page("metrics.md")
    expect_none([name for name in sorted(names) if f"`{name}`" not in text])


def test_each_setting_is_documented() -> None:
    settings = importlib.import_module("secureconnect.settings").Settings
    text = page("settings.md")
    expect_none([name for name in setting_names(settings) if f"`{name}`" not in text])


def generated_pages() -> list[str]:
    """The pages that code makes, or the word that there is no maker."""
    try:
        return sorted(importlib.import_module("secureconnect.ops.docs").GENERATORS)
    except ModuleNotFoundError:
        return ["no generators"]


@pytest.mark.parametrize("name", generated_pages())
def test_a_generated_page_is_not_stale(name: str) -> None:
    generators = importlib.import_module("secureconnect.ops.docs").GENERATORS
    assert page(name) == generators[name](), f"docs/reference/{name} is stale: run make docs"

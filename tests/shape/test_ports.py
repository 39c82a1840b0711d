"""The ports of the five services are declared once, in the settings."""

import ast
import re
from collections import Counter

from tests.shape.tree import SOURCE, Module, expect_none

PORTS = [*range(8080, 8085), *range(18080, 18085)]
NUMBER_IN_TEXT = re.compile(r"(?<!\d)1?808[0-4](?!\d)")


def in_settings(module: Module) -> bool:
    """Whether the module belongs to the settings."""
    return module.name.startswith("src/secureconnect/settings")


def test_each_port_is_declared_exactly_once() -> None:
    found = Counter(
        node.value
        for module in SOURCE
        if in_settings(module)
        for node in module.nodes
        if isinstance(node, ast.Constant) and node.value in PORTS
    )
    assert found == Counter(PORTS)


def test_no_other_module_names_a_port() -> None:
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in SOURCE
        if not in_settings(module)
        for node in module.nodes
        if isinstance(node, ast.Constant) and names_port(node.value)
    ]
    expect_none(wrong)


def names_port(value: object) -> bool:
    """Whether a constant is a port of ours, or a text that holds one."""
    return value in PORTS or (isinstance(value, str) and bool(NUMBER_IN_TEXT.search(value)))

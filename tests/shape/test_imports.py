"""Imports follow the contracts of pyproject.toml, make no loops and reach backends by their ports."""

import graphlib
import tomllib

import grimp
import pytest
from importlinter.cli import lint_imports

from tests.shape.tree import ROOT, expect_none

with (ROOT / "pyproject.toml").open("rb") as file:
    CONTRACTS: list[dict[str, str]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("secureconnect", cache_dir=None)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_an_import_contract_is_kept(
    contract: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    result = lint_imports(limit_to_contracts=(contract["id"],), no_cache=True, no_logo=True)
    if result:
        pytest.fail(f"{contract['name']}\n{capsys.readouterr().out}", pytrace=False)


def test_modules_import_in_no_loop(graph: grimp.ImportGraph) -> None:
    order = graphlib.TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )
    try:
        order.prepare()
    except graphlib.CycleError as loop:
        pytest.fail(" <- ".join(loop.args[1]))


def test_services_and_edge_reach_a_backend_by_its_port_alone(graph: grimp.ImportGraph) -> None:
    """Whatever adapter is added later: a module of `backends` that is no port is for wiring and its neighbours."""
    wrong = [
        f"{importer} imports {imported}"
        for importer in sorted(graph.modules)
        if importer.startswith(("secureconnect.services.", "secureconnect.edge"))
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if imported.startswith("secureconnect.backends") and imported.rpartition(".")[2] != "port"
    ]
    expect_none(wrong)


def test_adapters_are_imported_by_wiring_and_their_neighbours_alone(graph: grimp.ImportGraph) -> None:
    wrong = [
        f"{importer} imports {imported}"
        for imported in sorted(graph.modules)
        if is_adapter(imported)
        for importer in sorted(graph.find_modules_that_directly_import(imported))
        if not importer.startswith(("secureconnect.backends.", "secureconnect.wiring"))
    ]
    expect_none(wrong)


def is_adapter(module: str) -> bool:
    """Whether the module is `secureconnect.backends.<need>.<anything but port>` or lies below one."""
    parts = module.split(".")
    return parts[:2] == ["secureconnect", "backends"] and len(parts) > 3 and parts[3] != "port"

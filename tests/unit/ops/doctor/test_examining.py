"""Doctor tells what each check found as it comes, survives a check that fails, and sums up by its exit code."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from secureconnect.ops.doctor.configuration import check_settings
from secureconnect.ops.doctor.examining import findings, line
from secureconnect.ops.doctor.finding import Finding, Level, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import load
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.verbs import Operator


async def check_well(_: Patient) -> list[Finding]:
    return [ok("well", "it is")]


async def check_broken(_: Patient) -> list[Finding]:
    raise RuntimeError("out of order")


def patient(folder: Path, **settings: str) -> Patient:
    return Patient(load(None, {}, {"data_dir": str(folder), **settings}, folder / "none"), None)


@pytest.mark.anyio
async def test_a_check_that_fails_by_itself_is_told_and_holds_up_no_other(tmp_path: Path) -> None:
    found = [finding async for finding in findings(patient(tmp_path), (check_broken, check_well))]
    assert [finding.level for finding in found] == [Level.FAIL, Level.OK]
    assert found[0].told == "could not be checked: RuntimeError: out of order"


def test_a_finding_is_one_line_with_its_fix() -> None:
    assert line(ok("disk", "free")) == "ok   disk               free"
    assert line(warn("disk", "near\nfull", "make room")) == "warn disk               near full  -> make room"
    assert line(fail("x", "y", "z")).startswith("fail x")


@pytest.mark.anyio
async def test_settings_that_are_allowed_but_hardly_meant_are_told(tmp_path: Path) -> None:
    assert [one.level for one in await check_settings(patient(tmp_path))] == [Level.OK]
    found = await check_settings(patient(tmp_path, **{"chat.inner_host": "0.0.0.0"}))
    assert [one.level for one in found] == [Level.WARN]
    missing = await check_settings(patient(tmp_path, **{"turn.urls": "turn:turn.example.org"}))
    assert [(one.level, "turn_secret" in one.told) for one in missing] == [(Level.FAIL, True)]


def test_wrong_settings_are_a_line_each_and_exit_1(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "data", settings={"chat.port": "0", "profile": "festive"})
    done = operator.run("doctor")
    assert done.returncode == 1
    assert [row.split()[0] for row in done.stdout.splitlines()] == ["fail", "fail"]
    assert "2 failed" in done.stderr
    assert not (tmp_path / "data").exists()


def test_before_the_first_start_nothing_fails_and_nothing_is_made(tmp_path: Path) -> None:
    done = Operator(tmp_path / "data").run("doctor", "--json")
    assert done.returncode == 0, done.stdout
    found = msgspec.json.decode(done.stdout, type=list[Finding])
    assert {finding.level for finding in found} <= {Level.OK, Level.WARN}
    assert not (tmp_path / "data").exists()


def test_a_pair_without_a_value_is_refused(tmp_path: Path) -> None:
    done = Operator(tmp_path / "data").run("doctor", "--set", "chat.port")
    assert done.returncode == 2
    assert "name=value" in done.stderr


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that runs."""
    running = Node(tmp_path_factory.mktemp("doctor") / "data", Ports.fresh())
    try:
        running.start()
        yield running
    finally:
        running.end()


def found_by(node: Node, *args: str, **settings: str) -> dict[str, Finding]:
    done = Operator(node.data_dir, node.ports, settings).run("doctor", "--json", *args)
    assert done.stdout, done.stderr
    return {one.check: one for one in msgspec.json.decode(done.stdout, type=list[Finding])}


def test_a_node_that_runs_well_fails_nothing(node: Node) -> None:
    found = found_by(node)
    assert not [one for one in found.values() if one.level is Level.FAIL]
    assert found["node"].told == f"runs with process id {node.pid}"
    assert found["ready"].told == "gateway, auth, chat, video, storage"
    assert found["administrator"].level is Level.WARN


def test_an_operator_of_another_data_dir_is_told_so(node: Node, tmp_path: Path) -> None:
    other = Node(tmp_path / "data", node.ports)
    found = found_by(other)
    assert all("another data_dir" in found[f"{name}.port"].told for name in ("gateway", "auth", "chat"))


def test_data_is_not_compared_while_the_node_runs(node: Node) -> None:
    done = Operator(node.data_dir, node.ports).run("doctor", "--data")
    assert done.returncode == 2
    assert str(node.pid) in done.stderr


def test_public_url_that_leads_elsewhere_fails(node: Node) -> None:
    found = found_by(node, public_url=f"http://192.0.2.1:{node.ports.public['gateway']}")
    assert found["public_url"].level is Level.FAIL

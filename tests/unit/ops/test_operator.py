"""A verb reaches the running node, or the stores while none runs; whatever stands in the way is told with a way out."""

import os
import shutil
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.lock import FolderLock, Holder
from secureconnect.ops.operator import is_split, refusal_of
from secureconnect.settings import load
from tests.fixtures.nodes import Node, Ports, free_ports
from tests.fixtures.verbs import Operator

WHERE = "http://127.0.0.1:18081"


@pytest.mark.parametrize(
    ("code", "holder", "words"),
    [
        (Code.UNAUTHENTICATED, None, ["uses another one", "data_dir"]),
        (Code.UNAVAILABLE, Holder(7), ["does not answer", "process id 7", "auth.inner_port", "doctor"]),
        (Code.UNAVAILABLE, Holder(None), ["a node runs"]),
        (Code.UNAVAILABLE, None, ["no node of this data_dir runs"]),
        (Code.INTERNAL, None, ["server.fault", "Try again"]),
    ],
)
def test_why_auth_did_not_answer_is_told(code: Code, holder: Holder | None, words: list[str]) -> None:
    told = refusal_of(Fault(code), WHERE, holder)
    assert "Nothing was changed." in told
    assert all(word in told for word in words)


def test_services_elsewhere_make_a_deployment_split(tmp_path: Path) -> None:
    def settings(**changed: str) -> bool:
        return is_split(load(None, {}, {"data_dir": str(tmp_path), **changed}, tmp_path / "none").settings)

    assert not settings()
    assert settings(**{"chat.inner_urls": "http://10.0.0.5:18082"})
    assert settings(**{"node.service_keys": str(tmp_path)})


def test_without_data_nothing_is_made(tmp_path: Path) -> None:
    done = Operator(tmp_path / "data").run("user", "list")
    assert done.returncode == 2
    assert "there are no accounts in" in done.stderr
    assert not (tmp_path / "data").exists()


def test_in_a_split_deployment_no_stores_are_opened(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "data", settings={"chat.inner_urls": "http://127.0.0.1:1"})
    done = operator.run("user", "list")
    assert done.returncode == 2
    assert "nothing has been started with this data_dir" in done.stderr


def test_stores_are_opened_while_no_node_runs_and_the_node_is_asked_while_one_does(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    operator = Operator(node.data_dir, node.ports)
    try:
        node.start()
        operator.good("user", "create", "anna", "--link")
        assert node.stop() == 0
        operator.good("user", "create", "ben", "--admin", "--link")
        assert not (node.data_dir / "first-admin-link").exists()
        assert {line.split("\t")[0] for line in operator.good("user", "list").splitlines()} == {"anna", "ben"}
        node.start()
        assert {line.split("\t")[0] for line in operator.good("user", "list").splitlines()} == {"anna", "ben"}
        _refused_by_another_node(node, tmp_path)
    finally:
        node.end()


def _refused_by_another_node(node: Node, folder: Path) -> None:
    """A data folder of the same ports whose operator the running node does not know."""
    other = folder / "other"
    shutil.copytree(node.data_dir, other, ignore=shutil.ignore_patterns("node.lock"))
    (other / "secrets" / "operator_key").unlink()
    strange = Operator(other, node.ports)
    assert strange.run("user", "list").returncode == 0  # no node of it runs: its stores are opened, and a key is made
    with FolderLock(other):
        done = strange.run("user", "list")
        assert done.returncode == 2
        assert "does not know the operator of this data_dir" in done.stderr
        away = Operator(other, node.ports, {"auth.inner_port": str(free_ports(1)[0])}).run("user", "list")
        assert away.returncode == 2
        assert f"process id {os.getpid()} runs" in away.stderr
        (other / "secrets" / "operator_key").write_text("no key")
        assert "holds no key" in strange.run("user", "list").stderr


def test_data_of_an_earlier_release_is_migrated_by_a_start_alone(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "data")
    operator.good("migrate")
    (operator.data_dir / "chat.db").unlink()
    done = operator.run("user", "list")
    assert done.returncode == 2
    assert "of an earlier release" in done.stderr
    assert not (operator.data_dir / "chat.db").exists()

"""Keys are made once and kept, and a new signing key counts from now on without signing anybody out."""

import json
import stat
from pathlib import Path

import httpx2
import pytest

from secureconnect.client import Client
from secureconnect.ops.keys import services
from secureconnect.settings.made import new_key_pem
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.verbs import Operator

PASSWORD = "a sentence that nobody guesses"


def test_each_service_gets_a_key_and_what_stands_is_kept(tmp_path: Path) -> None:
    assert services(tmp_path / "keys") == 0
    first = {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}
    assert len(first) == 6
    assert services(tmp_path / "keys") == 0
    assert {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()} == first
    assert stat.S_IMODE((tmp_path / "keys" / "service_key_auth").stat().st_mode) == 0o600
    public = json.loads(first["service_keys.json"])["keys"]
    assert {key["kid"] for key in public} == {"gateway", "auth", "chat", "video", "storage"}
    assert not any("d" in key for key in public)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert services(tmp_path / "file") == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.anyio
async def test_rotating_signs_with_a_new_key_and_signs_nobody_out(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    operator = Operator(node.data_dir, node.ports)
    try:
        node.start()
        async with Client(node.url) as client:
            await client.auth.register("anna", PASSWORD)
            old = (node.data_dir / "secrets" / "jwt_secret").read_text()
            before = kids(node)
            operator.good("keys", "rotate")
            assert (node.data_dir / "secrets" / "jwt_secret").read_text() != old
            assert stat.S_IMODE((node.data_dir / "secrets" / "jwt_secret").stat().st_mode) == 0o600
            after = kids(node)
            assert before < after
            await client.people.me()
            await client.auth.refresh()
            await client.people.me()
        assert node.stop() == 0
        node.start()
        operator.good("keys", "rotate")
        assert after < kids(node)
    finally:
        node.end()


def kids(node: Node) -> set[str]:
    """The names of the keys whose tokens are taken."""
    return {key["kid"] for key in httpx2.get(f"{node.url}/.well-known/jwks.json").json()["keys"]}


def test_a_key_that_this_verb_cannot_write_is_left_alone(tmp_path: Path) -> None:
    Operator(tmp_path / "data").good("migrate")
    operator = Operator(tmp_path / "data", settings={"jwt_secret": new_key_pem()})
    done = operator.run("keys", "rotate")
    assert done.returncode == 2
    assert "SECURECONNECT_JWT_SECRET_FILE" in done.stderr
    assert "Nothing was changed" in done.stderr

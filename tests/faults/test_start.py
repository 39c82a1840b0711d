"""A start that cannot go well says so: every fault in a sentence that names the setting, exit code 2, within 5 s."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from secureconnect.kit.listeners import listen
from secureconnect.settings import SECRETS, SERVICES
from secureconnect.settings.fields import fields
from tests.fixtures.nodes import NOT_PASSED, Node, Ports

REFUSED_S = 5.0
CANARY = "canary-7d1f-never-shown"


def refused(environment: dict[str, str], *arguments: str, services: tuple[str, ...] = ()) -> str:
    """What a start says that must be refused with code 2 in time; the canary must not be in it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED)}
    command = [sys.executable, "-m", "secureconnect", "serve", *services, *arguments]
    began_s = time.monotonic()
    with subprocess.Popen(
        command,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            said, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"the start was not refused: {environment}") from None
    took_s = time.monotonic() - began_s
    text = said.decode()
    assert process.returncode == 2, (process.returncode, text)
    assert took_s < REFUSED_S, took_s
    assert CANARY not in text
    assert "Traceback" not in text
    return text


def variable(name: str) -> str:
    return "SECURECONNECT_" + name.upper().replace(".", "__")


@pytest.mark.parametrize("wrong", ["", f"{CANARY}\x01", "[1, {]"], ids=["empty", "wrong", "unparsable"])
def test_every_setting_that_is_empty_or_wrong_is_named_in_one_refusal(tmp_path: Path, wrong: str) -> None:
    """All settings at once: each has its own line, none is left out, and nothing was made."""
    names = [name for name in fields() if name not in {"data_dir", "log_format", "log_level"}]
    texts = {"node.service_keys"}  # any text is a path; one that leads nowhere is told when it is read
    said = refused({variable("data_dir"): str(tmp_path / "d"), **{variable(name): wrong for name in names}})
    unnamed = [name for name in names if f"{name} (" not in said and name not in texts]
    assert unnamed == []
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("profile", ["single", "production"])
@pytest.mark.parametrize("how", ["missing", "empty", "a folder", "garbage"])
def test_every_secret_whose_file_is_no_good_is_named_in_one_refusal(tmp_path: Path, how: str, profile: str) -> None:
    """All secrets at once: missing file, empty file, a folder in its place (as unreadable is to root), no key."""
    environment = {variable("data_dir"): str(tmp_path / "d"), variable("profile"): profile}
    environment[variable("public_url")] = "https://chat.example.org"
    for name, spec in SECRETS.items():
        path = tmp_path / name
        if how == "empty":
            path.touch(0o600)
        elif how == "a folder":
            path.mkdir()
        elif how == "garbage":
            path.write_text(f"{CANARY}\x00\n")
            path.chmod(0o600)
        environment[spec.environment + "_FILE"] = str(path)
    said = refused(environment)
    assert [name for name in SECRETS if name not in said] == []
    assert not (tmp_path / "d").exists()


def test_three_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    said = refused(
        {
            variable("data_dir"): str(tmp_path / "d"),
            variable("chat.port"): "eighty",
            variable("public_url"): "ftp://example.org",
            "SECURECONNECT_CHAT__MESAGE_BYTES_MAX": "5",
        }
    )
    assert "3 settings are not right" in said
    assert "chat.port" in said
    assert "public_url" in said
    assert "SECURECONNECT_CHAT__MESSAGE_BYTES_MAX" in said


def test_production_refuses_what_is_only_good_for_one_machine(tmp_path: Path) -> None:
    said = refused(
        {
            variable("data_dir"): str(tmp_path / "d"),
            variable("profile"): "production",
            variable("limits.scale"): "10",
            "SECURECONNECT_METRICS_TOKEN": CANARY * 2,
        }
    )
    assert "public_url" in said
    assert "limits.scale" in said
    assert "metrics_token" in said


@pytest.mark.parametrize(
    "name", ["sql.url", "log.url", "redis.url", "s3.endpoint", "livekit.url", "firebase.project_id"]
)
def test_an_engine_that_is_not_there_yet_is_refused_by_name(tmp_path: Path, name: str) -> None:
    good = {
        "sql.url": "postgresql://u@127.0.0.1:5432/x", "log.url": "cassandra://127.0.0.1:9042/x",
        "redis.url": "redis://127.0.0.1:6379/0", "s3.endpoint": "http://127.0.0.1:9000",
        "livekit.url": "wss://127.0.0.1", "firebase.project_id": "x",
    }  # fmt: skip
    assert name in refused({variable("data_dir"): str(tmp_path / "d"), variable(name): good[name]})


def test_a_port_in_use_names_the_setting_and_who_has_it(tmp_path: Path) -> None:
    ports = Ports.fresh()
    with listen("127.0.0.1", ports.public["video"]):
        environment = {variable(name): value for name, value in ports.settings().items()}
        said = refused({**environment, variable("data_dir"): str(tmp_path / "d")})
    assert "video.port" in said
    assert str(ports.public["video"]) in said
    assert f"process {os.getpid()}" in said


def test_a_second_node_on_the_same_data_is_refused_and_names_the_first(tmp_path: Path) -> None:
    first = Node(tmp_path / "data", Ports.fresh())
    first.start()
    try:
        environment = {variable(name): value for name, value in Ports.fresh().settings().items()}
        said = refused({**environment, variable("data_dir"): str(tmp_path / "data")})
        assert str(first.pid) in said
        assert "data_dir" in said
        assert first.stop() == 0
    finally:
        first.end()


def test_a_data_folder_that_is_a_file_or_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "data_dir" in refused({variable("data_dir"): str(tmp_path / "file")})
    assert "data_dir" in refused({variable("data_dir"): str(tmp_path / "file" / "below")})


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
def test_a_damaged_database_is_named_and_nothing_starts(tmp_path: Path, service: str) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    node.start()
    assert node.stop() == 0
    database = tmp_path / "data" / f"{service}.db"
    database.write_bytes(b"this is no database at all, " * 400)
    environment = {variable(name): value for name, value in node.settings.items()}
    assert f"{service}.db" in refused(environment)


def test_a_stale_lock_file_of_a_killed_node_does_not_stop_the_next(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    node.start()
    os.kill(node.pid, signal.SIGKILL)
    node.kill()
    node.start()
    assert node.stop() == 0


def test_an_unknown_service_or_option_is_refused(tmp_path: Path) -> None:
    assert "chat" in refused({}, services=("chats",))
    assert "nope" in refused({}, "--set", "nope=1")
    assert "name=value" in refused({}, "--set", "nope")
    assert str(tmp_path / "x.toml") in refused({}, "--config", str(tmp_path / "x.toml"))

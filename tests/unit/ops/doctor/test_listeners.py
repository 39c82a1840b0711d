"""Listeners are judged by who answers there; ports that others hold and inner ports that are open are told."""

import http.server
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from secureconnect.kit.lock import Holder
from secureconnect.ops.doctor.answers import Heard, Way
from secureconnect.ops.doctor.finding import Level
from secureconnect.ops.doctor.listeners import check_listeners, judge_exposed, judge_free, judge_listener
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import load
from tests.fixtures.nodes import Ports

URL = "http://127.0.0.1:8082"
PUBLIC = Heard(Way.ANSWERED, 200, {"status": "ok"})
INNER = Heard(Way.ANSWERED, 200, {"status": "ok", "service": "chat"})
REFUSED, SILENT = Heard(Way.REFUSED), Heard(Way.SILENT)
OTHER = Heard(Way.ANSWERED, 404, {})


def test_listeners_that_answer_as_ours_are_right() -> None:
    assert judge_listener("chat.port", URL, PUBLIC, None, "chat", inner=False) is None
    assert judge_listener("chat.inner_port", URL, INNER, None, "chat", inner=True) is None


@pytest.mark.parametrize(
    ("heard", "holder", "inner", "word"),
    [
        (INNER, None, False, "an inner listener"),
        (PUBLIC, None, True, "a public listener"),
        (REFUSED, None, False, "nothing listens there"),
        (OTHER, "nginx (process 12)", False, "nginx (process 12) has that port"),
        (OTHER, None, False, "something else has that port"),
        (SILENT, None, False, "does not answer in time"),
        (Heard(Way.ANSWERED, 421, {}), None, False, "its own host name"),
    ],
)
def test_what_is_wrong_with_a_listener_is_told(heard: Heard, holder: str | None, inner: bool, word: str) -> None:
    found = judge_listener("chat.port", URL, heard, holder, "chat", inner=inner)
    assert found is not None
    assert found.level is Level.FAIL
    assert word in found.told
    assert found.fix


def test_a_port_that_is_that_of_another_service_is_told() -> None:
    found = judge_listener("auth.inner_port", URL, INNER, None, "auth", inner=True)
    assert found is not None
    assert "is the chat service" in found.told


def test_a_port_is_free_only_where_nobody_listens() -> None:
    assert judge_free("chat.port", 8082, REFUSED, None) is None
    ours = judge_free("chat.port", 8082, PUBLIC, "secureconnect (process 7)")
    assert ours is not None
    assert "another data_dir, secureconnect (process 7)" in ours.told
    other = judge_free("chat.port", 8082, OTHER, "nginx (process 12)")
    assert other is not None
    assert other.told == "port 8082 is in use by nginx (process 12)"


def test_an_inner_port_that_is_open_fails_unless_other_machines_need_it() -> None:
    assert judge_exposed("chat", 18082, "10.0.0.5", elsewhere=False).level is Level.FAIL
    assert judge_exposed("chat", 18082, "10.0.0.5", elsewhere=True).level is Level.WARN
    assert judge_exposed("chat", 18082, "8.8.8.8", elsewhere=True).level is Level.FAIL


@pytest.fixture
def web_server() -> Generator[int]:
    """A web server that is none of ours."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_: None  # type: ignore[method-assign,assignment]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def patient(folder: Path, holder: Holder | None, **settings: str) -> Patient:
    overrides = {**Ports.fresh().settings(), "data_dir": str(folder), **settings}
    return Patient(load(None, {}, overrides, folder / "none"), holder)


@pytest.mark.anyio
async def test_ports_that_a_start_will_want_are_looked_at(tmp_path: Path, web_server: int) -> None:
    (free,) = await check_listeners(patient(tmp_path, None))
    assert free.told == "all ten are free"
    (taken,) = await check_listeners(patient(tmp_path, None, **{"chat.port": str(web_server)}))
    assert taken.check == "chat.port"
    assert taken.level is Level.FAIL


@pytest.mark.anyio
async def test_while_a_node_runs_each_listener_must_answer(tmp_path: Path, web_server: int) -> None:
    found = await check_listeners(patient(tmp_path, Holder(1), **{"chat.port": str(web_server)}))
    assert {finding.level for finding in found} == {Level.FAIL}
    assert len(found) == 10

"""SIGTERM under load: exit code 0 within ten seconds, every socket told to come back, nothing acknowledged lost."""

import asyncio
import json
import time
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from secureconnect.contracts.frames import SUBPROTOCOL
from tests.fixtures.crowd import Crowd
from tests.fixtures.history import violations
from tests.fixtures.nodes import STOP_S, Deployment, Node, Ports
from tests.fixtures.persons import Person, Persons
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
SEED = 7


async def listening(person: Person, path: str) -> ClientConnection:
    """A plain socket of a person, past its welcome."""
    url = person.url.replace("http", "ws") + path
    socket = await connect(url, subprotocols=[SUBPROTOCOL], compression=None, proxy=None)  # type: ignore[list-item]
    await socket.send(json.dumps({"t": "hello", "token": person.session.tokens.access_token}))
    async with asyncio.timeout(10):
        assert '"welcome"' in str(await socket.recv())
    return socket


async def told(socket: ClientConnection) -> tuple[int | None, str | None]:
    """How the server closed a socket."""
    async with asyncio.timeout(STOP_S):
        try:
            while True:
                await socket.recv()
        except websockets.ConnectionClosed:
            return socket.close_code, socket.close_reason


async def test_a_stop_under_load_is_clean_and_loses_nothing(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    node.start()
    try:
        async with Persons(node.url) as persons:
            crowd = await Crowd.gather(persons, 12, 6, SEED)
            plain = [await listening(person, "/v1/ws/chat") for person in crowd.people[:6]]
            plain += [await listening(person, "/v1/ws/signaling") for person in crowd.people[6:]]
            async with crowd:
                await until(lambda: crowd.acknowledged() >= 200, 30.0)
                began_s = time.monotonic()
                hearing = [asyncio.create_task(told(socket)) for socket in plain]
                code = await asyncio.to_thread(node.stop)
                assert (code, time.monotonic() - began_s < STOP_S) == (0, True), node.log()[-3000:]
                for closed, reason in await asyncio.gather(*hearing):
                    assert closed == 1012
                    assert 0 <= json.loads(reason or "")["reconnect_after_ms"] <= 3000
                await asyncio.to_thread(node.start)
                stood = crowd.acknowledged()
                await until(lambda: crowd.acknowledged() >= stood + 100, 30.0)
                await crowd.hush()
            assert violations(crowd.history, await crowd.readings(), crowd.members()) == []
        assert node.stop() == 0
        assert '"level": "error"' not in node.log(), node.log()[-3000:]
    finally:
        node.end()


async def test_each_of_five_processes_stops_cleanly_with_sockets_open(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, split=True)
    try:
        deployment.start()
        async with Persons(deployment.url) as persons:
            anna = await persons.sign_up("anna")
            sockets = [await listening(anna, path) for path in ("/v1/ws/chat", "/v1/ws/signaling")]
            hearing = [asyncio.create_task(told(socket)) for socket in sockets]
            assert await asyncio.to_thread(deployment.node("gateway").stop) == 0
            for closed, reason in await asyncio.gather(*hearing):
                assert closed == 1012
                assert "reconnect_after_ms" in (reason or "")
            for name in ("chat", "video", "storage", "auth"):
                assert await asyncio.to_thread(deployment.node(name).stop) == 0, deployment.node(name).log()[-3000:]
                assert '"level": "error"' not in deployment.node(name).log(), deployment.node(name).log()[-3000:]
    finally:
        deployment.end()

"""A service starts, drains and stops in one order, and cuts the sockets of what ended at auth."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from secureconnect.contracts.frames import SUBPROTOCOL, ChatClientFrame, SocketLimits, Welcome
from secureconnect.contracts.peers import HEALTH, OPENAPI, HealthReply, Nothing
from secureconnect.edge.inner import Check
from secureconnect.edge.limits import FRAME_BYTES_MAX
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from tests.fixtures.edge import PlayedAuth, Visitor, edge_of, visiting
from tests.fixtures.serving import serving
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
PATH = "/v1/ws/chat"


class Quiet:
    """Sockets that do nothing but be there."""

    async def opened(self, connection: Connection, sync: str | None) -> Welcome:
        return Welcome(connection.id, "i", 30, sync, SocketLimits(FRAME_BYTES_MAX, 64, 1000))

    def frame(self, connection: Connection, frame: Any) -> Any:
        return None

    def closed(self, connection: Connection) -> None:
        return None


@dataclass
class House:
    """A service with one socket path, and the steps that it took."""

    auth: PlayedAuth
    edge: Edge
    sockets: Sockets
    running: Running
    steps: list[str]
    port: int = 0
    dialled: list[ClientConnection] = field(default_factory=list[ClientConnection])

    async def enter(self, **claims: Any) -> ClientConnection:
        url = f"ws://127.0.0.1:{self.port}{PATH}"
        options: dict[str, Any] = {"subprotocols": [SUBPROTOCOL], "compression": None, "proxy": None}
        socket = await connect(url, **options)
        self.dialled.append(socket)
        await socket.send(json.dumps({"t": "hello", "token": self.auth.token(**claims)}))
        async with asyncio.timeout(5):
            assert '"welcome"' in str(await socket.recv())
        return socket


async def close_of(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(8):
        try:
            while True:
                await socket.recv()
        except websockets.ConnectionClosed:
            return socket.close_code


def made(auth: PlayedAuth, **options: Any) -> House:
    edge = edge_of(auth)
    steps: list[str] = []
    keeper = edge.gatekeeper()
    sockets = Sockets(
        PATH, ChatClientFrame, Quiet(), keeper, edge.origins, edge.metrics, edge.clock, edge.ids, edge.rng,
        heartbeat_s=30, outbox_bytes_max=1_048_576,
    )  # fmt: skip

    def step(name: str) -> Callable[[], Awaitable[None]]:
        async def take() -> None:
            following = edge.follower._task is not None
            steps.append(f"{name}, following {following}, drained {sockets._draining}")

        return take

    running = assemble(
        edge,
        routes=[],
        provided={},
        gatekeeper=keeper,
        checks=options.pop("checks", []),
        sockets=[sockets],
        start=step("start"),
        drain=step("drain"),
        stop=step("stop"),
        **options,
    )
    return House(auth, edge, sockets, running, steps)


@asynccontextmanager
async def house() -> AsyncGenerator[House]:
    one = made(PlayedAuth())
    await one.running.start()
    await until(lambda: one.edge.identity.ready)
    async with serving(one.running.public) as port:
        one.port = port
        yield one
        for socket in one.dialled:
            await socket.close()
    await one.running.drain()
    await one.running.stop()


async def test_its_own_start_comes_before_it_follows_and_its_own_stop_after() -> None:
    one = made(PlayedAuth())
    await one.running.start()
    await until(lambda: one.edge.identity.ready)
    await one.running.drain()
    await one.running.stop()
    assert one.steps == [
        "start, following False, drained False",
        "drain, following True, drained True",
        "stop, following False, drained True",
    ]


async def test_it_is_ready_only_when_started_and_auth_s_keys_are_known_and_not_while_it_drains() -> None:
    auth = PlayedAuth()
    auth.key_gate.clear()
    one = made(auth)
    assert not (await one.running.health.ready())[0]
    await one.running.start()
    good, words = await one.running.health.ready()
    assert (good, words["identity"]) == (False, "server.unavailable")
    auth.key_gate.set()
    await until(lambda: one.edge.identity.ready)
    assert await one.running.health.ready() == (True, {"identity": "ok"})
    await one.running.drain()
    assert not (await one.running.health.ready())[0]
    await one.running.stop()


async def test_a_service_that_needs_no_identity_is_ready_without_auth() -> None:
    auth = PlayedAuth()
    auth.go_away()
    one = made(auth, identity_needed=False)
    await one.running.start()
    good, words = await one.running.health.ready()
    assert (good, words["identity"]) == (True, "server.unavailable")
    await one.running.drain()
    await one.running.stop()


async def test_a_failing_start_follows_nothing_and_is_not_ready() -> None:
    async def fail() -> None:
        raise OSError("no database")

    auth = PlayedAuth()
    edge = edge_of(auth)
    running = assemble(edge, routes=[], provided={}, gatekeeper=edge.gatekeeper(), checks=[], start=fail)
    with pytest.raises(OSError, match="no database"):
        await running.start()
    assert not running.health.started
    assert auth.asked == []


async def test_a_session_that_ended_has_its_sockets_cut_and_the_account_s_others_stay() -> None:
    async with house() as one:
        gone, again = await one.enter(sid="s-gone"), await one.enter(sid="s-gone", did="d2")
        kept, other = await one.enter(sid="s-kept"), await one.enter(sub="ben", sid="s-gone-not")
        one.auth.tell("session_ended", session="s-gone")
        assert [await close_of(gone), await close_of(again)] == [4401, 4401]
        assert one.sockets.count() == 2
        for socket in (kept, other):
            await (await socket.ping())


@pytest.mark.parametrize("kind", ["account_disabled", "account_closed"])
async def test_an_account_that_ended_has_all_its_sockets_cut(kind: str) -> None:
    async with house() as one:
        gone = [await one.enter(sub="ben", sid=f"s{number}", did=f"d{number}") for number in range(3)]
        kept = await one.enter()
        one.auth.tell(kind, "ben")
        assert [await close_of(socket) for socket in gone] == [4401] * 3
        await (await kept.ping())


async def test_other_changes_cut_nothing() -> None:
    async with house() as one:
        kept = await one.enter()
        for kind in ("profile", "account_enabled", "sessions", "role", "keys"):
            one.auth.tell(kind)
        await until(lambda: one.auth.asked[-1].after == 5)
        await (await kept.ping())
        assert one.sockets.count() == 1


async def test_a_drain_tells_every_socket_to_come_back() -> None:
    async with house() as one:
        sockets = [await one.enter(did=f"d{number}") for number in range(3)]
        hearing = [asyncio.create_task(close_of(socket)) for socket in sockets]
        await one.running.drain()
        assert await asyncio.gather(*hearing) == [1012] * 3


async def test_it_answers_its_api_document_and_its_health_to_others() -> None:
    async def ping() -> None:
        raise OSError("away")

    one = made(PlayedAuth(), checks=[Check("sql", True, ping)])
    calls = {each.call.name: each.handler for each in one.running.calls}
    document: Any = await calls[OPENAPI["chat"].name](Nothing())
    assert json.loads(bytes(document.openapi))["openapi"].startswith("3.1")
    await one.running.start()
    await until(lambda: one.edge.identity.ready)
    assert await calls[HEALTH["chat"].name](Nothing()) == HealthReply(False, {"sql": "fault", "identity": "ok"})
    await one.running.drain()
    await one.running.stop()


async def test_the_door_is_before_what_is_inside() -> None:
    one = made(PlayedAuth())
    ask: Visitor
    async with visiting(one.running.public) as ask:
        assert (await ask("GET", "/health", headers={"host": "evil.example"})).status_code == 421
        assert (await ask("GET", "/health")).headers["x-content-type-options"] == "nosniff"

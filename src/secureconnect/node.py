"""A node: the services of one process, their public and inner listeners, and the order of start and stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import structlog
import uvicorn
from litestar.types import ASGIApp

from secureconnect.edge.limits import FRAME_BYTES_MAX, KEEP_ALIVE_S
from secureconnect.edge.running import Running
from secureconnect.edge.wire import HttpWire, Relay, SocketWire
from secureconnect.kit.listeners import listen

log = structlog.get_logger("node")
LOOP_DELAY_EVERY_S = 0.5
FINISH_WAIT_S_MOST = 3
ENDS_S = 5
"""What of a stop is kept for ending services and parts, once requests were finished or cut."""
END_WAIT_S = 3.0


class NodeState(Enum):
    """The states of a node in life order."""

    NEW = "new"
    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Listener:
    """Where an application listens; `setting` names the setting of its port, for the sentence when it cannot be had."""

    setting: str
    host: str
    port: int
    app: ASGIApp
    relay: Relay | None = None


@dataclass(frozen=True)
class Part:
    """Something that lives as long as the node: started in order, stopped in reverse."""

    name: str
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


class ListenerRefused(Exception):
    """A listener could not be opened; the sentence names port, setting and, where known, who has it."""


class _Server(uvicorn.Server):
    """uvicorn's server without its own signal handlers, and without waking ten times a second."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leave = asyncio.Event()

    def leave(self) -> None:
        """Stop accepting and finish what runs."""
        self.should_exit = True
        self._leave.set()

    async def main_loop(self) -> None:
        """Renew the Date header once a second until told to leave."""
        while not self._leave.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._leave.wait()


class Node:
    """Runs parts, services and listeners."""

    def __init__(
        self, parts: Sequence[Part], services: Sequence[Running], listeners: Sequence[Listener], stop_s: float
    ) -> None:
        self._parts = parts
        self._services = services
        self._listeners = listeners
        self._finish_s = max(1, min(FINISH_WAIT_S_MOST, int(stop_s) - ENDS_S))
        self._servers: list[_Server] = []
        self._serving: list[asyncio.Task[None]] = []
        self._begun: list[Callable[[], Awaitable[None]]] = []
        self._delay: asyncio.Task[None] | None = None
        self.state = NodeState.NEW

    async def start(self) -> None:
        """Open every port first (a taken one is told before anything is touched), then start parts, services, serving.

        Raises ListenerRefused or what a part raises; what was begun is then stopped again.
        """
        self.state = NodeState.STARTING
        try:
            with contextlib.ExitStack() as held:
                sockets = [held.enter_context(_open(listener)) for listener in self._listeners]
                await self._begin()
                held.pop_all()
        except BaseException:
            await self._end()
            self.state = NodeState.STOPPED
            raise
        for listener, opened in zip(self._listeners, sockets, strict=True):
            server = _Server(_config(listener, self._finish_s))
            self._servers.append(server)
            self._serving.append(asyncio.create_task(server.serve(sockets=[opened]), name=f"serve {listener.setting}"))
        while not all(server.started for server in self._servers):  # noqa: ASYNC110 uvicorn tells it by a flag only
            await asyncio.sleep(0.005)
        self._delay = asyncio.create_task(self._watch_loop(), name="loop-delay")
        self.state = NodeState.SERVING

    async def _begin(self) -> None:
        for part in self._parts:
            await part.start()
            self._begun.append(part.stop)
        for service in self._services:
            await service.start()
            self._begun.append(service.stop)

    async def stop(self) -> None:
        """Unready, tell sockets to come back, finish requests, then end services and parts in reverse."""
        if self.state in (NodeState.DRAINING, NodeState.STOPPED):
            return
        self.state = NodeState.DRAINING
        for service in self._services:
            await _cleanly(service.drain)
        for server in self._servers:
            server.leave()
        if self._serving:
            _, late = await asyncio.wait(self._serving, timeout=self._finish_s + 1.0)
            for task in late:
                log.warning("a listener did not finish in time", listener=task.get_name())
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)
        if self._delay is not None:
            self._delay.cancel()
            await asyncio.gather(self._delay, return_exceptions=True)
        await self._end()
        self.state = NodeState.STOPPED

    async def _end(self) -> None:
        while self._begun:
            await _cleanly(self._begun.pop())

    async def _watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LOOP_DELAY_EVERY_S
            await asyncio.sleep(LOOP_DELAY_EVERY_S)
            late_s = max(0.0, loop.time() - due_s)
            for service in self._services:
                service.metrics.loop_delay.observe(late_s)


async def _cleanly(end: Callable[[], Awaitable[None]]) -> None:
    """Run one step of a stop; what fails or hangs is told and does not keep the others from ending."""
    try:
        async with asyncio.timeout(END_WAIT_S):
            await end()
    except Exception:
        log.exception("something did not stop cleanly")


def _open(listener: Listener) -> socket.socket:
    try:
        return listen(listener.host, listener.port)
    except OSError as error:
        raise ListenerRefused(
            f"{listener.setting}: cannot listen on {listener.host}:{listener.port}: {error.strerror}"
        ) from error
    except Exception as error:
        raise ListenerRefused(
            f"{listener.setting}: {error}; stop it or give {listener.setting} another port"
        ) from error


def _config(listener: Listener, finish_s: int) -> uvicorn.Config:
    http: type[HttpWire] = HttpWire
    if listener.relay is not None:
        http = type("RelayingHttpWire", (HttpWire,), {"relay": listener.relay})
    return uvicorn.Config(
        listener.app,
        interface="asgi3",
        http=http,
        ws=SocketWire,
        ws_max_size=4 * FRAME_BYTES_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=finish_s,
        backlog=2048,
    )


@contextlib.asynccontextmanager
async def stop_signals() -> AsyncGenerator[asyncio.Event]:
    """An event that SIGTERM or SIGINT sets; a second signal changes nothing, the stop has its own deadline."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def run(node: Node, ready: Callable[[], None]) -> None:
    """Start the node, call `ready`, and stop it when a signal asks for it. Raises what `Node.start` raises."""
    async with stop_signals() as told:
        await node.start()
        ready()
        await told.wait()
        log.info("stopping")
        await node.stop()

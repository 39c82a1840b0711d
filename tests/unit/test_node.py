"""A node opens its ports first, starts in order, stops in reverse within its time, and leaves nothing behind."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar.types import ASGIApp

from secureconnect.edge.inner import Health
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.running import Running
from secureconnect.kit.listeners import holder_of, listen
from secureconnect.node import Listener, ListenerRefused, Node, NodeState, Part, run
from tests.fixtures.nodes import free_ports
from tests.fixtures.serving import plain_app
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


class Steps:
    """What happened, in order; steps in `failing` raise, those in `hanging` never end."""

    def __init__(self, failing: Sequence[str] = (), hanging: Sequence[str] = ()) -> None:
        self.taken: list[str] = []
        self.failing = set(failing)
        self.hanging = set(hanging)

    def step(self, name: str) -> Any:
        async def take() -> None:
            if name in self.failing:
                raise RuntimeError(name)
            self.taken.append(name)
            if name in self.hanging:
                await asyncio.Event().wait()

        return take

    def part(self, name: str) -> Part:
        return Part(name, self.step(f"{name} starts"), self.step(f"{name} stops"))

    def service(self, name: str, app: ASGIApp | None = None) -> Running:
        health, metrics = Health(name, []), EdgeMetrics(name, "1")
        app = app or plain_app()
        steps = [self.step(f"{name} {verb}") for verb in ("starts", "drains", "stops")]
        return Running(name, app, app, health, metrics, [], *steps)


def at(port: int, app: ASGIApp | None = None, setting: str = "chat.port") -> Listener:
    return Listener(setting, "127.0.0.1", port, app or plain_app())


async def get(port: int, path: str = "/") -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def test_parts_then_services_start_and_all_stop_in_reverse() -> None:
    steps = Steps()
    node = Node([steps.part("sql"), steps.part("mail")], [steps.service("auth"), steps.service("chat")], [], 10.0)
    assert node.state is NodeState.NEW
    await node.start()
    assert node.state is NodeState.SERVING
    await node.stop()
    assert node.state is NodeState.STOPPED
    assert steps.taken == [
        "sql starts", "mail starts", "auth starts", "chat starts",
        "auth drains", "chat drains",
        "chat stops", "auth stops", "mail stops", "sql stops",
    ]  # fmt: skip


async def test_a_taken_port_is_told_in_one_sentence_before_anything_is_touched() -> None:
    steps = Steps()
    first, second = free_ports(2)
    with listen("127.0.0.1", second):
        node = Node([steps.part("sql")], [steps.service("chat")], [at(first), at(second, setting="auth.port")], 10.0)
        with pytest.raises(ListenerRefused) as refused:
            await node.start()
        assert str(refused.value) == (
            f"auth.port: 127.0.0.1:{second} is in use by {own_name()} (process {os.getpid()}); "
            "stop it or give auth.port another port"
        )
    assert steps.taken == []
    assert node.state is NodeState.STOPPED
    listen("127.0.0.1", first).close()


def own_name() -> str:
    return Path("/proc/self/comm").read_text().strip()


async def test_an_address_of_another_machine_is_told_with_its_setting() -> None:
    node = Node([], [], [Listener("chat.port", "203.0.113.9", 8082, plain_app())], 10.0)
    with pytest.raises(ListenerRefused, match=r"^chat\.port: cannot listen on 203\.0\.113\.9:8082: .+assign"):
        await node.start()


@pytest.mark.parametrize(
    ("failing", "taken"),
    [
        ("sql starts", []),
        ("mail starts", ["sql starts", "sql stops"]),
        ("auth starts", ["sql starts", "mail starts", "mail stops", "sql stops"]),
        (
            "chat starts",
            ["sql starts", "mail starts", "auth starts", "auth stops", "mail stops", "sql stops"],
        ),
    ],
)
async def test_a_start_that_fails_stops_what_was_begun_and_frees_the_ports(failing: str, taken: list[str]) -> None:
    steps = Steps([failing])
    (port,) = free_ports(1)
    services = [steps.service("auth"), steps.service("chat")]
    node = Node([steps.part("sql"), steps.part("mail")], services, [at(port)], 10.0)
    with pytest.raises(RuntimeError, match=failing):
        await node.start()
    assert steps.taken == taken
    assert node.state is NodeState.STOPPED
    listen("127.0.0.1", port).close()
    await node.stop()
    assert steps.taken == taken


async def test_ports_take_connections_while_services_still_start_and_answer_after() -> None:
    (port,) = free_ports(1)
    started = asyncio.Event()

    async def slow() -> None:
        await started.wait()

    node = Node([Part("slow", slow, Steps().step("stops"))], [], [at(port)], 10.0)
    starting = asyncio.create_task(node.start())
    await asyncio.sleep(0)
    asking = asyncio.create_task(get(port))
    await asyncio.sleep(0.05)
    assert not asking.done()
    started.set()
    await starting
    assert (await asking).text == "ok"
    await node.stop()


@pytest.mark.parametrize("wrong", ["failing", "hanging"])
async def test_one_that_does_not_stop_cleanly_keeps_no_other_from_stopping(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secureconnect.node.END_WAIT_S", 0.1)
    names = ["auth drains", "chat stops", "mail stops"]
    steps = Steps(names) if wrong == "failing" else Steps(hanging=names)
    node = Node([steps.part("sql"), steps.part("mail")], [steps.service("auth"), steps.service("chat")], [], 10.0)
    await node.start()
    await node.stop()
    assert node.state is NodeState.STOPPED
    assert [step for step in steps.taken if step not in names][-3:] == ["chat drains", "auth stops", "sql stops"]


async def test_a_request_that_runs_is_finished_and_no_new_one_is_taken() -> None:
    (port,) = free_ports(1)
    began, let_go = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        began.set()
        await let_go.wait()
        await plain_app(200, b"finished")(scope, receive, send)

    steps = Steps()
    node = Node([], [steps.service("chat")], [at(port, slow)], 10.0)
    await node.start()
    asking = asyncio.create_task(get(port))
    await began.wait()
    stopping = asyncio.create_task(node.stop())
    await until(lambda: holder_of(port) is None)
    with pytest.raises(httpx2.ConnectError):
        await get(port)
    assert "chat stops" not in steps.taken, "services live as long as requests do"
    let_go.set()
    assert (await asking).text == "finished"
    await stopping
    assert steps.taken[-1] == "chat stops"


@pytest.mark.parametrize("stop_s", [1.0, 5.0, 10.0])
async def test_a_request_that_hangs_is_cut_and_does_not_hold_the_stop_beyond_its_time(stop_s: float) -> None:
    (port,) = free_ports(1)
    began = asyncio.Event()
    ended: list[str] = []

    async def hang(scope: Any, receive: Any, send: Any) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    steps = Steps()
    node = Node([steps.part("sql")], [steps.service("chat")], [at(port, hang)], stop_s)
    await node.start()
    asking = asyncio.create_task(get(port))
    await began.wait()
    began_s = time.monotonic()
    await node.stop()
    assert time.monotonic() - began_s < max(stop_s, 3.0)
    assert steps.taken[-2:] == ["chat stops", "sql stops"]
    with pytest.raises(httpx2.HTTPError):
        (await asking).raise_for_status()
    await until(lambda: ended == ["cancelled"])


async def test_a_second_stop_does_nothing() -> None:
    steps = Steps()
    node = Node([], [steps.service("chat")], [], 10.0)
    await node.start()
    await asyncio.gather(node.stop(), node.stop())
    await node.stop()
    assert steps.taken == ["chat starts", "chat drains", "chat stops"]


async def test_the_date_header_is_of_now_as_long_as_the_node_runs() -> None:
    (port,) = free_ports(1)
    node = Node([], [], [at(port)], 10.0)
    await node.start()
    first = await date_told(port)
    await asyncio.sleep(2.1)
    assert await date_told(port) > first
    await node.stop()


async def date_told(port: int) -> float:
    told_s = parsedate_to_datetime((await get(port)).headers["date"]).timestamp()
    assert -3 < time.time() - told_s < 3
    return told_s


async def test_no_answer_names_the_server_s_software() -> None:
    (port,) = free_ports(1)
    node = Node([], [], [at(port)], 10.0)
    await node.start()
    assert "server" not in (await get(port)).headers
    await node.stop()


async def test_how_late_the_event_loop_runs_is_observed_for_each_service() -> None:
    steps = Steps()
    services = [steps.service("auth"), steps.service("chat")]
    node = Node([], services, [], 10.0)
    await node.start()
    await asyncio.sleep(0)
    time.sleep(0.75)  # noqa: ASYNC251  what blocks the loop is what is measured
    name = "secureconnect_event_loop_delay_seconds"
    for service in services:
        labels = {"service": service.name}

        def late(service: Running = service, labels: dict[str, str] = labels) -> float:
            return service.metrics.registry.get_sample_value(f"{name}_sum", labels) or 0.0

        await until(lambda late=late: late() >= 0.2)
        within = service.metrics.registry.get_sample_value(f"{name}_bucket", {**labels, "le": "0.1"})
        assert within is not None
        assert within < (service.metrics.registry.get_sample_value(f"{name}_count", labels) or 0.0)
    await node.stop()


async def test_a_signal_stops_a_node_that_runs() -> None:
    steps = Steps()
    node = Node([], [steps.service("chat")], [], 10.0)
    ready: list[NodeState] = []
    running = asyncio.create_task(run(node, lambda: ready.append(node.state)))
    await until(lambda: bool(ready))
    assert ready == [NodeState.SERVING]
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    async with asyncio.timeout(10):
        await running
    assert node.state is NodeState.STOPPED
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_a_node_that_cannot_start_is_never_called_ready() -> None:
    ready: list[bool] = []
    with pytest.raises(RuntimeError, match="chat starts"):
        await run(Node([], [Steps(["chat starts"]).service("chat")], [], 10.0), lambda: ready.append(True))
    assert ready == []

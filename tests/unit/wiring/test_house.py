"""Settings choose the adapters; each service gets its own limits, and a node with all it is made of."""

import asyncio
import re
from collections.abc import Callable, Generator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import secureconnect
from secureconnect.backends.blobs.guarded import GuardedBlobs
from secureconnect.backends.guard import Guard
from secureconnect.backends.mail.guarded import GuardedMail
from secureconnect.backends.mail.off import MailOff
from secureconnect.backends.mail.outbox import OutboxMail
from secureconnect.backends.peers.local import CallerPeers
from secureconnect.backends.peers.routed import RoutedPeers
from secureconnect.backends.peers.tokens import ServiceSigner
from secureconnect.contracts.peers import AUTH_POLICY, Nothing, PolicyReply
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, UnknownCrashPoint
from secureconnect.services.auth.app import AuthLimits
from secureconnect.services.chat.app import ChatLimits
from secureconnect.services.storage.app import StorageLimits
from secureconnect.services.video.app import VideoLimits
from secureconnect.settings import SERVICES, Settings, load
from secureconnect.settings.made import write_secret
from secureconnect.wiring.house import STARTING_ORDER, _House, build_node, chosen, pinging
from secureconnect.wiring.prepare import Prepared, prepare
from tests.fixtures.nodes import QUICK, Ports
from tests.fixtures.waiting import until

PACKAGE = Path(secureconnect.__file__).parent
LIMITS: dict[str, Any] = {"auth": AuthLimits, "chat": ChatLimits, "video": VideoLimits, "storage": StorageLimits}
OF_EVERY_SERVICE = {"port", "inner_port", "host", "inner_host", "urls", "inner_urls"}
Preparing = Callable[..., Prepared]


@pytest.fixture
def preparing(tmp_path: Path) -> Generator[Preparing]:
    """Prepares the same folder by other settings each time; it is let go at the end."""
    held: list[Prepared] = []

    def run(services: tuple[str, ...] = SERVICES, *, migrate: bool = False, **changed: str) -> Prepared:
        settings = {**QUICK, **Ports.fresh().settings(), "data_dir": str(tmp_path / "data")}
        settings |= {name.replace("__", "."): value for name, value in changed.items()}
        for prepared in held:
            prepared.lock.release()
        held.append(prepare(load(None, {}, settings, tmp_path / "run"), services, migrate=migrate))
        return held[-1]

    yield run
    for prepared in held:
        prepared.lock.release()


def nobody(_: str) -> None:
    """Takes the first administrator's link and forgets it."""


def house(prepared: Prepared) -> _House:
    return _House(prepared, nobody)


def names_of(limits: Any) -> set[str]:
    return {field.name for field in fields(limits)}


@pytest.mark.parametrize("service", LIMITS)
def test_every_setting_of_a_service_reaches_its_limits_under_its_own_name(service: str) -> None:
    section: Any = getattr(Settings(), service)
    shared = names_of(LIMITS[service]) & set(section.__struct_fields__)
    numbers = {name for name in shared if isinstance(getattr(section, name), int)}
    changed: dict[str, Any] = {name: getattr(section, name) + 1 for name in numbers}
    if service == "auth":
        changed["registration"] = "closed"
    assert shared == changed.keys()
    limits = chosen(msgspec.structs.replace(section, **changed), LIMITS[service])
    assert {name: getattr(limits, name) for name in shared} == changed


@pytest.mark.parametrize("service", LIMITS)
def test_no_setting_of_a_service_is_without_effect(service: str) -> None:
    section: Any = getattr(Settings(), service)
    wiring = (PACKAGE / "wiring" / "house.py").read_text()
    beyond = set(section.__struct_fields__) - names_of(LIMITS[service]) - OF_EVERY_SERVICE
    assert {name for name in beyond if f".{name}" not in wiring} == set()
    texts = [path.read_text() for path in (PACKAGE / "services" / service).rglob("*.py")]
    unread = {name for name in names_of(LIMITS[service]) if not any(re.search(rf"\.{name}\b", text) for text in texts)}
    assert unread == set()


def test_each_service_has_a_public_and_an_inner_listener_where_its_settings_say(preparing: Preparing) -> None:
    prepared = preparing()
    wired = build_node(prepared, nobody)
    assert tuple(service.name for service in wired.services) == STARTING_ORDER
    found = {one.setting: (one.host, one.port) for one in wired.node._listeners}
    wanted: dict[str, tuple[str, int]] = {}
    for name in SERVICES:
        own = prepared.settings.service(name)
        wanted |= {f"{name}.port": (own.host, own.port), f"{name}.inner_port": (own.inner_host, own.inner_port)}
    assert found == wanted
    assert build_node(prepared, nobody, listening=False).node._listeners == []


def test_a_node_of_some_services_builds_those_alone(preparing: Preparing) -> None:
    wired = build_node(preparing(("chat", "auth")), nobody)
    assert [service.name for service in wired.services] == ["auth", "chat"]
    assert {part.name for part in wired.node._parts} >= {"auth.db", "chat.db"}
    assert "files" not in {part.name for part in wired.node._parts}


def test_services_of_one_process_ask_each_other_directly_and_others_over_guarded_lines(preparing: Preparing) -> None:
    metrics = EdgeMetrics("chat", "1")
    together = house(preparing())
    assert isinstance(together._peers("chat", metrics), CallerPeers)
    assert together.parts == []
    apart = house(preparing(("chat",)))
    assert isinstance(apart._peers("chat", metrics), RoutedPeers)
    assert sorted(guard.need for guard in apart._guards) == sorted(set(SERVICES) - {"chat"})
    assert {part.name for part in apart.parts} >= {"chat to others", "ping chat to auth", "ping chat to storage"}
    for other in sorted(set(SERVICES) - {"chat"}):
        assert metrics.registry.get_sample_value(f"secureconnect_{other}_degraded", {"service": "chat"}) == 0.0


def test_mail_goes_to_the_server_that_is_set_else_to_a_folder_and_in_production_nowhere(preparing: Preparing) -> None:
    prepared = preparing()
    plain = house(prepared)
    assert isinstance(plain._mail(plain._edge("auth")), OutboxMail)
    production = replace(
        prepared,
        loaded=msgspec.structs.replace(
            prepared.loaded, settings=msgspec.structs.replace(prepared.settings, profile="production")
        ),
    )
    strict = house(production)
    assert isinstance(strict._mail(strict._edge("auth")), MailOff)
    served = house(preparing(smtp__url="smtp://127.0.0.1:2525", smtp__sender="team@example.org"))
    assert isinstance(served._mail(served._edge("auth")), GuardedMail)
    assert "ping mail" in {part.name for part in served.parts}


def test_files_lie_in_the_data_folder_behind_a_guard_that_is_pinged(preparing: Preparing) -> None:
    one = house(preparing())
    assert isinstance(one._blobs(one._edge("storage")), GuardedBlobs)
    assert [part.name for part in one.parts] == ["files", "ping blobs"]


def test_sockets_elsewhere_are_relayed_by_a_gateway_of_its_own_and_by_no_other(preparing: Preparing) -> None:
    alone = build_node(preparing(("gateway",)), nobody).services[0]
    assert alone.relay is not None
    assert alone.relay.takes(b"/v1/ws/chat")
    together = build_node(preparing(), nobody).services
    assert [service.relay for service in together] == [None] * 5


def test_only_the_gateway_s_own_token_makes_its_word_on_the_client_believed(preparing: Preparing) -> None:
    prepared = preparing()
    edge = house(prepared)._edge("chat")

    def token(name: str, audience: str = "chat") -> str:
        signer = ServiceSigner(name, prepared.secrets[f"service_key_{name}"], SystemClock())
        return signer.token(audience)

    assert edge.forwarder(token("gateway"))
    assert not edge.forwarder(token("gateway", "auth"))
    assert not edge.forwarder(token("video"))
    assert not edge.forwarder("nonsense")


def test_the_token_of_figures_is_read_anew_from_its_file(preparing: Preparing) -> None:
    prepared = preparing()
    edge = house(prepared)._edge("chat")
    assert edge.metrics_token() == prepared.secrets["metrics_token"].reveal()
    write_secret(prepared.data_dir / "secrets" / "metrics_token", "another token, long enough")
    assert edge.metrics_token() == "another token, long enough"


def test_a_crash_point_that_no_code_has_is_refused_at_the_start(
    preparing: Preparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_NAME, "sql.nowhere:1")
    with pytest.raises(UnknownCrashPoint):
        house(preparing())


@pytest.mark.anyio
async def test_what_is_degraded_is_told_on_all_sockets_and_taken_back(preparing: Preparing) -> None:
    one = house(preparing())
    services = [one.service(name) for name in ("auth", "storage", "chat", "video")]
    sockets = [each for service in services for each in service.sockets]
    assert len(sockets) == 2
    blobs, mail = Guard("blobs", SystemClock(), 1.0), Guard("mail", SystemClock(), 1.0)
    away = True

    async def ping() -> None:
        if away:
            raise OSError("away")

    for guard in (blobs, mail):
        one._guard(guard.need, guard, ping, every_s=0.01)
    own = [part for part in one.parts if part.name == "ping blobs"][-1], one.parts[-1]
    for part in own:
        await part.start()
    await until(lambda: [each.degraded_now for each in sockets] == [["blobs", "mail"]] * 2)
    away = False
    await until(lambda: [each.degraded_now for each in sockets] == [[]] * 2)
    for part in own:
        await part.stop()


@pytest.mark.anyio
async def test_pings_run_from_the_start_of_their_part_to_its_stop() -> None:
    running = 0

    async def pings() -> None:
        nonlocal running
        running += 1
        try:
            await asyncio.Event().wait()
        finally:
            running -= 1

    part = pinging("x", pings)
    assert (part.name, running) == ("ping x", 0)
    await part.start()
    await until(lambda: running == 1)
    await part.stop()
    assert running == 0


@pytest.mark.anyio
async def test_a_node_that_was_built_runs_and_its_operator_may_ask_every_service(preparing: Preparing) -> None:
    links: list[str] = []
    wired = build_node(preparing(migrate=True), links.append)
    await wired.node.start()
    try:
        for service in wired.services:
            await until(lambda service=service: service.health.started)
        assert await wired.operator.ask(AUTH_POLICY, Nothing()) == PolicyReply("open", True)
        assert len(links) == 1
    finally:
        await wired.node.stop()

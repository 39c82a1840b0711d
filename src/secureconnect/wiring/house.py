"""Adapters chosen by settings, services made of them, a node made of those."""

import asyncio
import os
import random
import secrets as randomness
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec

from secureconnect import __version__
from secureconnect.backends.blobs.files import FileBlobs
from secureconnect.backends.blobs.guarded import ANSWERS as BLOB_ANSWERS
from secureconnect.backends.blobs.guarded import GuardedBlobs
from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.bus.memory import MemoryBus
from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.guard import Guard
from secureconnect.backends.log.sql import LogOnSql
from secureconnect.backends.mail.guarded import GuardedMail
from secureconnect.backends.mail.off import MailOff
from secureconnect.backends.mail.outbox import OutboxMail
from secureconnect.backends.mail.port import Mail
from secureconnect.backends.media.mesh import MeshRooms
from secureconnect.backends.peers.answers import answer
from secureconnect.backends.peers.guarded import GuardedPeers
from secureconnect.backends.peers.http import HttpPeers
from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import Peers
from secureconnect.backends.peers.routed import RoutedPeers
from secureconnect.backends.peers.tokens import ServiceSigner, ServiceVerifier
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.frames import FRAME_LINES_MAX
from secureconnect.edge.follow import Follower
from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies
from secureconnect.edge.identity import Identity
from secureconnect.edge.inner import Inner
from secureconnect.edge.limits import FRAME_BYTES_MAX, Limiter
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import current_request_id
from secureconnect.edge.running import Edge, Running
from secureconnect.kit.breaker import Breaker
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, from_environment
from secureconnect.kit.ids import Ids
from secureconnect.node import Listener, Node, Part
from secureconnect.settings import SERVICES
from secureconnect.wiring.addresses import inner_hosts, inner_urls, public_urls
from secureconnect.wiring.prepare import Prepared, fresh_secret, service_keys

AUDIENCE = "secureconnect"
STARTING_ORDER = ("auth", "storage", "chat", "video", "gateway")
T = TypeVar("T")


def build_node(prepared: Prepared, announce: Callable[[str], None], *, listening: bool = True) -> "Wired":
    """The node of these services; `announce` is given the first administrator's link while nobody has used it."""
    house = _House(prepared, announce)
    services = [house.service(name) for name in STARTING_ORDER if name in prepared.services]
    listeners = [one for service in services for one in house.listeners(service)] if listening else []
    node = Node(house.parts, services, listeners, prepared.settings.node.stop_s)
    return Wired(node, house.local.as_caller("operator"), services)


@dataclass(frozen=True)
class Wired:
    """A node, the peers as its operator asks them, and its services."""

    node: Node
    operator: Peers
    services: Sequence[Running]


class _House:
    """Makes what the services of one process share, then each service with exactly what it uses."""

    def __init__(self, prepared: Prepared, announce: Callable[[str], None]) -> None:
        self._prepared = prepared
        self._announce = announce
        self._settings = prepared.settings
        self._clock = SystemClock()
        self._ids = Ids(self._clock)
        self._rng = random.Random(randomness.randbits(64))  # noqa: S311 jitter, not secrets
        self._crashpoints = from_environment(os.environ.get(ENVIRONMENT_NAME))
        disk = self._settings.disk
        self._disk = DiskGuard(
            prepared.data_dir,
            self._clock,
            disk.message_free_bytes_min,
            disk.upload_free_bytes_min,
            disk.upload_free_percent_min,
        )
        self._bus = MemoryBus(self._crashpoints)
        self._limiter = Limiter(self._clock, self._settings.limits.scale)
        self._public_keys = service_keys(prepared)
        self._guards: list[Guard] = []
        self.local = LocalPeers()
        self.parts: list[Part] = []
        self._built: dict[str, Running] = {}

    # Services

    def service(self, name: str) -> Running:
        """Build one service and let the others ask it."""
        makers = {
            "auth": self._auth,
            "chat": self._chat,
            "video": self._video,
            "storage": self._storage,
            "gateway": self._gateway,
        }
        running = makers[name](self._edge(name))
        self.local.serve(name, running.calls)
        self._built[name] = running
        return running

    def listeners(self, service: Running) -> list[Listener]:
        """The public and the inner listener of a service."""
        own = self._settings.service(service.name)
        inner = Inner(
            service.name,
            service.health,
            service.metrics,
            partial(self._answer, service.name),
            ServiceVerifier(service.name, self._public_keys, self._clock).caller,
            inner_hosts(self._settings),
        )
        return [
            Listener(f"{service.name}.port", own.host, own.port, service.public, service.relay),
            Listener(f"{service.name}.inner_port", own.inner_host, own.inner_port, inner),
        ]

    def _auth(self, edge: Edge) -> Running:
        from secureconnect.services.auth import app

        return app.build(
            edge,
            sql=self._sql("auth"),
            mail=self._mail(edge),
            limits=chosen(self._settings.auth, app.AuthLimits),
            public_url=self._settings.public_url,
            incarnation=self._prepared.incarnation,
            signing_pem=partial(fresh_secret, self._prepared, "jwt_secret"),
            announce=self._announce,
            crashpoints=self._crashpoints,
        )

    def _chat(self, edge: Edge) -> Running:
        from secureconnect.services.chat import app

        sql = self._sql("chat")
        chat = self._settings.chat
        return app.build(
            edge,
            sql=sql,
            log=LogOnSql(sql, app.project, self._disk, self._crashpoints),
            bus=self._bus,
            limits=chosen(chat, app.ChatLimits),
            allows_messages=self._disk.allows_messages,
            crashpoints=self._crashpoints,
            heartbeat_s=chat.heartbeat_s,
            outbox_bytes_max=chat.outbox_bytes_max,
        )

    def _video(self, edge: Edge) -> Running:
        from secureconnect.services.video import app

        video = self._settings.video
        return app.build(
            edge,
            sql=self._sql("video"),
            bus=self._bus,
            rooms=MeshRooms(video.mesh_max),
            limits=chosen(video, app.VideoLimits),
            turn_urls=list(self._settings.turn.urls),
            turn_secret=partial(fresh_secret, self._prepared, "turn_secret"),
            heartbeat_s=self._settings.chat.heartbeat_s,
            outbox_bytes_max=self._settings.chat.outbox_bytes_max,
        )

    def _storage(self, edge: Edge) -> Running:
        from secureconnect.services.storage import app

        return app.build(
            edge,
            sql=self._sql("storage"),
            blobs=self._blobs(edge),
            limits=chosen(self._settings.storage, app.StorageLimits),
            allows_uploads=self._disk.allows_uploads,
            crashpoints=self._crashpoints,
        )

    def _gateway(self, edge: Edge) -> Running:
        from secureconnect.services.gateway import app
        from secureconnect.services.gateway.site import ServerLimits

        settings = self._settings
        offered = ServerLimits(
            message_bytes_max=settings.chat.message_bytes_max,
            file_bytes_max=settings.storage.file_bytes_max,
            frame_bytes_max=FRAME_BYTES_MAX,
            frame_lines_max=FRAME_LINES_MAX,
            page_events_max=settings.chat.page_events_max,
            members_max=settings.chat.members_max,
            call_participants_max=settings.video.mesh_max,
        )
        return app.build(
            edge,
            here={name: running.public for name, running in self._built.items()},
            urls={name: public_urls(settings, name) for name in SERVICES if name != "gateway"},
            signer=self._signer("gateway"),
            limits=app.GatewayLimits(settings.gateway.connect_s, settings.gateway.idle_s, settings.limits.sockets_max),
            offered=offered,
            public_url=settings.public_url,
            vapid_private_key=partial(fresh_secret, self._prepared, "vapid_private_key"),
        )

    # What they are made of

    def _edge(self, name: str) -> Edge:
        settings = self._settings
        metrics = EdgeMetrics(name, __version__)
        identity = Identity(settings.public_url, AUDIENCE, self._clock)
        peers = self._peers(name, metrics)
        return Edge(
            service=name,
            version=__version__,
            clock=self._clock,
            ids=self._ids,
            rng=self._rng,
            metrics=metrics,
            identity=identity,
            follower=Follower(peers, identity, self._rng),
            limiter=self._limiter,
            hosts=Hosts(settings.public_url, settings.hosts),
            origins=Origins(settings.public_url, settings.origins),
            proxies=TrustedProxies(settings.gateway.trusted_proxies),
            peers=peers,
            forwarder=partial(_is_gateway, ServiceVerifier(name, self._public_keys, self._clock)),
            metrics_token=partial(fresh_secret, self._prepared, "metrics_token"),
            https=settings.public_url.startswith("https://"),
            scale=settings.limits.scale,
        )

    def _peers(self, name: str, metrics: EdgeMetrics) -> Peers:
        elsewhere = [other for other in SERVICES if other not in self._prepared.services]
        if not elsewhere:
            return self.local.as_caller(name)
        remote = HttpPeers(
            {other: inner_urls(self._settings, other) for other in elsewhere},
            self._signer(name),
            request_id=current_request_id.get,
        )
        self.parts.append(Part(f"{name} to others", nothing, remote.close))
        guards = {
            other: Guard(other, self._clock, 5.0, Breaker(), [metrics.degraded(other)], ()) for other in elsewhere
        }
        for other, guard in guards.items():
            self._guard(f"{name} to {other}", guard, partial(remote.ping, other))
        return RoutedPeers(name, self.local, GuardedPeers(remote, guards))

    def _guard(
        self,
        name: str,
        guard: Guard,
        ping: Callable[[], Awaitable[None]],
        *,
        every_s: float = 3.0,
        timeout_s: float = 1.0,
    ) -> None:
        self._guards.append(guard)
        guard.on_change(lambda _: self._tell_degraded())
        self.parts.append(pinging(name, partial(guard.run_pings, ping, every_s, timeout_s)))

    def _tell_degraded(self) -> None:
        what = sorted({guard.need for guard in self._guards if guard.degraded})
        for running in self._built.values():
            for sockets in running.sockets:
                sockets.degraded(what)

    def _sql(self, name: str) -> SqliteSql:
        sql = SqliteSql(self._prepared.data_dir / f"{name}.db", self._crashpoints, self._disk)
        self.parts.append(Part(f"{name}.db", sql.start, sql.close))
        return sql

    def _blobs(self, edge: Edge) -> Blobs:
        inner = FileBlobs(self._prepared.data_dir / "files", self._disk, self._crashpoints)
        self.parts.append(Part("files", nothing, inner.close))
        guard = Guard("blobs", self._clock, 30.0, Breaker(), [edge.metrics.degraded("blobs")], BLOB_ANSWERS)
        self._guard("blobs", guard, inner.ping)
        return GuardedBlobs(inner, guard)

    def _mail(self, edge: Edge) -> Mail:
        settings = self._settings
        if settings.smtp.url is None:
            if settings.profile == "production":
                return MailOff()
            return OutboxMail(self._prepared.data_dir / "outbox" / "mail", self._clock)
        from secureconnect.backends.mail.smtp import SmtpMail

        password = self._prepared.secrets.get("smtp_password")
        inner = SmtpMail(settings.smtp.url, settings.smtp.sender or "", self._clock, password)
        guard = Guard("mail", self._clock, 15.0, Breaker(), [edge.metrics.degraded("mail")], ())
        self._guard("mail", guard, inner.ping, every_s=30.0, timeout_s=10.0)  # each ping is a log-in
        return GuardedMail(inner, guard)

    def _signer(self, name: str) -> ServiceSigner:
        return ServiceSigner(name, self._prepared.secrets[f"service_key_{name}"], self._clock)

    async def _answer(self, service: str, caller: str, name: str, body: bytes) -> bytes:
        return await answer(self.local.calls_of(service), caller, name, body)


def chosen(section: object, limits: type[T]) -> T:
    """A service's own limits, filled from the settings of the same names."""
    return msgspec.convert(section, limits, from_attributes=True)


async def nothing() -> None:
    """The start of a part that needs none."""


def pinging(name: str, run_pings: Callable[[], Coroutine[None, None, None]]) -> Part:
    """The part that pings what a guard stands before, so that its degraded state ends by itself."""
    running: list[asyncio.Task[None]] = []

    async def start() -> None:
        running.append(asyncio.create_task(run_pings(), name=f"ping {name}"))

    async def stop() -> None:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    return Part(f"ping {name}", start, stop)


def _is_gateway(verifier: ServiceVerifier, token: str) -> bool:
    try:
        return verifier.caller(token) == "gateway"
    except Fault:
        return False

"""What every service is built with, and what it is once built."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from msgspec import Raw

from secureconnect.backends.peers.port import AnsweredCall, Peers, answered
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import HEALTH, OPENAPI, Change, Document, HealthReply, Nothing
from secureconnect.edge.app import build_app
from secureconnect.edge.door import Door
from secureconnect.edge.follow import Follower
from secureconnect.edge.gatekeeper import AdminCheck, Gatekeeper
from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies
from secureconnect.edge.idempotency import Idempotency, KeptAnswers
from secureconnect.edge.identity import Identity
from secureconnect.edge.inner import Check, Health
from secureconnect.edge.limits import Limiter
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.openapi import openapi_of
from secureconnect.edge.public import MetricsToken, Public
from secureconnect.edge.sockets import Sockets
from secureconnect.edge.wire import Relay
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Edge:
    """What one service's edge is made of; each service has its own."""

    service: str
    version: str
    clock: Clock
    ids: Ids
    rng: random.Random
    metrics: EdgeMetrics
    identity: Identity
    follower: Follower
    limiter: Limiter
    hosts: Hosts
    origins: Origins
    proxies: TrustedProxies
    peers: Peers
    forwarder: Callable[[str], bool]
    metrics_token: MetricsToken
    https: bool
    scale: float

    def gatekeeper(self, admin_check: AdminCheck | None = None) -> Gatekeeper:
        """The gatekeeper of this service."""
        return Gatekeeper(self.identity, self.follower, self.limiter, self.metrics, admin_check)


@dataclass(frozen=True)
class Running:
    """A built service: its public application with its door and what is inside of it, its health, the calls it
    answers, and its life.

    `start` is called in order before any listener opens; `drain` when the node stops, before listeners close; `stop`
    last, after the last request.
    """

    name: str
    public: ASGIApp
    inside: ASGIApp
    health: Health
    metrics: EdgeMetrics
    calls: Sequence[AnsweredCall]
    start: Step
    drain: Step
    stop: Step
    sockets: Sequence[Sockets] = field(default_factory=list[Sockets])
    relay: Relay | None = None


def assemble(
    edge: Edge,
    *,
    routes: Sequence[HTTPRouteHandler],
    provided: Mapping[str, object],
    gatekeeper: Gatekeeper,
    checks: Sequence[Check],
    calls: Sequence[AnsweredCall] = (),
    sockets: Sequence[Sockets] = (),
    kept_answers: KeptAnswers | None = None,
    relay: Relay | None = None,
    identity_needed: bool = True,
    start: Step | None = None,
    drain: Step | None = None,
    stop: Step | None = None,
) -> Running:
    """Put a service together from its routes, sockets and calls.

    The follower of auth's changes is started after the service's own `start` and stopped before its own `stop`; a
    session or account that ended has its sockets cut, and every socket is told when the node stops. Where
    `identity_needed`, the service is not ready before it has read auth's keys and the sessions that ended lately.
    """
    idempotency = Idempotency(kept_answers, gatekeeper) if kept_answers is not None else None
    api = build_app(edge.service, edge.version, routes, gatekeeper, provided, idempotency)
    health = Health(
        edge.service, [*checks, Check("identity", hard=identity_needed, ping=partial(_known, edge.identity))]
    )
    public = Public(api, {one.path: one for one in sockets}, health, edge.metrics, edge.metrics_token)
    life = _Life(edge, sockets, health, start, drain, stop)
    return Running(
        name=edge.service,
        public=door(edge, public),
        inside=public,
        health=health,
        metrics=edge.metrics,
        calls=[*calls, _openapi_call(edge.service, api), _health_call(edge.service, health)],
        start=life.start,
        drain=life.drain,
        stop=life.stop,
        sockets=list(sockets),
        relay=relay,
    )


def door(edge: Edge, app: ASGIApp) -> ASGIApp:
    """The door before an application of this service."""
    return Door(
        app,
        hosts=edge.hosts,
        origins=edge.origins,
        metrics=edge.metrics,
        ids=edge.ids,
        proxies=edge.proxies,
        forwarder=edge.forwarder,
        https=edge.https,
    )


class _Life:
    def __init__(
        self,
        edge: Edge,
        sockets: Sequence[Sockets],
        health: Health,
        start: Step | None,
        drain: Step | None,
        stop: Step | None,
    ) -> None:
        self._edge = edge
        self._sockets = sockets
        self._health = health
        self._start = start
        self._drain = drain
        self._stop = stop

    async def start(self) -> None:
        self._edge.follower.listen(self._cut)
        if self._start is not None:
            await self._start()
        self._edge.follower.start()
        for one in self._sockets:
            one.start()
        self._health.started = True

    def _cut(self, change: Change) -> None:
        for one in self._sockets:
            if change.kind == "session_ended" and change.session:
                one.end_session(change.account, change.session)
            elif change.kind in ("account_disabled", "account_closed"):
                one.end_account(change.account)

    async def drain(self) -> None:
        self._health.stopping = True
        for one in self._sockets:
            await one.drain()
        if self._drain is not None:
            await self._drain()

    async def stop(self) -> None:
        await self._edge.follower.stop()
        if self._stop is not None:
            await self._stop()


async def _known(identity: Identity) -> None:
    if not identity.ready:
        raise Fault(Code.UNAVAILABLE, "auth's keys were not read yet")


def _openapi_call(service: str, api: Litestar) -> AnsweredCall:
    async def document(_: Nothing) -> Document:
        return Document(Raw(openapi_of(api)))

    return answered(OPENAPI[service], document)


def _health_call(service: str, health: Health) -> AnsweredCall:
    async def state(_: Nothing) -> HealthReply:
        return HealthReply(*await health.ready())

    return answered(HEALTH[service], state)

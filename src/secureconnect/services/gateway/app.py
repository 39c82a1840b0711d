"""The gateway put together: admission, then the gateway's own pages or the service that owns the path."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from secureconnect.backends.peers.port import AnsweredCall
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import OPENAPI, Nothing
from secureconnect.edge.passage import passage_of
from secureconnect.edge.problems import refuse_socket, send_problem
from secureconnect.edge.running import Edge, Running, assemble, door
from secureconnect.services.gateway.admission import Admission
from secureconnect.services.gateway.documents import Documents
from secureconnect.services.gateway.forward import Elsewhere, Forward
from secureconnect.services.gateway.metrics import GatewayMetrics
from secureconnect.services.gateway.paths import owner
from secureconnect.services.gateway.relay import Relays
from secureconnect.services.gateway.site import ROUTES, Offer, ServerLimits

FEATURES = ["messages", "calls", "files", "friends", "invites", "presence"]


class Signer(Protocol):
    """Signs as the gateway."""

    def token(self, audience: str) -> str:
        """A service token for one audience."""
        ...


class GatewayLimits(Struct, frozen=True):
    """What the door takes at once, and how long it waits for services elsewhere."""

    connect_s: int
    idle_s: int
    sockets_max: int
    requests_max: int = 4000
    requests_per_address_max: int = 512
    sockets_per_address_max: int = 4000


def build(
    edge: Edge,
    *,
    here: Mapping[str, ASGIApp],
    urls: Mapping[str, Sequence[str]],
    signer: Signer,
    limits: GatewayLimits,
    offered: ServerLimits,
    public_url: str,
    vapid_private_key: Callable[[], str | None],
) -> Running:
    """The gateway over services of this process (`here`) and those at `urls`."""
    metrics = GatewayMetrics(edge.metrics.registry)
    away = {service: found for service, found in urls.items() if service not in here}
    elsewhere = Elsewhere(away, signer.token, limits.connect_s, limits.idle_s)
    admission = Admission(
        limits.requests_max, limits.requests_per_address_max, limits.sockets_max, limits.sockets_per_address_max
    )
    relays = Relays(away, signer.token, admission, edge.proxies, edge.ids.new, edge.rng, limits.connect_s)
    offer = Offer(edge.peers, edge.version, public_url, offered, FEATURES, _public_key(vapid_private_key()))
    shelf = _Shelf(edge, public_url)

    async def drain() -> None:
        relays.drain()

    running = assemble(
        edge,
        routes=ROUTES,
        provided={"offer": offer, "documents": shelf},
        gatekeeper=edge.gatekeeper(),
        checks=[],
        relay=relays if away else None,
        identity_needed=False,
        drain=drain,
        stop=elsewhere.close,
    )
    shelf.use(running.calls)
    front = _Front(running.inside, Forward(here, elsewhere), admission, metrics)
    return replace(running, public=door(edge, front))


class _Shelf(Documents):
    """The documents, whose own part is known once the gateway's routes are built."""

    def __init__(self, edge: Edge, public_url: str) -> None:
        super().__init__(edge.peers, b"{}", public_url, edge.version)

    def use(self, calls: Sequence[AnsweredCall]) -> None:
        """Read the gateway's own part from its own answer."""
        self._own_call = next(call for call in calls if call.call is OPENAPI["gateway"])

    async def openapi(self) -> dict[str, Any]:
        """The whole document."""
        if self._own == b"{}":
            reply: Any = await self._own_call.handler(Nothing())
            self._own = bytes(reply.openapi)
        return await super().openapi()


class _Front:
    """Beneath the door: admission, then the path's owner."""

    def __init__(self, own: ASGIApp, forward: Forward, admission: Admission, metrics: GatewayMetrics) -> None:
        self._own = own
        self._forward = forward
        self._admission = admission
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = owner(scope["path"])
        if service is None:
            await self._own(scope, receive, send)
            return
        passage = passage_of(scope)
        hold = self._admission.socket if scope["type"] == "websocket" else self._admission.request
        try:
            with hold(passage.client_ip):
                await self._forward(service, scope, receive, send)
        except Fault as fault:
            self._metrics.refused(service, fault.code.wire)
            if scope["type"] == "websocket":
                await refuse_socket(receive, send, fault, passage.request_id)
            else:
                await send_problem(send, fault, passage.request_id)


def _public_key(private_pem: str | None) -> str | None:
    """The uncompressed point of the VAPID key as browsers want it (RFC 8292 section 3.2)."""
    if private_pem is None:
        return None
    key = cast("EllipticCurvePrivateKey", load_pem_private_key(private_pem.encode(), None))
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

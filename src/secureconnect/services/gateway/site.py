"""What the gateway answers itself: the pages, the API document, and what this server offers."""

from typing import Annotated, Any

from litestar import Response
from litestar.params import Parameter

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.base import Answer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_POLICY, Nothing
from secureconnect.edge.passage import Passage
from secureconnect.edge.routes import Policy, route
from secureconnect.services.gateway.documents import PAGES, Documents

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "no-cache",
}
TEXT_ASSETS = {"page.css": "text/css"}


class ServerLimits(Answer, frozen=True):
    """What this server takes."""

    message_bytes_max: int
    file_bytes_max: int
    frame_bytes_max: int
    frame_lines_max: int
    page_events_max: int
    members_max: int
    call_participants_max: int


class ServerOffer(Answer, frozen=True):
    """What this server offers to clients that do not know it yet."""

    versions: list[str]
    server: str
    public_url: str
    limits: ServerLimits
    features: list[str]
    registration: str
    setup_pending: bool
    vapid_public_key: str | None
    sockets: dict[str, str]


class SeenAddress(Answer, frozen=True):
    """The address that a request came from, as limits count it."""

    address: str


class Offer:
    """Puts together what this server offers."""

    def __init__(
        self, peers: Peers, version: str, public_url: str, limits: ServerLimits, features: list[str], vapid: str | None
    ) -> None:
        self._peers = peers
        self._version = version
        self._public_url = public_url
        self._limits = limits
        self._features = features
        self._vapid = vapid

    async def now(self) -> ServerOffer:
        """The offer of now. Raises Fault UNAVAILABLE while auth does not answer."""
        policy = await self._peers.ask(AUTH_POLICY, Nothing())
        return ServerOffer(
            versions=["v1"],
            server=self._version,
            public_url=self._public_url,
            limits=self._limits,
            features=self._features,
            registration=policy.registration,
            setup_pending=policy.first_admin_pending,
            vapid_public_key=self._vapid,
            sockets={"chat": "/v1/ws/chat", "signaling": "/v1/ws/signaling"},
        )


def _html(content: bytes) -> Response[bytes]:
    return Response(content, media_type="text/html", headers=PAGE_HEADERS)


@route(
    "GET",
    "/.well-known/secureconnect",
    policy=Policy.PUBLIC,
    rate="public",
    summary="What this server offers",
    tag="server",
)
async def read_offer(offer: Offer) -> ServerOffer:
    """Versions, limits, features, the key for Web Push, and who may register."""
    return await offer.now()


@route(
    "GET",
    "/.well-known/secureconnect/address",
    policy=Policy.PUBLIC,
    rate="public",
    summary="The address you seem to come from",
    tag="server",
)
async def read_address(passage: Passage) -> SeenAddress:
    """What is left of your address behind the proxies in front: whoever runs the server sees whether they tell it."""
    return SeenAddress(passage.client_ip)


@route("GET", "/openapi.json", policy=Policy.PUBLIC, rate="public", summary="The API document", tag="server")
async def read_openapi(documents: Documents) -> dict[str, Any]:
    """OpenAPI 3.1 of all five services."""
    return await documents.openapi()


@route(
    "GET",
    "/docs",
    policy=Policy.PUBLIC,
    rate="public",
    summary="The API document for people",
    tag="server",
    media_type="text/html",
)
async def read_docs(documents: Documents) -> Response[bytes]:
    """Every operation, frame and shape on one page that needs nothing from elsewhere."""
    return _html(await documents.reference())


@route(
    "GET",
    "/docs/errors",
    policy=Policy.PUBLIC,
    rate="public",
    summary="All error codes",
    tag="server",
    media_type="text/html",
)
async def read_error_docs(documents: Documents) -> Response[bytes]:
    """The page that the `type` of every problem points into."""
    return _html(documents.errors())


@route("GET", "/", policy=Policy.PUBLIC, rate="public", summary="The page", tag="server", media_type="text/html")
async def read_home(documents: Documents) -> Response[bytes]:
    """A small page that says what this is."""
    return _html(documents.page("home.html"))


@route(
    "GET",
    "/join",
    policy=Policy.PUBLIC,
    rate="public",
    summary="Where invites lead",
    tag="server",
    media_type="text/html",
)
async def read_join(documents: Documents) -> Response[bytes]:
    """What to do with an invite's link; its secret stays in the browser."""
    return _html(documents.page("link.html"))


@route(
    "GET",
    "/reset",
    policy=Policy.PUBLIC,
    rate="public",
    summary="Where reset links lead",
    tag="server",
    media_type="text/html",
)
async def read_reset(documents: Documents) -> Response[bytes]:
    """What to do with a reset link; its secret stays in the browser."""
    return _html(documents.page("link.html"))


@route(
    "GET",
    "/verify",
    policy=Policy.PUBLIC,
    rate="public",
    summary="Where address checks lead",
    tag="server",
    media_type="text/html",
)
async def read_verify(documents: Documents) -> Response[bytes]:
    """What to do with the link of an address check; its secret stays in the browser."""
    return _html(documents.page("link.html"))


@route(
    "GET",
    "/assets/{name:str}",
    policy=Policy.PUBLIC,
    rate="public",
    summary="What the pages load",
    tag="server",
    errors=[Code.NOT_FOUND],
    media_type="text/css",
)
async def read_asset(name: Annotated[str, Parameter(max_length=64)]) -> Response[bytes]:
    """A style sheet of the pages."""
    kind = TEXT_ASSETS.get(name)
    if kind is None:
        raise Fault(Code.NOT_FOUND)
    headers = {"cache-control": "public, max-age=3600"}
    return Response((PAGES / name).read_bytes(), media_type=kind, headers=headers)


ROUTES = [
    read_offer,
    read_address,
    read_openapi,
    read_docs,
    read_error_docs,
    read_home,
    read_join,
    read_reset,
    read_verify,
    read_asset,
]

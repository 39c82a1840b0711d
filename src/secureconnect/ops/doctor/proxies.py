"""The way in from outside: whether `public_url` leads here, by whatever proxies stand before it."""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from secureconnect.contracts.frames import SUBPROTOCOL
from secureconnect.ops.doctor.addresses import is_loopback
from secureconnect.ops.doctor.answers import ANSWER_S, Heard, Way, asker, hear
from secureconnect.ops.doctor.finding import Finding, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient

CHECK = "public_url"
FORWARDED = "forwarded address"
PRETENDED = "192.0.2.77"
"""An address of nobody's (RFC 5737), sent as if a proxy had seen it."""


async def check_proxies(patient: Patient) -> list[Finding]:
    """Reach the server as people do; nothing to reach while it is for this machine alone or does not run."""
    url = patient.settings.public_url.rstrip("/")
    host = urlsplit(url).hostname or ""
    trusted = patient.settings.gateway.trusted_proxies
    everyone = judge_trusted(trusted)
    if is_loopback(host):
        return [*everyone, ok(CHECK, f"{url} is for this machine alone")]
    plain = judge_scheme(url)
    if not patient.runs and not patient.split:
        return [*everyone, *plain]
    async with asker() as client:
        offer = judge_offer(url, await hear(client, f"{url}/.well-known/secureconnect"))
        if offer.fix is not None:
            return [*everyone, *plain, offer]
        seen = await hear(client, f"{url}/.well-known/secureconnect/address", {"X-Forwarded-For": PRETENDED})
    socket_found = await _socket(url)
    forwarded = judge_forwarding(str(seen.body.get("address", "")), _own_address(url), trusted)
    return [*everyone, *plain, offer, socket_found, forwarded]


def judge_scheme(url: str) -> list[Finding]:
    """Whether passwords go in clear."""
    if url.startswith("https:"):
        return []
    fix = "put a proxy with a certificate in front (Caddy makes one by itself) and set public_url to https://"
    return [warn(CHECK, f"{url} is plain http: passwords and messages go in clear", fix)]


NO_ANSWER = {
    Way.UNKNOWN: "make a DNS record for that name",
    Way.UNTRUSTED: "give the proxy in front a certificate for that name",
    Way.REFUSED: "start the proxy in front, and let the firewall admit its port",
    Way.SILENT: "let the firewall admit that port (some routers lead no machine to its own public address)",
    Way.BROKEN: "check the proxy in front",
}


def judge_offer(url: str, heard: Heard) -> Finding:
    """Whether a GET of `/.well-known/secureconnect` at the public address reached this deployment."""
    status = heard.status
    if heard.way is not Way.ANSWERED:
        return fail(CHECK, f"{url}: {heard.way.value}", NO_ANSWER[heard.way])
    if status == 421:
        fix = "let the proxy pass the Host header on (nginx: proxy_set_header Host $host), or add the name to `hosts`"
        return fail(CHECK, f"{url} is answered with 421: the Host that arrives is not the one of public_url", fix)
    if status in (502, 503, 504):
        return fail(CHECK, f"{url} is answered with {status}", "let the proxy forward to gateway.port; does it run?")
    if 300 <= status < 400:
        return fail(CHECK, f"{url} redirects elsewhere ({status})", "set public_url to where it leads")
    found = heard.body.get("public_url")
    if found is None:
        return fail(CHECK, f"something else answers at {url} ({status})", "let the proxy forward all paths here")
    if str(found).rstrip("/") != url:
        return fail(CHECK, f"{url} leads to the server of {found}", "correct public_url, the DNS record or the proxy")
    return ok(CHECK, f"{url} leads here")


def judge_trusted(trusted: Sequence[str]) -> list[Finding]:
    """Networks that are too large to be those of proxies."""
    wide = [text for text in trusted if ipaddress.ip_network(text, strict=False).prefixlen == 0]
    if not wide:
        return []
    fix = "name the proxies' own addresses only"
    return [fail(FORWARDED, f"{', '.join(wide)} is everybody: any client may pretend any address", fix)]


def judge_forwarding(answered: str, own: str | None, trusted: Sequence[str]) -> Finding:
    """Whose address the server saw, when this machine (whose address there is `own`) came in by `public_url` with
    PRETENDED as its forwarded address."""
    if not _is_address(answered):
        return warn(FORWARDED, "the server does not say whose address it saw", "run doctor of the server's release")
    if own is not None and _within(own, trusted):
        told = f"this machine ({own}) is itself one of the trusted proxies, so what others may pretend cannot be told"
        return warn(FORWARDED, told, "run doctor through an address outside of them, or check the proxy's settings")
    if answered == PRETENDED:
        fix = "let the proxy set X-Forwarded-For itself instead of passing on what clients send"
        return fail(FORWARDED, "clients may pretend any address, and so pass limits by address", fix)
    if _within(answered, trusted):
        fix = "let the proxy set X-Forwarded-For (nginx: proxy_add_x_forwarded_for; Caddy does it by itself)"
        return fail(FORWARDED, f"everybody seems to come from the proxy {answered}", fix)
    if answered != own and (is_loopback(answered) or not ipaddress.ip_address(answered).is_global):
        fix = f"if {answered} is your proxy, name it in gateway.trusted_proxies"
        return fail(FORWARDED, f"this machine is seen as {answered}, and everybody else may be too", fix)
    return ok(FORWARDED, f"people's own addresses arrive (this machine is seen as {answered})")


def judge_socket(status: int | None, reason: str) -> Finding:
    """Whether a socket can be opened at the public address; `status` is what answered instead, None for no answer."""
    if status is None and not reason:
        return ok("sockets", "pass through public_url")
    fix = "let the proxy pass upgrades on (nginx: proxy_http_version 1.1, Upgrade and Connection headers)"
    return fail("sockets", f"do not pass through public_url: {status if status is not None else reason}", fix)


async def _socket(url: str) -> Finding:
    address = "ws" + url.removeprefix("http") + "/v1/ws/chat"
    protocols = [Subprotocol(SUBPROTOCOL)]
    try:
        async with connect(address, subprotocols=protocols, compression=None, open_timeout=ANSWER_S, proxy=None):
            return judge_socket(None, "")
    except InvalidStatus as error:
        return judge_socket(error.response.status_code, "")
    except (WebSocketException, OSError, TimeoutError) as error:
        return judge_socket(None, type(error).__name__)


def _own_address(url: str) -> str | None:
    """The address that this machine comes from when it goes to that URL; a UDP socket is bound, nothing is sent."""
    parsed = httpx2.URL(url)
    try:
        family, kind, _, _, where = socket.getaddrinfo(parsed.host, parsed.port or 443, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(where)
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, networks: Sequence[str]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in ipaddress.ip_network(network, strict=False) for network in networks)

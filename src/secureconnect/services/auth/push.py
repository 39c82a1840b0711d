"""Push addresses: where a device takes notifications, for as long as its session holds."""

import base64
import binascii
import ipaddress
from urllib.parse import urlsplit

import msgspec

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import FcmPushRequest, PushAddressRequest
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.edge.identity import Caller
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.store import push as store

POINT_BYTES = 65
AUTH_BYTES = 16
PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".private")


class PushAddresses:
    """Keeps one address per session."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock

    async def put(self, caller: Caller, address: PushAddressRequest) -> None:
        """Keep the caller's device's address; an earlier one goes. Raises Fault(INVALID, AUTH_TOKEN_INVALID)."""
        if not isinstance(address, FcmPushRequest):
            require_public_https(address.endpoint)
            require_octets(address.p256dh, "/p256dh", POINT_BYTES, 4)
            require_octets(address.auth, "/auth", AUTH_BYTES)
        provider = str(address.__struct_config__.tag)
        text = msgspec.json.encode(address).decode()
        who = (caller.session, caller.account, caller.device)
        if not await self._sql.write(store.put, *who, provider, text, self._clock.now_ms()):
            raise Fault(Code.AUTH_TOKEN_INVALID)

    async def remove(self, caller: Caller) -> None:
        """Forget the caller's device's address."""
        await self._sql.write(store.remove, caller.session)


def require_public_https(endpoint: str) -> None:
    """Raise Fault(INVALID) unless an endpoint is https at a host that could be on the public internet.

    Names are not resolved here: who delivers checks the address that it connects to.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused() from None
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "\\" not in endpoint
    if not plain or parts.scheme != "https" or parts.username is not None or parts.password is not None or port == 0:
        raise _refused()
    if not _public(host):
        raise _refused()


def require_octets(text: str, pointer: str, length: int, first: int | None = None) -> None:
    """Raise Fault(INVALID) unless a text is base64url of so many bytes, beginning with `first` where that is given."""
    try:
        content = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        content = b""
    if len(content) != length or (first is not None and content[0] != first):
        raise invalid(pointer, f"It is not base64url of {length} bytes as RFC 8291 has them.")


def _public(host: str) -> bool:
    if "." not in host and ":" not in host:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        named = not host.rpartition(".")[2].isdigit() and not host.rpartition(".")[2].startswith("0x")
        return named and not host.lower().endswith(PRIVATE_SUFFIXES)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_global and not (mapped or address).is_multicast


def _refused() -> Fault:
    return invalid("/endpoint", "It is not an https address on the public internet.")

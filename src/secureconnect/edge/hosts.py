"""Which Host names this server answers for, which origins may ask, and whose word on the client's address is
believed."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Hosts:
    """The names of this server: that of public_url, configured ones, localhost and IP literals."""

    def __init__(self, public_url: str, names: Sequence[str] = ()) -> None:
        public = urlsplit(public_url).hostname or ""
        self._names = {public.lower(), "localhost", *(name.lower() for name in names)}
        self._known: dict[bytes, bool] = {}

    def answers(self, host: bytes | None) -> bool:
        """Whether a Host header's value (RFC 9110 section 7.2) is one of ours; its port does not matter."""
        if not host:
            return False
        known = self._known.get(host)
        if known is None:
            known = self._check(host.decode("latin-1"))
            if len(self._known) < 256:
                self._known[host] = known
        return known

    def _check(self, host: str) -> bool:
        try:
            name = urlsplit("//" + host).hostname
        except ValueError:
            return False
        if not name or "@" in host or "/" in host:
            return False
        if name.lower().rstrip(".") in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class Origins:
    """The origins (RFC 6454) whose pages may use this API: our own and those that were configured."""

    def __init__(self, public_url: str, origins: Sequence[str] = ()) -> None:
        parts = urlsplit(public_url)
        self.own = f"{parts.scheme}://{parts.netloc}".lower()
        self._secure_name = parts.hostname if parts.scheme == "https" else None
        self._shared = frozenset(origin.lower().rstrip("/") for origin in origins)

    def own_page(self, origin: str, host: bytes | None = None) -> bool:
        """Whether a request of this origin comes from our own page: that of public_url, or of the very host it was
        sent to; under the name of an https public_url nobody's page comes by plain http."""
        origin = origin.lower()
        if origin == self.own:
            return True
        if host is None:
            return False
        sent_to = host.decode("latin-1").lower()
        plain = urlsplit("//" + sent_to).hostname != self._secure_name
        return origin == f"https://{sent_to}" or (plain and origin == f"http://{sent_to}")

    def shared(self, origin: str) -> bool:
        """Whether another site's page at this origin was allowed."""
        return origin.lower() in self._shared


class TrustedProxies:
    """Whose X-Forwarded-For is believed."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks: list[Network] = [ipaddress.ip_network(network, strict=False) for network in networks]

    def client_ip(self, peer_ip: str, forwarded_for: str | None) -> str:
        """The rightmost hop that is no trusted proxy; the peer itself when it is none or says nothing usable."""
        if forwarded_for is None or not self._trusts(peer_ip):
            return peer_ip
        client = peer_ip
        for hop in reversed(forwarded_for.split(",")):
            address = _address(hop.strip())
            if address is None:
                return client
            client = address
            if not self._trusts(address):
                return client
        return client

    def _trusts(self, ip: str) -> bool:
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        return any(address in network for network in self._networks if network.version == address.version)


def _address(hop: str) -> str | None:
    text = hop.removeprefix("[").partition("]")[0] if hop.startswith("[") else hop
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None

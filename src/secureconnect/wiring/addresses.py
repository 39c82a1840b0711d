"""Where the listeners of a service are reached from this machine."""

from urllib.parse import urlsplit

from secureconnect.edge.hosts import Hosts
from secureconnect.settings import SERVICES, Settings

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 compared, not bound


def reachable(host: str) -> str:
    """A host as it stands in a URL: an address of all interfaces becomes loopback, IPv6 gets its brackets."""
    bare = host.strip("[]")
    bare = EVERYWHERE.get(bare, bare)
    return f"[{bare}]" if ":" in bare else bare


def public_urls(settings: Settings, service: str) -> list[str]:
    """The public listeners of a service: as set, or that of this machine."""
    own = settings.service(service)
    return list(own.urls) or [f"http://{reachable(own.host)}:{own.port}"]


def inner_urls(settings: Settings, service: str) -> list[str]:
    """The inner listeners of a service: as set, or that of this machine."""
    own = settings.service(service)
    return list(own.inner_urls) or [f"http://{reachable(own.inner_host)}:{own.inner_port}"]


def inner_hosts(settings: Settings) -> Hosts:
    """The names that inner listeners answer to: those of this server, and those by which services are told to ask."""
    asked = [urlsplit(url).hostname or "" for name in SERVICES for url in inner_urls(settings, name)]
    return Hosts(settings.public_url, [*settings.hosts, *asked])

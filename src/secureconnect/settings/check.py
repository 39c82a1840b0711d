"""What must be true between settings, and what production refuses."""

import ipaddress
from collections.abc import Iterator
from itertools import combinations

import msgspec

from secureconnect.kit.secret import Secret
from secureconnect.settings.faults import FaultLine
from secureconnect.settings.forms import is_address
from secureconnect.settings.schema import SERVICES, Settings

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  a comparison, not a listener


class Wrong(msgspec.Struct, frozen=True):
    """A fault between settings: all names it depends on, the first one bears it."""

    names: tuple[str, ...]
    wrong: str
    fix: str


def cross_faults(settings: Settings, sources: dict[str, str], faulty: set[str]) -> list[FaultLine]:
    """Every fault between settings; those that hang on a setting already named as faulty are left out."""
    found = [*_listeners(settings), *_orders(settings), *_pairs(settings)]
    if settings.profile == "production":
        found += _production(settings)
    return [
        FaultLine(one.names[0], sources.get(one.names[0], "default"), one.wrong, one.fix)
        for one in found
        if not faulty.intersection(one.names)
    ]


def cross_warnings(settings: Settings) -> list[str]:
    """What is allowed, but hardly meant."""
    warnings: list[str] = []
    for name in SERVICES:
        host = settings.service(name).inner_host.strip("[]")
        if host in WILDCARDS or (is_address(host) and ipaddress.ip_address(host).is_global):
            warnings.append(f"{name}.inner_host is a public address: the inner listener must never be reached outside.")
    return warnings


def missing_secrets(settings: Settings, secrets: dict[str, Secret], services: tuple[str, ...]) -> list[FaultLine]:
    """The secrets that these services need and that are nowhere.

    Those that a first start makes count as missing only where production runs a part of the services in a process of
    its own: it could make none that the other processes know.
    """
    alone = settings.profile == "production" and set(services) != set(SERVICES)
    needed = [*_outside_needs(settings, services), *(_made_needs(services) if alone else ())]
    fix = "put it into a file and name that in SECURECONNECT_{}_FILE, or give it as a run secret"
    return [
        FaultLine(secret, "nowhere", f"is missing, and {reason}", fix.format(secret.upper()))
        for secret, reason in needed
        if secret not in secrets
    ]


def _made_needs(services: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if "auth" in services:
        yield "jwt_secret", "auth signs with it"
    for name in services:
        yield f"service_key_{name}", f"{name} signs its calls with it"


def _outside_needs(settings: Settings, services: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if settings.smtp.url and "@" in settings.smtp.url and "auth" in services:
        yield "smtp_password", "smtp.url names a user"
    if "video" in services:
        if any(url.startswith("turn") for url in settings.turn.urls):
            yield "turn_secret", "turn.urls is set"
        if settings.livekit.url:
            yield "livekit_api_key", "livekit.url is set"
            yield "livekit_api_secret", "livekit.url is set"
    if settings.s3.endpoint and "storage" in services:
        yield "minio_access_key", "s3.endpoint is set"
        yield "minio_secret_key", "s3.endpoint is set"
    if settings.firebase.project_id and "chat" in services:
        yield "firebase_credentials", "firebase.project_id is set"


def _listeners(settings: Settings) -> Iterator[Wrong]:
    listeners: list[tuple[str, str, int]] = []
    for name in SERVICES:
        service = settings.service(name)
        listeners.append((name + ".", service.host, service.port))
        listeners.append((name + ".inner_", service.inner_host, service.inner_port))
    for (first, first_host, first_port), (second, host, port) in combinations(listeners, 2):
        if port == first_port and _same_host(first_host, host):
            names = (f"{second}port", f"{first}port", f"{second}host", f"{first}host")
            yield Wrong(names, f"is the same as {first}port on the same host", "give each listener a port of its own")


def _same_host(first: str, second: str) -> bool:
    names = {"127.0.0.1" if host == "localhost" else host.strip("[]").lower() for host in (first, second)}
    return len(names) == 1 or bool(names & WILDCARDS)


def _orders(settings: Settings) -> Iterator[Wrong]:
    auth, chat, storage = settings.auth, settings.chat, settings.storage
    for lower, low, upper, high in (
        ("auth.refresh_idle_days", auth.refresh_idle_days, "auth.refresh_max_days", auth.refresh_max_days),
        ("chat.message_bytes_max", chat.message_bytes_max, "chat.outbox_bytes_max", chat.outbox_bytes_max),
        ("storage.file_bytes_max", storage.file_bytes_max, "storage.quota_bytes", storage.quota_bytes),
    ):
        if low > high:
            yield Wrong((lower, upper), f"is above {upper}", f"lower it, or raise {upper}")


def _pairs(settings: Settings) -> Iterator[Wrong]:
    if settings.smtp.url and not settings.smtp.sender:
        yield Wrong(("smtp.sender", "smtp.url"), "is missing, and smtp.url is set", "give the address mail comes from")
    if settings.s3.public_endpoint and not settings.s3.endpoint:
        fix = "set s3.endpoint too, or leave it out"
        yield Wrong(("s3.public_endpoint", "s3.endpoint"), "is set, and s3.endpoint is not", fix)


def _production(settings: Settings) -> Iterator[Wrong]:
    if not settings.public_url.startswith("https:"):
        fix = "give the https:// address that people use; TLS ends at the proxy in front"
        yield Wrong(("public_url", "profile"), "is plain http, which production refuses", fix)
    if settings.limits.scale > 1:
        yield Wrong(("limits.scale", "profile"), "is above 1, which production refuses", "leave it out")
    for name, value, least in (
        ("auth.argon2_memory_kib", settings.auth.argon2_memory_kib, 19_456),
        ("auth.argon2_time_cost", settings.auth.argon2_time_cost, 2),
    ):
        if value < least:
            yield Wrong((name, "profile"), f"is below {least}, which production refuses", "leave it out")

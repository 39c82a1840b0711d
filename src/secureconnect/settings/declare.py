"""How a setting is declared: its type with the bounds, the unit, the form of its text and its one sentence."""

from typing import Literal

import msgspec

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

Form = Literal[
    "host", "folder", "public_url", "service_url", "origin", "host_name", "cidr", "sql_url", "log_url", "redis_url",
    "s3_url", "livekit_url", "turn_url", "smtp_url", "sender", "word",
]  # fmt: skip

FORMS: dict[Form, str] = {
    "host": "a host name or IP address",
    "folder": "a folder",
    "public_url": "an address such as https://chat.example.org",
    "service_url": "an address such as http://10.0.0.5:8082",
    "origin": "an origin such as https://app.example.org",
    "host_name": "a host name such as chat.example.org",
    "cidr": "a network such as 10.0.0.0/8 or fd00::/8",
    "sql_url": "a URL such as postgresql://user@host:5432/name",
    "log_url": "a URL such as cassandra://host1,host2:9042/keyspace",
    "redis_url": "a URL such as redis://host:6379/0",
    "s3_url": "an address such as https://s3.example.org",
    "livekit_url": "a URL such as wss://livekit.example.org",
    "turn_url": "a server such as turn:turn.example.org:3478?transport=udp",
    "smtp_url": "a URL such as smtp://user@mail.example.org:587",
    "sender": "a mail address",
    "word": "a word of letters, digits, dots, dashes and underscores",
}


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of settings, frozen."""


def meta(
    sentence: str,
    *,
    unit: str = "",
    form: Form | None = None,
    ge: float | None = None,
    le: float | None = None,
) -> msgspec.Meta:
    """What stands beside a setting's type: one sentence, the unit, the form of its text, the bounds (inclusive)."""
    return msgspec.Meta(description=sentence, ge=ge, le=le, extra={"unit": unit, "form": form})


def seconds(sentence: str, ge: int = 1, le: int = 86400) -> msgspec.Meta:
    """A length of time in seconds."""
    return meta(sentence, unit="s", ge=ge, le=le)


def octets(sentence: str, ge: int = KIB, le: int = 1024 * GIB) -> msgspec.Meta:
    """A size in bytes."""
    return meta(sentence, unit="bytes", ge=ge, le=le)


def count(sentence: str, ge: int = 1, le: int = 1_000_000) -> msgspec.Meta:
    """A number of things."""
    return meta(sentence, ge=ge, le=le)

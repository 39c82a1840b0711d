"""The settings of what stands outside the services: databases, stores, mail, push, and the machine itself."""

from typing import Annotated

from secureconnect.settings.declare import GIB, MIB, Section, count, meta, octets, seconds


class Limits(Section, frozen=True):
    """Limits that hold on every listener."""

    scale: Annotated[
        float,
        meta("Multiplies every rate limit, for load tests; above 1 it is refused in production.", ge=0.001, le=1e6),
    ] = 1.0
    sockets_max: Annotated[int, count("Sockets that one process holds open.")] = 20_000


class Disk(Section, frozen=True):
    """How much of the disk is kept free, so that what frees it can still run."""

    upload_free_percent_min: Annotated[
        int, meta("Uploads stop below this share of free space.", unit="%", ge=0, le=90)
    ] = 10
    upload_free_bytes_min: Annotated[int, octets("Uploads stop below this free space.", ge=0)] = 2 * GIB
    message_free_bytes_min: Annotated[int, octets("Messages stop below this free space.", ge=0)] = 256 * MIB


class Node(Section, frozen=True):
    """Start and stop."""

    stop_s: Annotated[int, seconds("How long an ordered stop may take.", le=300)] = 10
    service_keys: Annotated[
        str | None,
        meta(
            "A file with the public keys of the services (a JWK set, made by `secureconnect keys services`), needed "
            "where services run in processes of their own; none = the keys of this machine's `data_dir`.",
            form="folder",
        ),
    ] = None


class Sql(Section, frozen=True):
    """The database."""

    url: Annotated[
        str | None,
        meta("The database (`postgresql://user@host:5432/name`, `cockroachdb://…`); none = SQLite.", form="sql_url"),
    ] = None


class Log(Section, frozen=True):
    """The event log of the conversations."""

    url: Annotated[
        str | None,
        meta("The event log (`cassandra://host1,host2:9042/keyspace`); none = the chat database.", form="log_url"),
    ] = None


class Redis(Section, frozen=True):
    """The bus and the values that expire."""

    url: Annotated[
        str | None, meta("Redis or Valkey (`redis://host:6379/0`, `rediss://…`); none = in memory.", form="redis_url")
    ] = None


class S3(Section, frozen=True):
    """The store of the files' bytes."""

    endpoint: Annotated[
        str | None, meta("An S3-compatible store as the server reaches it; none = local files.", form="s3_url")
    ] = None
    public_endpoint: Annotated[
        str | None, meta("The same store as clients reach it; none = they never do.", form="s3_url")
    ] = None
    bucket: Annotated[str, meta("The bucket of the files.", form="word")] = "secureconnect"
    region: Annotated[str, meta("The region that requests are signed for.", form="word")] = "us-east-1"


class Livekit(Section, frozen=True):
    """The media server."""

    url: Annotated[
        str | None, meta("The LiveKit server (`wss://host`); none = calls between devices only.", form="livekit_url")
    ] = None


class Turn(Section, frozen=True):
    """The relays of calls."""

    urls: Annotated[
        tuple[str, ...],
        meta("STUN and TURN servers (`turn:host:3478?transport=udp`, `turns:…`, `stun:…`).", form="turn_url"),
    ] = ()


class Smtp(Section, frozen=True):
    """Mail."""

    url: Annotated[
        str | None,
        meta(
            "The mail server (`smtp://user@host:587` with STARTTLS, `smtps://user@host:465`); none = no mail is sent.",
            form="smtp_url",
        ),
    ] = None
    sender: Annotated[str | None, meta("The address that mail comes from; needed with `smtp.url`.", form="sender")] = (
        None
    )


class Firebase(Section, frozen=True):
    """Push to Android."""

    project_id: Annotated[str | None, meta("The Firebase project of the apps; none = no FCM.", form="word")] = None

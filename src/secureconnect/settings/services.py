"""The settings of the five services: where each listens, and what it allows."""

from typing import Annotated, Literal

from secureconnect.settings.declare import GIB, KIB, MIB, Section, count, meta, octets, seconds

Host = Annotated[str, meta("The address of the public listener.", form="host")]
Port = Annotated[int, meta("The port of the public listener.", ge=1, le=65535)]
InnerHost = Annotated[
    str,
    meta(
        "The address of the inner listener (health, metrics, calls between services); it never follows `host`.",
        form="host",
    ),
]
InnerPort = Annotated[int, meta("The port of the inner listener, which is never published.", ge=1, le=65535)]
Urls = Annotated[
    tuple[str, ...],
    meta("Where the public listeners of this service are, when it runs in other processes.", form="service_url"),
]
InnerUrls = Annotated[
    tuple[str, ...],
    meta("Where the inner listeners of this service are, when it runs in other processes.", form="service_url"),
]


class Service(Section, frozen=True, kw_only=True):
    """What every service has: two listeners, and where to find it when it runs elsewhere."""

    host: Host = "127.0.0.1"
    port: Port
    inner_host: InnerHost = "127.0.0.1"
    inner_port: InnerPort
    urls: Urls = ()
    inner_urls: InnerUrls = ()


class Gateway(Service, frozen=True):
    """The public door."""

    port: Port = 8080
    inner_port: InnerPort = 18080
    trusted_proxies: Annotated[
        tuple[str, ...],
        meta(
            "The networks of the proxies in front, as CIDR; the client's address is the rightmost forwarded one "
            "outside them.",
            form="cidr",
        ),
    ] = ()
    connect_s: Annotated[int, seconds("How long a split service may take to accept a connection.", le=60)] = 3
    idle_s: Annotated[int, seconds("How long a forwarded request may stand without a byte either way.", le=3600)] = 120


class Auth(Service, frozen=True):
    """Accounts, sessions, devices, tokens."""

    port: Port = 8081
    inner_port: InnerPort = 18081
    registration: Annotated[
        Literal["open", "invite", "closed"],
        meta("Who may make an account: anybody, those with an invitation, or nobody but an administrator."),
    ] = "invite"
    access_token_s: Annotated[int, seconds("How long an access token lasts.", le=600)] = 600
    refresh_idle_days: Annotated[int, meta("After how long without use a session ends.", unit="days", ge=1, le=365)] = (
        30
    )
    refresh_max_days: Annotated[
        int, meta("After how long a session ends, however much it is used.", unit="days", ge=1, le=730)
    ] = 180
    sessions_per_account_max: Annotated[int, count("Sessions of one account; the oldest ends first.", le=1000)] = 50
    invite_days_max: Annotated[
        int, meta("The longest life of an invitation that its maker may ask for.", unit="days", ge=1, le=365)
    ] = 30
    invites_per_account_max: Annotated[int, count("Open invitations of one account.", le=10_000)] = 100
    invite_uses_max: Annotated[int, count("How often one invitation may be used, at most.", le=10_000)] = 500
    first_admin_s: Annotated[int, seconds("How long the link of the first administrator lasts.", 60, 604_800)] = 86_400
    reset_s: Annotated[int, seconds("How long a password reset sent by mail lasts.", 60, 3600)] = 600
    admin_reset_s: Annotated[int, seconds("How long a reset link made by an administrator lasts.", 60, 604_800)] = (
        86_400
    )
    address_check_s: Annotated[int, seconds("How long the link that verifies a mail address lasts.", 60, 604_800)] = (
        86_400
    )
    admin_confirm_s: Annotated[
        int, seconds("How long after the password was given an administrator may act without it.", 10, 3600)
    ] = 600
    password_length_min: Annotated[int, meta("The shortest password.", unit="characters", ge=8, le=64)] = 8
    password_length_max: Annotated[int, meta("The longest password.", unit="characters", ge=64, le=1024)] = 256
    argon2_memory_kib: Annotated[
        int, meta("Memory of one password hash; production takes no less than 19456.", unit="KiB", ge=64, le=1_048_576)
    ] = 19_456
    argon2_time_cost: Annotated[
        int, meta("Passes of one password hash; production takes no less than 2.", ge=1, le=20)
    ] = 2
    argon2_parallelism: Annotated[int, meta("Lanes of one password hash.", ge=1, le=16)] = 1
    argon2_threads: Annotated[int, count("Password hashes computed at the same time.", le=64)] = 2
    argon2_queue_max: Annotated[int, count("Password hashes that may wait their turn before 503.", le=10_000)] = 256
    picture_bytes_max: Annotated[int, octets("The largest picture that may be sent in.", le=64 * MIB)] = 8 * MIB
    friends_max: Annotated[int, count("Contacts of one account, requests counted.", le=100_000)] = 5000
    blocks_max: Annotated[int, count("Blocked accounts of one account.", le=100_000)] = 5000


class Chat(Service, frozen=True):
    """Conversations, members, the event log, sockets."""

    port: Port = 8082
    inner_port: InnerPort = 18082
    message_bytes_max: Annotated[
        int, octets("The largest envelope of a message; a frame of a socket holds 256 KiB.", le=240 * KIB)
    ] = 64 * KIB
    members_max: Annotated[int, count("Members of one conversation.", ge=2, le=100_000)] = 1000
    conversations_per_account_max: Annotated[int, count("Conversations of one account.", le=100_000)] = 5000
    files_per_message_max: Annotated[int, count("Files that one message may carry.", le=100)] = 10
    mentions_per_message_max: Annotated[int, count("Accounts that one message may mention.", le=1000)] = 50
    outbox_bytes_max: Annotated[
        int, octets("What may wait for one slow socket before it is closed with 4408.", ge=64 * KIB, le=GIB)
    ] = MIB
    page_events_max: Annotated[int, count("Events of one page of history.", le=1000)] = 200
    sync_heads_max: Annotated[int, count("Heads of one page of a sync.", le=10_000)] = 1000
    heartbeat_s: Annotated[
        int, seconds("The heartbeat of both sockets; silence for two of them ends a socket.", le=300)
    ] = 30
    presence_watch_max: Annotated[int, count("Accounts whose presence one socket may watch.", le=10_000)] = 200
    presence_members_max: Annotated[
        int, count("Members above which marks, typing and presence are asked for, not pushed.", le=10_000)
    ] = 100
    heads_check_s: Annotated[int, seconds("How often the heads of the open sockets are read anew.", le=300)] = 5
    heads_check_alone_s: Annotated[int, seconds("The same while the bus is away.", le=300)] = 2


class Video(Service, frozen=True):
    """Calls, signaling, ICE servers."""

    port: Port = 8083
    inner_port: InnerPort = 18083
    ring_s: Annotated[int, seconds("How long a call rings before it is missed.", le=300)] = 45
    grace_s: Annotated[int, seconds("How long a lost participant may take to come back.", le=300)] = 15
    mesh_max: Annotated[int, count("Devices of one call without a media server.", ge=2, le=8)] = 4
    signal_bytes_max: Annotated[int, octets("The largest signaling payload (SDP, candidate, key).", le=MIB)] = 64 * KIB
    candidates_max: Annotated[int, count("Candidates of one device in one call.", ge=10, le=10_000)] = 500
    signals_max: Annotated[int, count("Signals of one device in one call.", ge=50, le=100_000)] = 5000
    ice_credentials_s: Annotated[int, seconds("How long the credentials of the TURN server last.", ge=60)] = 600


class Storage(Service, frozen=True):
    """Uploads, files, quotas."""

    port: Port = 8084
    inner_port: InnerPort = 18084
    file_bytes_max: Annotated[int, octets("The largest file.")] = 2 * GIB
    quota_bytes: Annotated[int, octets("What one account may store, uploads under way counted.")] = 10 * GIB
    upload_expiry_s: Annotated[int, seconds("How long an upload may rest before it is swept.", ge=1, le=2_592_000)] = (
        86_400
    )
    uploads_open_max: Annotated[int, count("Uploads of one account under way at once.", le=1000)] = 20
    sweep_s: Annotated[int, seconds("How often expired uploads and orphans are swept.", ge=1)] = 600

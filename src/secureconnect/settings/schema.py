"""Every setting of the product, as one frozen Struct of sections."""

from typing import Annotated, Literal

import msgspec

from secureconnect.settings.declare import Section, meta
from secureconnect.settings.outside import S3, Disk, Firebase, Limits, Livekit, Log, Node, Redis, Smtp, Sql, Turn
from secureconnect.settings.services import Auth, Chat, Gateway, Service, Storage, Video

SERVICES = ("gateway", "auth", "chat", "video", "storage")


class Settings(Section, frozen=True, kw_only=True):
    """All settings: the top ones, then a section each."""

    profile: Annotated[
        Literal["single", "production"],
        meta(
            "`production` refuses stand-ins, secrets from the environment, a plain-http `public_url` and weak limits."
        ),
    ] = "single"
    data_dir: Annotated[
        str,
        meta("The folder of all that is stored on this machine, locked by the node that uses it.", form="folder"),
    ] = "./data"
    public_url: Annotated[
        str, meta("The address people use: every link is built from it, and its host is answered.", form="public_url")
    ] = "http://localhost:8080"
    hosts: Annotated[
        tuple[str, ...],
        meta("Further host names that are answered; all others get 421.", form="host_name"),
    ] = ()
    origins: Annotated[
        tuple[str, ...],
        meta("Further web origins whose pages may call the API; that of `public_url` may always.", form="origin"),
    ] = ()
    log_format: Annotated[
        Literal["auto", "json", "text"],
        meta("How log lines look; `auto` is text on a terminal and JSON elsewhere."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], meta("The least important log line that is written.")
    ] = "info"

    gateway: Gateway = msgspec.field(default_factory=Gateway)
    auth: Auth = msgspec.field(default_factory=Auth)
    chat: Chat = msgspec.field(default_factory=Chat)
    video: Video = msgspec.field(default_factory=Video)
    storage: Storage = msgspec.field(default_factory=Storage)
    limits: Limits = msgspec.field(default_factory=Limits)
    disk: Disk = msgspec.field(default_factory=Disk)
    node: Node = msgspec.field(default_factory=Node)
    sql: Sql = msgspec.field(default_factory=Sql)
    log: Log = msgspec.field(default_factory=Log)
    redis: Redis = msgspec.field(default_factory=Redis)
    s3: S3 = msgspec.field(default_factory=S3)
    livekit: Livekit = msgspec.field(default_factory=Livekit)
    turn: Turn = msgspec.field(default_factory=Turn)
    smtp: Smtp = msgspec.field(default_factory=Smtp)
    firebase: Firebase = msgspec.field(default_factory=Firebase)

    def service(self, name: str) -> Service:
        """The section of one service by its name; KeyError for any other."""
        return {
            "gateway": self.gateway,
            "auth": self.auth,
            "chat": self.chat,
            "video": self.video,
            "storage": self.storage,
        }[name]

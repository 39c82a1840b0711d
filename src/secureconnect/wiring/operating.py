"""What the operator's verbs reach a deployment by: the inner listeners of a running node, the mail server."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from secureconnect.backends.peers.http import HttpPeers
from secureconnect.backends.peers.port import Peers
from secureconnect.backends.peers.tokens import ServiceSigner, public_jwks
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.secret import Secret
from secureconnect.settings import SERVICES, Loaded, Settings
from secureconnect.settings.made import OPERATOR_KEY
from secureconnect.wiring.addresses import inner_urls

ASK_S = 60.0


@dataclass(frozen=True)
class OperatorLine:
    """The running services as their operator asks them; `ping` raises Fault(UNAVAILABLE) for one that is away."""

    peers: Peers
    ping: Callable[[str], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def operator_line(settings: Settings) -> OperatorLine:
    """A line to the running services, signed with the operator's key of this `data_dir`.

    Raises OSError when the key cannot be read, ValueError when it is none.
    """
    key = (Path(settings.data_dir) / "secrets" / OPERATOR_KEY).read_text()
    signer = ServiceSigner("operator", Secret(key), SystemClock())
    peers = HttpPeers({name: inner_urls(settings, name) for name in SERVICES}, signer, timeout_s=ASK_S)
    return OperatorLine(peers, peers.ping, peers.close)


async def ping_mail(loaded: Loaded) -> str | None:
    """Reach where letters go and say what that is; None when none are sent. Raises Fault(UNAVAILABLE)."""
    settings = loaded.settings
    if settings.smtp.url is not None:
        from secureconnect.backends.mail.smtp import SmtpMail

        password = loaded.secrets.get("smtp_password")
        await SmtpMail(settings.smtp.url, settings.smtp.sender or "", SystemClock(), password).ping()
        return "the mail server takes letters"
    if settings.profile == "production":
        return None
    return f"letters are files in {settings.data_dir}/outbox/mail and not sent (smtp.url is not set)"


def service_jwks(keys_pem: Mapping[str, str]) -> bytes:
    """The services' public keys as a JWK set (RFC 7517), from their private ones."""
    return public_jwks(keys_pem)

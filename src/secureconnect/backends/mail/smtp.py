"""Letters by SMTP to the operator's mail server."""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPRecipientRefused, SMTPRecipientsRefused
from msgspec import Struct

from secureconnect.backends.mail.compose import compose
from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.secret import Secret

log = logging.getLogger(__name__)


class SmtpAddress(Struct, frozen=True):
    """Where the mail server is: `tls` from the first byte, or by STARTTLS, or (loopback only) not at all."""

    host: str
    port: int
    username: str | None
    tls: bool
    starttls: bool


def smtp_address(url: str) -> SmtpAddress:
    """Read `smtp://user@host:587` (STARTTLS, except to loopback) or `smtps://user@host:465`; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("a mail server is smtp://host or smtps://host")
    if parts.password is not None:
        raise ValueError("the password of the mail server is a secret of its own, never part of the address")
    tls = parts.scheme == "smtps"
    username = unquote(parts.username) if parts.username else None
    port = parts.port or (465 if tls else 587)
    return SmtpAddress(parts.hostname, port, username, tls, not tls and not _is_loopback(parts.hostname))


class SmtpMail:
    """The Mail port over a connection per letter: they are few, and a held one would only go stale.

    `timeout_s` bounds a whole hand-over. `trust` replaces the system's certificate authorities.
    """

    stand_in = False

    def __init__(
        self,
        url: str,
        sender: str,
        clock: Clock,
        password: Secret | None = None,
        *,
        timeout_s: float = 10.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._address = smtp_address(url)
        self._sender = sender
        self._clock = clock
        self._password = password
        self._timeout_s = timeout_s
        self._trust = trust

    async def send(self, letter: Letter) -> None:
        """Hand a letter over; raises Fault(UNAVAILABLE), or Fault(AUTH_EMAIL_INVALID) for an address refused."""
        message = compose(letter, self._sender, self._clock.now_ms())
        async with self._connected() as server:
            await server.send_message(message)

    async def ping(self) -> None:
        """Return when the mail server takes the log-in and answers; raises Fault(UNAVAILABLE)."""
        async with self._connected() as server:
            await server.noop()

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[SMTP]:
        server = self._server()
        try:
            async with asyncio.timeout(self._timeout_s):
                await server.connect()
                yield server
                await _part(server)
        except (SMTPException, OSError, TimeoutError) as error:
            raise _fault(error, self._address) from error
        finally:
            server.close()

    def _server(self) -> SMTP:
        address = self._address
        password = self._password.reveal() if self._password else None
        return SMTP(
            hostname=address.host,
            port=address.port,
            username=address.username if password is not None else None,
            password=password if address.username is not None else None,
            use_tls=address.tls,
            start_tls=address.starttls,
            tls_context=self._trust,
            timeout=self._timeout_s,
        )


async def _part(server: SMTP) -> None:
    try:
        await server.quit()
    except (SMTPException, OSError):
        log.debug("the mail server closed without a goodbye")  # the letter is with it already


def _fault(error: Exception, address: SmtpAddress) -> Fault:
    refused = error.recipients if isinstance(error, SMTPRecipientsRefused) else [error]
    if all(isinstance(one, SMTPRecipientRefused) and 500 <= one.code < 600 for one in refused):
        return Fault(Code.AUTH_EMAIL_INVALID)
    reason = "it does not answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    log.warning("the mail server %s:%d took no letter: %s", address.host, address.port, reason)
    return Fault(Code.UNAVAILABLE, "The mail server takes no letters now.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""Letters to people: of links they asked for, and of what happened to their account."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from secureconnect.backends.mail.port import Letter, Mail
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.retry import full_jitter_s
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.store.accounts import AccountRow

TRIES_MAX = 5
FIRST_WAIT_S = 2.0
WAIT_S_MAX = 60.0
log = structlog.get_logger("auth.notices")


class Notices:
    """Writes letters and hands them over in the background: no act waits for mail, and none fails by it."""

    def __init__(
        self,
        mail: Mail,
        background: Background,
        clock: Clock,
        rng: random.Random,
        metrics: AuthMetrics,
        public_url: str,
        server_name: str,
    ) -> None:
        self._mail = mail
        self._background = background
        self._clock = clock
        self._rng = rng
        self._metrics = metrics
        self._public_url = public_url
        self._server_name = server_name
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("letters")),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def verify_address(self, to: str, username: str, secret: str, life_s: int) -> None:
        """The link that makes an address the account's own."""
        link = f"{self._public_url}/verify#{secret}"
        self._send(to, "Confirm your address", "verify", username=username, link=link, hours=_hours(life_s))

    def reset_link(self, to: str, username: str, secret: str, life_s: int) -> None:
        """The link that sets a password anew."""
        link = f"{self._public_url}/reset#{secret}"
        self._send(to, "Set a new password", "reset", username=username, link=link, minutes=max(1, life_s // 60))

    def new_device(self, account: AccountRow, device_name: str) -> None:
        """Somebody signed in to this account on a new device."""
        self._tell(account, "New sign-in", "new_device", device=device_name)

    def password_changed(self, account: AccountRow) -> None:
        """The account's password was changed, and other sessions ended."""
        self._tell(account, "Your password was changed", "password_changed")

    def address_changed(self, account: AccountRow, new_address: str | None) -> None:
        """The account, as it was before, has another address now, or none: the earlier address is told."""
        if account.mail_to is not None and account.mail_to != new_address:
            self._tell(account, "Your address was changed", "address_changed", removed=new_address is None)

    def _tell(self, account: AccountRow, subject: str, template: str, **words: object) -> None:
        if account.mail_to is not None:
            self._send(account.mail_to, subject, template, username=account.username, **words)

    def _send(self, to: str, subject: str, template: str, **words: object) -> None:
        at = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        known = {"server": self._server_name, "url": self._public_url, "at": at, "subject": subject, **words}
        letter = Letter(
            to=to,
            subject=f"{subject} ({self._server_name})",
            text=self._templates.get_template(f"{template}.txt").render(known),
            html=self._templates.get_template(f"{template}.html").render(known),
        )
        if not self._background.later("letter", lambda: self._deliver(letter)):
            self._metrics.letter("dropped")

    async def _deliver(self, letter: Letter) -> None:
        waits = full_jitter_s(FIRST_WAIT_S, WAIT_S_MAX, self._rng)
        for left in reversed(range(TRIES_MAX)):
            try:
                await self._mail.send(letter)
            except Fault as fault:
                if fault.code is Code.AUTH_EMAIL_INVALID or not left:
                    self._metrics.letter("failed")
                    log.warning("a letter was not taken", code=fault.code.wire)
                    return
                await asyncio.sleep(next(waits))
            else:
                self._metrics.letter("sent")
                return


def _hours(life_s: int) -> int:
    return max(1, round(life_s / 3600))

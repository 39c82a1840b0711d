"""How a letter becomes a message of RFC 5322, without a way for its words to become headers."""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.ids import one_time_secret

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def compose(letter: Letter, sender: str, now_ms: int) -> EmailMessage:
    """The letter as a message from `sender` (an address, or a name and an address in angle brackets), as of `now_ms`.

    Control characters in the subject become spaces. Raises Fault(AUTH_EMAIL_INVALID) for what is not one address.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient(letter.to)
    message["Subject"] = _CONTROLS.sub(" ", letter.subject).strip()
    message["Date"] = datetime.fromtimestamp(now_ms / 1000, UTC)
    message["Message-ID"] = f"<{one_time_secret()}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def recipient(text: str) -> Address:
    """The one address that `text` is; raises Fault(AUTH_EMAIL_INVALID)."""
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise Fault(Code.AUTH_EMAIL_INVALID) from error
    if address.addr_spec != text:
        raise Fault(Code.AUTH_EMAIL_INVALID)
    return address


def _domain(sender: str) -> str:
    return sender.rsplit("@", 1)[-1].rstrip("> ") or "localhost"

"""Every way of sending letters keeps the same promises."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from secureconnect.backends.mail.outbox import OutboxMail
from secureconnect.backends.mail.port import Letter, Mail
from secureconnect.backends.mail.smtp import SmtpMail
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from tests.fixtures.mail import mail_server

pytestmark = pytest.mark.anyio

SENDER = "SecureConnect <no-reply@example.org>"
LETTER = Letter("ada@example.net", "Your new device", "Plain words: ä €\n", "<p>Words: ä €</p>\n")


@dataclass
class Subject:
    """A way of sending letters, and what became of them."""

    mail: Mail
    letters: Callable[[], list[EmailMessage]]


@asynccontextmanager
async def outbox(root: Path) -> AsyncGenerator[Subject]:
    folder = root / "mail"

    def letters() -> list[EmailMessage]:
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]

    yield Subject(OutboxMail(folder, ManualClock(), SENDER), letters)


@asynccontextmanager
async def smtp(_root: Path) -> AsyncGenerator[Subject]:
    async with mail_server() as server:
        yield Subject(SmtpMail(f"smtp://127.0.0.1:{server.port}", SENDER, ManualClock()), lambda: server.taken)


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Subject]]] = {"outbox": outbox, "smtp": smtp}


@pytest.fixture(params=sorted(ADAPTERS))
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Subject]:
    async with ADAPTERS[request.param](tmp_path) as made:
        yield made


def text_of(message: EmailMessage, kind: str) -> str:
    """One of the twins of a letter."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return part.get_content()


async def test_a_letter_arrives_whole_in_plain_text_and_html(subject: Subject) -> None:
    await subject.mail.send(LETTER)
    [message] = subject.letters()
    assert (message["To"], message["Subject"], message["From"]) == (LETTER.to, LETTER.subject, SENDER)
    assert text_of(message, "plain").replace("\r\n", "\n") == LETTER.text
    assert text_of(message, "html").replace("\r\n", "\n") == LETTER.html
    assert message["Date"].datetime.timestamp() * 1000 == ManualClock().now_ms() // 1000 * 1000
    assert message["Auto-Submitted"] == "auto-generated"
    assert str(message["Message-ID"]).endswith("@example.org>")


async def test_sending_again_sends_a_second_letter(subject: Subject) -> None:
    await subject.mail.send(LETTER)
    await subject.mail.send(LETTER)
    first, second = subject.letters()
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0", "\r\n\r\n"])
async def test_a_subject_never_becomes_a_header(subject: Subject, breaks: str) -> None:
    await subject.mail.send(Letter(LETTER.to, f"Hello{breaks}Bcc: eve@example.com{breaks}", "text\n", "<p>html</p>\n"))
    [message] = subject.letters()
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: eve@example.com"
    assert text_of(message, "plain").strip() == "text"


HOSTILE = [
    "ada@example.net\r\nBcc: eve@example.com",
    "ada@example.net\nRCPT TO:<eve@example.com>",
    "ada@example.net, eve@example.com",
    "Ada <ada@example.net>",
    "ada@example.net ",
    "ada",
    "",
    "@",
    "ada@",
    "@example.net",
    "ada@example.net>",
    "a\0@example.net",
]


@pytest.mark.parametrize("to", HOSTILE)
async def test_what_is_not_exactly_one_address_is_refused(subject: Subject, to: str) -> None:
    with pytest.raises(Fault) as caught:
        await subject.mail.send(Letter(to, "s", "t", "h"))
    assert caught.value.code is Code.AUTH_EMAIL_INVALID
    assert subject.letters() == []


async def test_a_way_that_is_there_answers_a_ping(subject: Subject) -> None:
    await subject.mail.ping()
    assert subject.letters() == []

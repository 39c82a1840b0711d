"""Letters by SMTP: what the server refuses, hides, or never answers."""

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from secureconnect.backends.guard import Guard
from secureconnect.backends.mail.guarded import GuardedMail
from secureconnect.backends.mail.port import Letter
from secureconnect.backends.mail.smtp import SmtpAddress, SmtpMail, smtp_address
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.secret import Secret
from tests.fixtures.mail import certificate, mail_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

SENDER = "no-reply@example.org"
LETTER = Letter("ada@example.net", "Subject", "text\n", "<p>html</p>\n")
ELSEWHERE = "0.0.0.0"  # reaches this machine, and is no loopback address by name


def mail(url: str, password: str | None = None, trust: ssl.SSLContext | None = None) -> SmtpMail:
    """A client of that server with a short time-out."""
    return SmtpMail(
        url, SENDER, ManualClock(), Secret(password) if password is not None else None, timeout_s=0.5, trust=trust
    )


async def refusal(sender: SmtpMail) -> Fault:
    """The fault that sending raises."""
    with pytest.raises(Fault) as caught:
        await sender.send(LETTER)
    return caught.value


ADDRESSES = {
    "smtp://user%40x@mail.example:587": SmtpAddress("mail.example", 587, "user@x", False, True),
    "smtp://mail.example": SmtpAddress("mail.example", 587, None, False, True),
    "smtps://mail.example": SmtpAddress("mail.example", 465, None, True, False),
    "smtp://127.0.0.1:2525": SmtpAddress("127.0.0.1", 2525, None, False, False),
    "smtp://[::1]:25": SmtpAddress("::1", 25, None, False, False),
    "smtp://localhost": SmtpAddress("localhost", 587, None, False, False),
}


@pytest.mark.parametrize("url", sorted(ADDRESSES))
def test_starttls_is_wanted_everywhere_but_on_loopback(url: str) -> None:
    assert smtp_address(url) == ADDRESSES[url]


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example:25", "smtp://", "smtp://u:canary@mail.example"])
def test_an_address_that_cannot_be_used_is_an_error_that_tells_no_password(url: str) -> None:
    with pytest.raises(ValueError, match="mail server") as caught:
        smtp_address(url)
    assert "canary" not in str(caught.value)


async def test_a_server_that_offers_no_starttls_gets_neither_password_nor_letter() -> None:
    async with mail_server() as server:
        fault = await refusal(mail(f"smtp://user@{ELSEWHERE}:{server.port}", "canary"))
        assert (fault.code, server.taken) == (Code.UNAVAILABLE, [])


async def test_letters_go_by_starttls_with_a_log_in(tmp_path: Path) -> None:
    tls, trust = certificate(tmp_path, ELSEWHERE)
    async with mail_server(tls, password="correct horse") as server:
        url = f"smtp://user@{ELSEWHERE}:{server.port}"
        sender = mail(url, "correct horse", trust)
        await sender.ping()
        await sender.send(LETTER)
        assert [str(message["To"]) for message in server.taken] == [LETTER.to]
        assert all(session.ssl is not None and session.authenticated for session in server.sessions)
        assert (await refusal(mail(url, "wrong", trust))).code is Code.UNAVAILABLE


async def test_letters_go_by_tls_from_the_first_byte(tmp_path: Path) -> None:
    tls, trust = certificate(tmp_path, "127.0.0.1")
    async with mail_server(tls, implicit=True) as server:
        await mail(f"smtps://127.0.0.1:{server.port}", trust=trust).send(LETTER)
        assert len(server.taken) == 1


async def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path, ELSEWHERE)
    async with mail_server(tls) as server:
        assert (await refusal(mail(f"smtp://{ELSEWHERE}:{server.port}"))).code is Code.UNAVAILABLE


REFUSALS = {
    "550 no such user": Code.AUTH_EMAIL_INVALID,
    "553 not a mailbox": Code.AUTH_EMAIL_INVALID,
    "450 mailbox busy": Code.UNAVAILABLE,
    "421 closing": Code.UNAVAILABLE,
}


@pytest.mark.parametrize("answer", sorted(REFUSALS))
async def test_an_address_refused_for_good_is_told_apart_from_a_server_that_is_busy(answer: str) -> None:
    async with mail_server() as server:
        server.refused[LETTER.to] = answer
        assert (await refusal(mail(f"smtp://127.0.0.1:{server.port}"))).code is REFUSALS[answer]


async def test_a_server_that_takes_no_data_is_unavailable() -> None:
    async with mail_server() as server:
        server.data_answer = "554 transaction failed"
        assert (await refusal(mail(f"smtp://127.0.0.1:{server.port}"))).code is Code.UNAVAILABLE


async def test_a_server_that_is_down_is_unavailable() -> None:
    async with mail_server() as server:
        port = server.port
    sender = mail(f"smtp://127.0.0.1:{port}")
    assert (await refusal(sender)).code is Code.UNAVAILABLE
    with pytest.raises(Fault):
        await sender.ping()


@pytest.mark.parametrize("greets", [False, True])
async def test_a_server_that_hangs_is_given_up_in_time(greets: bool) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if greets:
            writer.write(b"220 slow\r\n")

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        started_s = time.monotonic()
        assert (await refusal(mail(f"smtp://127.0.0.1:{port}"))).code is Code.UNAVAILABLE
        assert time.monotonic() - started_s < 2
        for writer in writers:
            writer.close()


async def test_a_letter_that_hangs_when_its_sender_is_cancelled_leaves_no_connection() -> None:
    closed = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 slow\r\n")
        await reader.readline()
        greeted.set()
        await reader.read()
        closed.set()
        writer.close()

    greeted = asyncio.Event()
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        task = asyncio.create_task(SmtpMail(f"smtp://127.0.0.1:{port}", SENDER, ManualClock()).send(LETTER))
        await greeted.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await closed.wait()


async def test_a_guarded_server_that_is_down_is_soon_not_tried_and_back_after_a_ping() -> None:
    async with mail_server() as server:
        guard = Guard("mail", ManualClock(), 1.0)
        guarded = GuardedMail(mail(f"smtp://127.0.0.1:{server.port}"), guard)
        server.data_answer = "451 try later"
        for _ in range(5):
            with pytest.raises(Fault):
                await guarded.send(LETTER)
        server.data_answer = "250 OK"
        with pytest.raises(Fault) as caught:
            await guarded.send(LETTER)
        assert (guard.degraded, caught.value.retry_after_ms) == (True, 3000)
        pings = asyncio.create_task(guard.run_pings(guarded.ping))
        await until(lambda: not guard.degraded)
        pings.cancel()
        await guarded.send(LETTER)
        assert len(server.taken) == 1

"""An address is asked without ever raising, and answers of ours are told from those of somebody else."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from secureconnect.ops.doctor.answers import Heard, Way, asker, hear
from tests.fixtures.nodes import free_ports


@asynccontextmanager
async def answering(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """A server that gives this answer to whatever it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def http(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status.encode(), len(body), body)


async def heard(url: str) -> Heard:
    async with asker() as client:
        return await hear(client, url)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "ours", "inner"),
    [
        (http(b'{"status":"ok"}'), True, False),
        (http(b'{"status":"not_ready","service":"chat","checks":{}}', "503 Gone"), True, True),
        (http(b"<html>hello</html>"), False, False),
        (http(b'["status"]'), False, False),
        (http(b'{"status":"up"}'), False, False),
        (http(b"\xff\xfe"), False, False),
    ],
)
async def test_our_probes_are_known_by_their_words(answer: bytes, ours: bool, inner: bool) -> None:
    async with answering(answer) as url:
        found = await heard(url)
    assert found.way is Way.ANSWERED
    assert (found.of_ours, found.of_inner) == (ours, inner)


@pytest.mark.anyio
async def test_what_does_not_answer_is_told_by_how_far_the_request_came() -> None:
    assert (await heard(f"http://127.0.0.1:{free_ports(1)[0]}")).way is Way.REFUSED
    assert (await heard("http://no-such-name.invalid")).way is Way.UNKNOWN
    async with answering(b"this is no HTTP at all\r\n") as url:
        assert (await heard(url)).way is Way.BROKEN


@pytest.mark.anyio
async def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    async with answering(http(b"{}"), context) as url:
        assert (await heard(url.replace("http://127.0.0.1", "https://localhost"))).way is Way.UNTRUSTED


def own_certificate(folder: Path) -> Path:
    """A file with a certificate for localhost that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    path = folder / "certificate.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return path

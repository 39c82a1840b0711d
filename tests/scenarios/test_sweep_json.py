"""Bodies that are no JSON, or JSON that no client means: refused at once and alike by every service."""

import time

import httpx2
import pytest

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.scenarios.sweep.lines import CHAT, SIGNALING, greeted

pytestmark = pytest.mark.anyio
QUICK_S = 1.0
"""Generous for a busy machine; what is refused takes some milliseconds."""
TAKING = {
    "auth": ("/v1/friends", "account"),
    "chat": ("/v1/conversations", "kind"),
    "video": ("/v1/calls", "conversation"),
    "storage": ("/v1/files/none/copy", "conversation"),
}
"""An operation of each service that takes a body, with one of its fields of text."""
REFUSALS = ({(400, "request.bad")}, {(422, "request.invalid")})
"""It is the second where a fault of shape comes before that of the text."""
NO_JSON: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"FIELD": "x',
    "two": b"{}{}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"FIELD":' * 40_000,
    "not a number": b'{"FIELD": NaN}',
    "infinity": b'{"FIELD": -Infinity}',
    "a comment": b'{/* */"FIELD": "x"}',
    "single quotes": b"{'FIELD': 'x'}",
    "a line break in a text": b'{"FIELD": "x\ny"}',
    "a lone surrogate": b'{"FIELD": "\\ud800"}',
    "bytes that are no UTF-8": b'{"FIELD": "\xff\xfe"}',
    "an overlong NUL": b'{"FIELD": "\xc0\x80"}',
    "UTF-16": '{"FIELD": "x"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"FIELD": "x"}'.encode("utf-16-le"),
    "UTF-7": b"+AHsAIg-FIELD+ACI-:+ACI-x+ACIAfQ-",
    "a byte order mark": b'\xef\xbb\xbf{"FIELD": "x"}',
    "a leading zero": b'{"FIELD": 01}',
}
NO_BODY: dict[str, bytes] = {
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a huge number": b'{"FIELD": ' + b"9" * 400 + b"}",
    "a huge exponent": b'{"FIELD": 1e400}',
    "a number for a text": b'{"FIELD": 1}',
    "a hundred thousand fields": b"{" + b",".join(b'"%d":1' % number for number in range(70_000)) + b"}",
    "a NUL in a text": b'{"FIELD": "\\u0000"}',
}


@pytest.fixture
async def anna(persons: Persons) -> Person:
    """Somebody who is signed in."""
    return await persons.sign_up("anna")


async def answers(deployment: Deployment, person: Person, body: bytes) -> dict[str, tuple[int, str]]:
    """How each service answers a body, through the gateway and at its own door."""
    headers = {
        "authorization": f"Bearer {person.session.tokens.access_token}",
        "content-type": "application/json",
    }
    found: dict[str, tuple[int, str]] = {}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, verify=False, timeout=30) as http:
        for service, (path, field) in TAKING.items():
            for door in ("gateway", service):
                url = f"http://localhost:{deployment.ports.public[door]}{path}"
                began_s = time.monotonic()
                answer = await http.post(url, content=body.replace(b"FIELD", field.encode()))
                assert time.monotonic() - began_s < QUICK_S, (service, door)
                found[f"{service} at {door}"] = (answer.status_code, answer.json()["code"])
    return found


@pytest.mark.parametrize("kind", NO_JSON)
async def test_what_is_no_json_is_refused_alike_at_every_service(
    deployment: Deployment, anna: Person, kind: str
) -> None:
    found = await answers(deployment, anna, NO_JSON[kind])
    assert set(found.values()) in REFUSALS, found


@pytest.mark.parametrize("kind", NO_BODY)
async def test_json_of_another_shape_is_invalid_at_every_service(
    deployment: Deployment, anna: Person, kind: str
) -> None:
    found = await answers(deployment, anna, NO_BODY[kind])
    assert set(found.values()) == {(422, "request.invalid")}, found


async def test_a_body_above_the_limit_is_too_large_at_every_service(deployment: Deployment, anna: Person) -> None:
    found = await answers(deployment, anna, b'{"FIELD": "' + b"x" * 2_000_000 + b'"}')
    assert set(found.values()) == {(413, "request.body_too_large")}, found


@pytest.mark.parametrize("path", [CHAT, SIGNALING])
async def test_a_frame_that_is_no_json_closes_the_socket_and_nothing_else(
    deployment: Deployment, anna: Person, path: str
) -> None:
    token = anna.session.tokens.access_token
    async with greeted(deployment.url, path, token) as bystander:
        for kind, body in NO_JSON.items():
            try:
                text = body.decode()
            except UnicodeDecodeError:
                continue  # a text message cannot hold it: the protocol itself refuses that
            if not text or "\n" in text:
                continue
            async with greeted(deployment.url, path, token) as socket:
                await socket.send(text[:200_000])
                assert await socket.ended() == 4400, kind
        assert (await bystander.ask({"t": "ping"}))["t"] == "pong"
        answer = await bystander.ask({"t": "events.read", "conversation": "x" * 10, "after": int("9" * 30)})
        assert answer["code"].startswith("frame."), answer

"""The client as a whole: what it is told when it is made, and what it tells its application."""

import pytest
from msgspec import json

from secureconnect.client import Client, Session
from secureconnect.contracts.auth import LoginRequest, PersonAnswer
from secureconnect.contracts.errors import Code, Fault
from tests.fixtures.scripted_chat import tokens
from tests.fixtures.scripted_http import Heard, Told, http_server

pytestmark = pytest.mark.anyio


class SignIn:
    """Lets everybody in, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    async def __call__(self, heard: Heard) -> Told:
        await heard.read_body()
        self.heard.append(heard)
        if heard.path.startswith("/v1/auth/") and not heard.path.endswith("/logout"):
            return Told(200, json.encode(tokens()))
        return Told(200, json.encode(PersonAnswer("1", "ann", "Ann")))


async def test_a_device_signs_in_under_its_name_and_kind() -> None:
    server = SignIn()
    async with http_server(server) as url, Client(url, device_name="Lamp", device_kind="bot") as client:
        await client.auth.login("ann", "secret")
        assert client.account_id == "me"
    asked = json.decode(server.heard[0].body, type=LoginRequest)
    assert (asked.device.name, asked.device.kind) == ("Lamp", "bot")
    assert server.heard[0].headers["user-agent"].startswith("secureconnect-python/")


async def test_nobody_is_signed_in_before_and_after() -> None:
    told: list[Session | None] = []
    async with http_server(SignIn()) as url, Client(url, on_session=told.append) as client:
        with pytest.raises(Fault) as caught:
            await client.people.get("1")
        assert caught.value.code is Code.UNAUTHENTICATED
        session = await client.auth.register("ann", "secret")
        await client.auth.logout()
        with pytest.raises(Fault):
            assert client.session
    assert told == [session, None]


async def test_a_session_that_was_saved_needs_no_sign_in() -> None:
    server = SignIn()
    saved = json.decode(json.encode(Session(tokens(), 2**52)), type=Session)
    async with http_server(server) as url, Client(url, session=saved) as client:
        await client.people.get("1")
    assert [heard.headers["authorization"] for heard in server.heard] == ["Bearer t1"]

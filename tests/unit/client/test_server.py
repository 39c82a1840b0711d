"""What a server tells about itself."""

import pytest

from secureconnect.client import Client
from tests.fixtures.scripted_http import Heard, Told, http_server

pytestmark = pytest.mark.anyio


async def test_a_server_tells_about_itself_and_how_it_is() -> None:
    async def script(one: Heard) -> Told:
        if one.path == "/.well-known/secureconnect":
            return Told(200, b'{"versions":["v1"]}')
        return Told(200 if one.path == "/health" else 503, b"{}")

    async with http_server(script) as url, Client(url) as client:
        assert await client.server.about() == {"versions": ["v1"]}
        assert (await client.server.healthy(), await client.server.ready()) == (True, False)

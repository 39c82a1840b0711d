"""What the gateway answers itself: what the server offers, pages that no script can enter, and style sheets alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest

from secureconnect.contracts.peers import PolicyReply
from tests.fixtures.edge import ISSUER, Visitor
from tests.fixtures.gateway import OFFERED, Neighbours, documents, gateway

pytestmark = pytest.mark.anyio
PAGES = ("/", "/docs", "/docs/errors", "/join", "/reset", "/verify")
OFFER = "/.well-known/secureconnect"


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return documents()


@asynccontextmanager
async def house(parts: dict[str, bytes]) -> AsyncGenerator[tuple[Visitor, Neighbours]]:
    neighbours = Neighbours(parts)
    async with (
        gateway(neighbours) as (port, _),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
    ):
        yield Visitor(client), neighbours


async def test_the_offer_tells_what_a_client_needs_to_know_first(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, _):
        offer = (await ask("GET", OFFER)).json()
    assert (offer["versions"], offer["server"], offer["public_url"]) == (["v1"], "1", ISSUER)
    assert offer["limits"] == {name: getattr(OFFERED, name) for name in OFFERED.__struct_fields__}
    assert (offer["registration"], offer["setup_pending"]) == ("invite", True)
    assert offer["sockets"] == {"chat": "/v1/ws/chat", "signaling": "/v1/ws/signaling"}
    assert {"messages", "calls", "files"} <= set(offer["features"])


async def test_the_offer_is_of_now_and_not_made_up_while_auth_is_away(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, neighbours):
        neighbours.policy = PolicyReply("closed", False)
        offer = (await ask("GET", OFFER)).json()
        assert (offer["registration"], offer["setup_pending"]) == ("closed", False)
        neighbours.away = {"auth"}
        away = await ask("GET", OFFER)
        assert (away.status_code, away.json()["code"]) == (503, "server.unavailable")
        assert (await ask("GET", "/")).status_code == 200


async def test_a_caller_is_told_the_address_that_limits_count(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, _):
        told = await ask("GET", f"{OFFER}/address", headers={"x-forwarded-for": "203.0.113.9"})
        assert told.json() == {"address": "127.0.0.1"}, "nobody's word is believed without a trusted proxy"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_html_under_a_policy_that_lets_its_style_in_and_nothing_else(
    parts: dict[str, bytes], path: str
) -> None:
    async with house(parts) as (ask, _):
        page = await ask("GET", path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert len(page.headers.get_list("content-security-policy")) == 1


async def test_a_page_of_a_secret_link_says_nothing_to_anybody_else(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, _):
        for path in ("/join", "/reset", "/verify"):
            page = await ask("GET", path)
            assert page.headers["referrer-policy"] == "no-referrer"
            assert "set-cookie" not in page.headers


async def test_style_sheets_are_served_and_no_other_file(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, _):
        sheet = await ask("GET", "/assets/page.css")
        assert (sheet.status_code, sheet.headers["content-type"].split(";")[0]) == (200, "text/css")
        assert sheet.headers["cache-control"] == "public, max-age=3600"
        for name in ("home.html", "..%2fsite.py", "%2e%2e/site.py", "page.css%00", "x" * 100, ""):
            assert (await ask("GET", f"/assets/{name}")).status_code in {404, 422}, name


async def test_the_document_stands_where_the_pages_say(parts: dict[str, bytes]) -> None:
    async with house(parts) as (ask, _):
        document = await ask("GET", "/openapi.json")
        assert (document.status_code, document.json()["openapi"]) == (200, "3.1.0")
        assert document.headers["content-type"] == "application/json"

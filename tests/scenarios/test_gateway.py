"""The doors: the gateway and each service's own port, what they answer, refuse, and tell of themselves."""

import re

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from secureconnect.client import Client
from secureconnect.contracts.frames import SUBPROTOCOL
from tests.fixtures.entrances import OWN_PATHS, own_url
from tests.fixtures.nodes import SERVICES, Deployment, Node
from tests.fixtures.persons import Persons
from tests.fixtures.scenes import anonymous, heard, raw

pytestmark = pytest.mark.anyio

PAGES = ["/", "/join", "/reset", "/verify", "/docs", "/docs/errors"]


def listeners(deployment: Deployment) -> list[str]:
    """The addresses of all ten listeners."""
    ports = [*deployment.ports.public.values(), *deployment.ports.inner.values()]
    return [f"http://127.0.0.1:{port}" for port in ports]


@pytest.mark.parametrize("probe", ["/health", "/ready"])
def test_every_listener_says_that_it_lives_and_is_ready(deployment: Deployment, probe: str) -> None:
    for name in SERVICES:
        for port in (deployment.ports.public[name], deployment.ports.inner[name]):
            assert Node.answers(f"http://127.0.0.1:{port}{probe}"), (name, port)


async def test_each_service_answers_its_own_paths_at_its_own_port_and_no_others(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    for service in OWN_PATHS:
        async with raw(anna, own_url(deployment, service)) as own, raw(anna) as gateway:
            for owner, path in OWN_PATHS.items():
                answer = await own.get(path)
                assert answer.status_code == (200 if owner == service else 404), (service, path)
                if owner == service:
                    assert answer.content == (await gateway.get(path)).content
    async with anonymous(own_url(deployment, "auth")) as auth, anonymous(deployment.url) as gateway:
        keys = await auth.get("/.well-known/jwks.json")
        assert keys.json() == (await gateway.get("/.well-known/jwks.json")).json()
        assert {(key["kty"], key["crv"]) for key in keys.json()["keys"]} == {("EC", "P-256")}
        assert not any("d" in key for key in keys.json()["keys"])


async def test_two_people_talk_and_ring_at_the_services_own_ports(deployment: Deployment, persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with (
        Client(own_url(deployment, "chat"), session=anna.session) as at_chat,
        Client(own_url(deployment, "video"), session=ben.session) as at_video,
        ben.chat() as bens,
        at_chat.chat() as annas,
        at_video.signaling() as signaling,
    ):
        await annas.send(talk.id, "without the gateway")
        await heard(bens, "without the gateway")
        call = await signaling.invite(talk.id)
        assert call.state == "ringing"
        assert (await anna.calls.decline(call.call)).state == "ended"


async def test_every_listener_refuses_a_host_that_is_not_this_server(deployment: Deployment) -> None:
    for url in listeners(deployment):
        async with anonymous(url) as http:
            for host in ("evil.example.org", "localhost.evil.example.org", "user@localhost", ""):
                answer = await http.get("/health", headers={"host": host})
                assert (answer.status_code, answer.json()["code"]) == (421, "request.wrong_host"), (url, host)
            for host in ("localhost", "127.0.0.1:1", "[::1]", "LOCALHOST:8080"):
                assert (await http.get("/health", headers={"host": host})).status_code == 200, (url, host)


async def test_what_a_client_claims_about_itself_is_not_believed(deployment: Deployment, persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    claims = {
        "x-forwarded-for": "203.0.113.7",
        "forwarded": "for=203.0.113.7",
        "x-real-ip": "203.0.113.7",
        "x-secureconnect-service": "gateway",
        "x-secureconnect-client": "203.0.113.7",
        "x-secureconnect-account": ben.account_id,
        "x-user-id": ben.account_id,
        "x-account-id": ben.account_id,
        "x-original-url": "/v1/admin/accounts",
    }
    async with raw(anna) as http:
        assert (await http.get("/.well-known/secureconnect/address", headers=claims)).json() == {"address": "127.0.0.1"}
        assert (await http.get("/v1/users/me", headers=claims)).json()["id"] == anna.account_id
    for service, path in OWN_PATHS.items():
        for url in (deployment.url, own_url(deployment, service)):
            async with anonymous(url) as http:
                assert (await http.get(path, headers=claims)).status_code == 401
    assert "203.0.113.7" not in deployment.logs()


async def test_calls_between_services_are_not_to_be_had_from_outside(deployment: Deployment) -> None:
    for url in listeners(deployment):
        async with anonymous(url) as http:
            for path in ("/peer/auth.accounts", "/peers/auth.accounts", "/inner/auth.accounts", "/v1/inner/accounts"):
                answer = await http.post(path, json={"accounts": ["x"]})
                assert answer.status_code in {401, 403, 404, 405}, (url, path)


async def test_each_request_has_an_id_that_is_taken_over_when_it_is_harmless(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with raw(anna) as http:
        for path in OWN_PATHS.values():
            given = await http.get(path, headers={"x-request-id": "my-request.1"})
            assert given.headers["x-request-id"] == "my-request.1"
            made = {(await http.get(path)).headers["x-request-id"] for _ in range(3)}
            assert len(made) == 3
            replaced = await http.get(path, headers={"x-request-id": "a b<script>" + "x" * 100})
            assert re.fullmatch(r"[0-9a-f-]{36}", replaced.headers["x-request-id"])
        wrong = await http.get("/v1/conversations/none", headers={"x-request-id": "my-request.2"})
        assert wrong.json()["request_id"] == "my-request.2"
    logged = [line for line in deployment.logs().splitlines() if "my-request" in line]
    assert all("conversations/none" not in line for line in logged)


async def test_refusals_are_problems_that_name_their_code_and_page(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    cases: list[tuple[str, str, dict[str, object], int, str]] = [
        ("GET", "/v1/nothing", {}, 404, "request.not_found"),
        ("GET", "/nothing", {}, 404, "request.not_found"),
        ("PATCH", "/v1/conversations", {"json": {}}, 405, "request.method_not_allowed"),
        ("POST", "/v1/conversations", {"content": b"{"}, 400, "request.bad"),
        ("POST", "/v1/conversations", {"json": {"kind": "odd"}}, 422, "request.invalid"),
        ("POST", "/v1/conversations", {"content": b'"' + b"x" * 2_000_000 + b'"'}, 413, "request.body_too_large"),
        ("GET", "/v1/conversations?limit=0", {}, 422, "request.invalid"),
        ("GET", "/v1/conversations?cursor=AAAA", {}, 422, "request.invalid"),
    ]
    async with raw(anna) as http:
        for method, path, more, status, code in cases:
            headers = {"content-type": "application/json"} if "content" in more else {}
            answer = await http.request(method, path, headers=headers, **more)  # pyright: ignore[reportArgumentType]
            assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path, answer.text)
            assert answer.headers["content-type"].startswith("application/problem+json")
            problem = answer.json()
            assert problem["status"] == status
            assert {"type", "title", "request_id"} <= problem.keys()
            page, _, anchor = problem["type"].partition("#")
            shown = await http.get(httpx2.URL(page).path)
            assert shown.status_code == 200
            assert f'id="{anchor}"' in shown.text
        unknown = await http.post("/v1/conversations", json={"kind": "group", "member_ids": [], "colour": "red"})
        assert unknown.status_code == 422
        assert unknown.json()["errors"]


async def test_every_answer_carries_the_headers_that_protect_a_browser(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with raw(anna) as http:
        for path in [*PAGES, *OWN_PATHS.values(), "/openapi.json", "/v1/nothing"]:
            headers = (await http.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "no-referrer", path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert "access-control-allow-origin" not in headers, path
            assert "server" not in headers or "secureconnect" in headers["server"].lower(), path
        assert (await http.get("/v1/users/me")).headers["cache-control"] == "no-store"


async def test_a_page_of_another_origin_changes_nothing_and_reads_nothing(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    foreign = {"origin": "https://evil.example.org"}
    async with raw(anna) as http:
        for path in ("/v1/conversations", "/v1/auth/login", "/v1/auth/refresh", "/v1/files", "/v1/calls"):
            answer = await http.post(path, headers=foreign, json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "request.origin_refused"), path
            preflight = await http.options(path, headers={**foreign, "access-control-request-method": "POST"})
            assert "access-control-allow-origin" not in preflight.headers
        read = await http.get("/v1/users/me", headers=foreign)
        assert "access-control-allow-origin" not in read.headers
    for path in ("chat", "signaling"):
        for service in ("gateway", "chat" if path == "chat" else "video"):
            url = f"ws://localhost:{deployment.ports.public[service]}/v1/ws/{path}"
            with pytest.raises(InvalidStatus) as refused:
                async with connect(
                    url, origin=Origin(foreign["origin"]), subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None
                ):
                    pass
            assert refused.value.response.status_code == 403


async def test_pages_and_documents_need_nothing_from_elsewhere_and_run_no_script(deployment: Deployment) -> None:
    async with anonymous(deployment.url) as http:
        for path in PAGES:
            page = await http.get(path)
            assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html"), path
            assert "<title>" in page.text
            assert "<script" not in page.text
            for loaded in re.findall(r'(?:src|href)="([^"]+)"', page.text):
                if loaded.startswith("/") and "#" not in loaded:
                    assert (await http.get(loaded)).status_code == 200, (path, loaded)
            loads = re.findall(r'(?:src=|<link[^>]*href=|url\(|@import)\s*"?(https?:|//)', page.text)
            assert not loads, path


async def test_the_api_document_describes_what_the_doors_answer(deployment: Deployment) -> None:
    async with anonymous(deployment.url) as http:
        document = (await http.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert {*OWN_PATHS.values(), "/v1/auth/login", "/openapi.json"} <= document["paths"].keys()
        shown = (await http.get("/docs")).text
        for path, operations in document["paths"].items():
            assert path in shown
            assert operations
        closed = [
            (method, path)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in {"get", "post"} and "{" not in path and operation.get("security")
        ]
        assert len(closed) > 20
        for method, path in closed:
            answer = await http.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "request.unauthenticated"), (method, path)


async def test_a_client_that_knows_nothing_learns_what_this_server_offers(deployment: Deployment) -> None:
    async with Client(deployment.url) as client:
        about = await client.server.about()
        assert await client.server.healthy()
        assert await client.server.ready()
    assert about["versions"] == ["v1"]
    assert about["public_url"] == deployment.url
    assert about["registration"] == "open"
    assert about["sockets"] == {"chat": "/v1/ws/chat", "signaling": "/v1/ws/signaling"}
    assert isinstance(about["limits"], dict)
    assert about["limits"]["message_bytes_max"] == 65_536
    assert (about["vapid_public_key"] is None) == deployment.split, "a split one is given its key, and here is none"


async def test_figures_are_read_with_their_bearer_outside_and_without_one_inside(deployment: Deployment) -> None:
    for service in SERVICES:
        token = (deployment.node(service).data_dir / "secrets" / "metrics_token").read_text().strip()
        outside = f"http://127.0.0.1:{deployment.ports.public[service]}"
        async with anonymous(outside) as http:
            assert (await http.get("/metrics")).status_code in {401, 404}
            wrong = await http.get("/metrics", headers={"authorization": "Bearer wrong"})
            assert wrong.status_code in {401, 404}
            told = await http.get("/metrics", headers={"authorization": f"Bearer {token}"})
            assert told.status_code == 200
        async with anonymous(f"http://127.0.0.1:{deployment.ports.inner[service]}") as http:
            inside = await http.get("/metrics")
            assert inside.status_code == 200
            assert f"secureconnect_{service}_" in inside.text or "secureconnect_edge_" in inside.text


async def test_a_creation_with_an_idempotency_key_is_done_once(deployment: Deployment, persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    body = {"kind": "group", "title": "Once", "member_ids": [ben.account_id]}
    async with raw(anna) as http, raw(ben) as others:
        key = {"idempotency-key": f"key-{anna.name}"}
        first = await http.post("/v1/conversations", json=body, headers=key)
        again = await http.post("/v1/conversations", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json()["id"] == again.json()["id"]
        changed = await http.post("/v1/conversations", json={**body, "title": "Twice"}, headers=key)
        assert (changed.status_code, changed.json()["code"]) == (409, "request.idempotency_key_reused")
        own = await others.post("/v1/conversations", json={**body, "member_ids": []}, headers=key)
        assert own.json()["id"] != first.json()["id"]
    assert len(await anna.conversations.list().all()) == 1

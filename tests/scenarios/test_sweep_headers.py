"""The headers of every route's answers, good ones and refusals, at every public door, over http and behind https."""

from collections.abc import AsyncGenerator, Generator, Mapping

import httpx2
import pytest

from secureconnect.services.gateway.paths import owner as owner_of_path
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Persons
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.compare import ask
from tests.scenarios.sweep.matrix import note
from tests.scenarios.sweep.operations import ROWS
from tests.scenarios.sweep.world import World, furnish, person

pytestmark = pytest.mark.anyio
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
LASTING = {"GET /assets/{name}": "public, max-age=3600"}
"""What may be kept, since it is the same for everybody."""
REVALIDATED = frozenset({"GET /", "GET /docs", "GET /docs/errors", "GET /join", "GET /reset", "GET /verify"})
CONTENT = frozenset({"GET /v1/files/{file}/content", "HEAD /v1/files/{file}/content"})
FOREIGN = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
TELLING = frozenset({"server", "x-powered-by", "via"})


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> AsyncGenerator[World]:
    """Somebody with one of everything."""
    canaries = Canaries()
    async with Persons(deployment.url) as persons:
        owner = await person(persons, canaries, "owner")
        yield await furnish(persons, canaries, owner, await person(persons, canaries, "nuisance"))


def plain(url: str) -> httpx2.AsyncClient:
    """HTTP by hand as nobody."""
    return httpx2.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=30)


def faults(name: str, answer: httpx2.Response) -> list[str]:
    """What an answer's headers lack, or have too much."""
    headers = answer.headers
    wrong = [f"{word} is {headers.get(word)}" for word, value in ALWAYS.items() if headers.get(word) != value]
    good = answer.status_code < 300
    kept = headers.get("cache-control", "")
    if good and name in LASTING:
        wrong += [] if kept == LASTING[name] else [f"cache-control is {kept}"]
    elif good and name in REVALIDATED:
        wrong += [] if kept == "no-cache" else [f"cache-control is {kept}"]
    elif good and name in CONTENT:
        wrong += [] if kept.startswith(("no-store", "private")) else [f"cache-control is {kept}"]
        wrong += [] if headers["content-disposition"].startswith("attachment") else ["it is shown, not downloaded"]
    else:
        wrong += [] if kept == "no-store" else [f"cache-control is {kept}"]
    policy = headers.get("content-security-policy", "")
    wrong += [] if "default-src 'none'" in policy or "sandbox" in policy else [f"CSP is {policy}"]
    wrong += [] if "unsafe" not in policy and "*" not in policy else [f"CSP is {policy}"]
    wrong += [f"{word} is told" for word in TELLING & headers.keys()]
    wrong += [f"{word} is {value}" for word, value in headers.items() if word.startswith("access-control-")]
    wrong += [] if headers.get("x-request-id") else ["no x-request-id"]
    return [f"{name} {answer.status_code}: {each}" for each in wrong]


@pytest.mark.parametrize("door", ["gateway", "service"])
async def test_every_route_answers_with_the_headers_that_protect_a_browser(
    deployment: Deployment, world: World, door: str
) -> None:
    """Asked by the owner, by nobody, and by a page of another site, which gets no leave to read."""
    token = {"authorization": f"Bearer {world.owner.session.tokens.access_token}"}
    wrong, count = list[str](), 0
    async with plain(deployment.url) as http:
        for name, row in ROWS.items():
            asking = row.asking(name, world.things)
            if door == "service":
                service = owner_of_path(asking.path) or "gateway"
                http.base_url = f"http://localhost:{deployment.ports.public[service]}"
            shown: list[Mapping[str, str]] = [{}, FOREIGN]
            shown += [token, {**token, **FOREIGN}] if name.startswith(("GET", "HEAD", "OPTIONS")) else []
            for headers in shown:
                answer = await ask(http, asking, headers)
                count += 1
                wrong += faults(name, answer)
                refused = answer.status_code == 403 and "request.origin_refused" in answer.text
                if FOREIGN.items() <= headers.items() and not name.startswith(("GET", "HEAD")) and not refused:
                    wrong.append(f"{name}: {answer.status_code} to a page of another site")
    note("headers, answers", door, count)
    assert not wrong, "\n".join(wrong)


async def test_what_is_no_route_answers_with_the_same_headers(deployment: Deployment, world: World) -> None:
    wrong = list[str]()
    for port in deployment.ports.public.values():
        async with plain(f"http://localhost:{port}") as http:
            for method, path in (
                ("GET", "/nowhere"), ("GET", "/v1/nowhere"), ("POST", "/v1/conversations/%2e%2e/messages"),
                ("PUT", "/v1/users/me"), ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics"),
                ("TRACE", "/v1/users/me"), ("GET", "/v1/ws/chat"), ("OPTIONS", "/v1/users/me"),
            ):  # fmt: skip
                answer = await http.request(method, path)
                wrong += faults(f"{method} {path} at {port}", answer)
            wrong += faults("wrong host", await http.get("/", headers={"host": "elsewhere.example"}))
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def behind_https(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """A node whose public address is https, as behind a proxy that ends TLS."""
    made = Deployment(tmp_path_factory.mktemp("https"), settings={"public_url": "https://chat.example.org"})
    try:
        made.start()
        yield made
        assert made.stop() == [0]
    finally:
        made.end()


async def test_cookies_are_sent_to_no_script_and_by_no_other_site(
    deployment: Deployment, behind_https: Deployment
) -> None:
    """Over https they are bound to this very host and to TLS; over http on localhost that cannot be."""
    for served, origin, prefix in (
        (deployment, deployment.url, ""),
        (behind_https, "https://chat.example.org", "__Host-"),
    ):
        async with plain(served.url) as http:
            device = {"name": "a browser", "kind": "web"}
            name = f"weber{len(prefix)}x{deployment.ports.public['gateway']}"
            body = {"username": name, "password": PASSWORD, "device": device}
            answer = await http.post("/v1/auth/register", json=body, headers={"origin": origin})
            assert answer.status_code == 201, answer.text
            assert "refresh_token" not in answer.json()
            cookies = answer.headers.get_list("set-cookie")
            assert {cookie.partition("=")[0] for cookie in cookies} == {
                f"{prefix}secureconnect-refresh", f"{prefix}secureconnect-content"
            }  # fmt: skip
            for cookie in cookies:
                flags = {part.strip().lower() for part in cookie.split(";")[1:]}
                assert {"httponly", "samesite=strict", "path=/"} <= flags, cookie
                assert ("secure" in flags) == bool(prefix), cookie
                assert not any(flag.startswith("domain") for flag in flags), cookie


async def test_behind_https_browsers_are_told_to_stay_there(behind_https: Deployment) -> None:
    wrong = list[str]()
    async with plain(behind_https.url) as http:
        for name, row in ROWS.items():
            if name.startswith("GET ") and "{" not in name and not row.query:
                answer = await http.get(name[4:])
                wrong += faults(name, answer)
                lasting = answer.headers.get("strict-transport-security", "")
                wrong += [] if lasting.startswith("max-age=31536000") else [f"{name}: {lasting}"]
    assert not wrong, "\n".join(wrong)

"""A strict deployment: limits without a load test's scale, cookies behind https, and what its logs tell and hide."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from itertools import pairwise

import httpx2
import pytest

from secureconnect.client import ServerFault
from secureconnect.contracts.errors import Code
from tests.fixtures.entrances import BROWSER, DEVICE, OWN_PATHS, own_url, told
from tests.fixtures.nodes import SERVICES, Deployment
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.pictures import png
from tests.fixtures.scenes import eventually, raw

pytestmark = pytest.mark.anyio

PUBLIC_URL = "https://chat.example.org"
WRONG = "a password that is wrong"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """Five processes with the limits of a real server, that log all they can, behind https."""
    settings = {"limits.scale": "1", "log_level": "debug", "public_url": PUBLIC_URL}
    made = Deployment(tmp_path_factory.mktemp("strict"), split=True, settings=settings)
    try:
        made.start()
        yield made
        assert made.stop() == [0] * len(made.nodes), made.logs()[-4000:]
    finally:
        made.end()


@pytest.fixture
async def people(strict: Deployment) -> AsyncGenerator[Persons]:
    """Makes people who are signed in to it."""
    async with Persons(strict.url) as made:
        yield made


def coming_from(address: str, url: str) -> httpx2.AsyncClient:
    """HTTP by hand from one of this machine's own addresses."""
    return httpx2.AsyncClient(
        base_url=url, transport=httpx2.AsyncHTTPTransport(local_address=address, verify=False), verify=False
    )


def login(name: str, password: str) -> dict[str, object]:
    """The body of a sign-in."""
    return {"username": name, "password": password, "device": DEVICE}


def is_braked(answer: httpx2.Response, code: Code, most_s: int) -> bool:
    """Whether an answer is a refusal that says after how many seconds to come back."""
    if answer.status_code != 429:
        return False
    assert told(answer) == (429, code.wire)
    assert 1 <= int(answer.headers["retry-after"]) <= most_s
    assert 1000 * (int(answer.headers["retry-after"]) - 1) < answer.json()["retry_after_ms"] <= most_s * 1000
    return True


async def until_braked(
    send: Callable[[int], Awaitable[httpx2.Response]], amount: int, period_s: int, code: Code = Code.TOO_MANY_REQUESTS
) -> list[httpx2.Response]:
    """Send until it is refused as too fast; the answers before that: at least as many as the limit allows, and not
    twice as many, for a window may slide on meanwhile."""
    before: list[httpx2.Response] = []
    while not is_braked(answer := await send(len(before)), code, period_s):
        before.append(answer)
        assert len(before) < amount * 2
    assert len(before) >= amount
    return before


async def test_wrong_passwords_for_one_name_are_braked_alike_whether_the_name_is_known(
    strict: Deployment, people: Persons
) -> None:
    anna, ben = await people.several("anna", "ben")
    async with coming_from("127.0.0.2", strict.url) as http:
        for name in (anna.name, "nobody-at-all"):
            body = login(name, WRONG)
            answers = await until_braked(
                lambda _, body=body: http.post("/v1/auth/login", json=body), 10, 900, Code.AUTH_TOO_MANY_TRIES
            )
            assert {answer.status_code for answer in answers} == {401}, name
        right = await http.post("/v1/auth/login", json=login(anna.name, PASSWORD))
        assert is_braked(right, Code.AUTH_TOO_MANY_TRIES, 900)
        assert (await http.post("/v1/auth/login", json=login(ben.name, PASSWORD))).status_code == 200
    async with coming_from("127.0.0.2", own_url(strict, "auth")) as direct:
        assert is_braked(
            await direct.post("/v1/auth/login", json=login(anna.name, PASSWORD)), Code.AUTH_TOO_MANY_TRIES, 900
        )


async def test_strangers_who_guess_lock_nobody_out_where_they_signed_in_before(
    strict: Deployment, people: Persons
) -> None:
    anna = await people.sign_up("anna")
    async with coming_from("127.0.0.3", strict.url) as home, coming_from("127.0.0.4", strict.url) as strange:
        assert (await home.post("/v1/auth/login", json=login(anna.name, PASSWORD))).status_code == 200
        body = login(anna.name, WRONG)
        await until_braked(lambda _: strange.post("/v1/auth/login", json=body), 10, 900, Code.AUTH_TOO_MANY_TRIES)
        assert (await home.post("/v1/auth/login", json=login(anna.name, PASSWORD))).status_code == 200


async def test_reset_links_are_braked_by_address_whatever_it_claims_and_by_whichever_door(strict: Deployment) -> None:
    async with coming_from("127.0.0.5", strict.url) as front, coming_from("127.0.0.5", own_url(strict, "auth")) as own:

        def ask(number: int) -> Awaitable[httpx2.Response]:
            claims = {"x-forwarded-for": f"203.0.113.{number}", "x-secureconnect-client": f"203.0.113.{number}"}
            body = {"username": f"person-{number}"}
            return (front, own)[number % 2].post("/v1/auth/password/reset-request", json=body, headers=claims)

        answers = await until_braked(ask, 30, 3600)
        assert {answer.status_code for answer in answers} == {204}
        assert {(await ask(number)).status_code for number in (0, 1)} == {429}
    async with coming_from("127.0.0.6", strict.url) as other:
        assert (await other.post("/v1/auth/password/reset-request", json={"username": "anna"})).status_code == 204


async def test_rings_are_braked_by_account_over_http_and_socket_together(strict: Deployment, people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    body = {"conversation": talk.id, "media": "audio"}
    async with raw(anna) as front, raw(anna, own_url(strict, "video")) as own, anna.signaling() as signaling:
        answers = await until_braked(lambda number: (front, own)[number % 2].post("/v1/calls", json=body), 30, 60)
        assert [answer.status_code for answer in answers] == [201] + [200] * (len(answers) - 1)
        with pytest.raises(ServerFault) as braked:
            await signaling.invite(talk.id)
        assert braked.value.code is Code.TOO_MANY_REQUESTS
        assert 0 < (braked.value.retry_after_ms or 0) <= 60_000
        await anna.calls.hangup(answers[0].json()["id"])
    async with raw(ben) as others:
        assert (await others.post("/v1/calls", json=body)).status_code == 201


async def test_begun_uploads_and_asked_passwords_are_braked_by_account(strict: Deployment, people: Persons) -> None:
    anna = await people.sign_up("anna")
    async with raw(anna) as http:
        headers = {"tus-resumable": "1.0.0", "upload-length": "0", "upload-metadata": "filename YQ=="}
        begun = await until_braked(lambda _: http.post("/v1/files", headers=headers), 120, 60)
        assert {answer.status_code for answer in begun} == {201}
        asked = await until_braked(lambda _: http.post("/v1/auth/confirm", json={"password": WRONG}), 10, 600)
        assert {answer.status_code for answer in asked} == {401}
        assert (await http.get("/v1/users/me")).status_code == 200


async def test_behind_https_cookies_are_bound_to_the_host_and_browsers_are_told_to_stay(
    strict: Deployment, people: Persons
) -> None:
    anna = await people.sign_up("anna")
    async with coming_from("127.0.0.7", strict.url) as http:
        body = {"username": anna.name, "password": PASSWORD, "device": BROWSER}
        headers = {"host": "chat.example.org", "origin": PUBLIC_URL}
        answer = await http.post("/v1/auth/login", json=body, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        lines = answer.headers.get_list("set-cookie")
        names = sorted(line.partition("=")[0] for line in lines)
        assert names == ["__Host-secureconnect-content", "__Host-secureconnect-refresh"]
        for line in lines:
            parts = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
            assert not any(part.startswith("domain") for part in parts)
        cookie = "; ".join(line.partition(";")[0] for line in lines)
        for origin, status in ((PUBLIC_URL, 200), ("http://chat.example.org", 403), ("https://example.org", 403)):
            sent = {"host": "chat.example.org", "origin": origin, "cookie": cookie}
            assert (await http.post("/v1/auth/refresh", json={}, headers=sent)).status_code == status, origin


def lines_of(deployment: Deployment, service: str, request_id: str) -> list[dict[str, object]]:
    """What a service's process logged under a request's id."""
    log = deployment.node(service).log().splitlines()
    entries = [json.loads(line) for line in log if line.startswith("{")]
    return [entry for entry in entries if entry.get("request_id") == request_id]


async def test_a_requests_id_leads_through_the_logs_of_every_service_it_came_to(
    strict: Deployment, people: Persons
) -> None:
    anna, ben = await people.several("anna", "ben")
    group = await anna.conversations.group("Ours")
    file = await anna.files.upload(b"ours", name="a.txt", conversation=group.id)
    talk = await anna.conversations.direct(ben.account_id)
    invite = {"uses": 1, "conversations": [group.id]}
    copy, call = {"conversation": talk.id}, {"conversation": talk.id, "media": "audio"}
    ways: list[tuple[str, str, str, dict[str, object], tuple[str, ...]]] = [
        ("way-picture", "PUT", "/v1/users/me/picture", {"content": png(8, 8)}, ("gateway", "auth", "storage")),
        ("way-invite", "POST", "/v1/invites", {"json": invite}, ("gateway", "auth", "chat")),
        ("way-call", "POST", "/v1/calls", {"json": call}, ("gateway", "video", "chat")),
        ("way-copy", "POST", f"/v1/files/{file.id}/copy", {"json": copy}, ("gateway", "storage", "chat")),
    ]
    async with raw(anna) as http:
        for request_id, method, path, more, services in ways:
            headers = {"x-request-id": request_id}
            if "content" in more:
                headers["content-type"] = "image/png"
            answer = await http.request(method, path, headers=headers, **more)  # pyright: ignore[reportArgumentType]
            assert answer.status_code < 300, answer.text
            assert answer.headers["x-request-id"] == request_id

            async def told_by_all(request_id: str = request_id, services: tuple[str, ...] = services) -> bool:
                return all(lines_of(strict, service, request_id) for service in services)

            await eventually(told_by_all)
            (request,) = (entry for entry in lines_of(strict, services[1], request_id) if entry["event"] == "request")
            assert (request["status"], request["method"]) == (answer.status_code, method)
            assert file.id not in str(request["route"])


async def test_logs_of_every_level_hold_no_password_token_secret_or_text(strict: Deployment, people: Persons) -> None:
    anna = await people.keep(Person(strict.url, "canary-anna"))
    password, text, address = "canary password 4711", "canary text 4712", "canary4713@example.org"
    await anna.auth.register(anna.name, password, email=address)
    ben = await people.sign_up("ben")
    talk = await anna.conversations.direct(ben.account_id)
    await anna.messages.send(talk.id, text)
    await anna.people.change_me(display_name="canary name 4714")
    made = await anna.people.invite()
    assert made.link is not None
    async with raw(anna) as http, anna.chat() as annas:
        await annas.send(talk.id, text)
        await http.get("/v1/users", params={"query": "canary-query-4715"})
        for service, path in OWN_PATHS.items():
            token = {"authorization": f"Bearer {anna.session.tokens.access_token}broken"}
            assert (await http.get(path, headers=token)).status_code == 401, service
    await anna.auth.refresh()
    tokens = anna.session.tokens
    assert tokens.refresh_token is not None
    canaries = [password, text, address, "canary name 4714", "canary-query-4715", made.link.partition("#")[2]]
    canaries += [tokens.access_token, tokens.refresh_token, tokens.access_token.split(".")[1]]
    for service in SERVICES:
        log = strict.node(service).log()
        assert '"level": "debug"' in log or service == "gateway", service
        assert [canary for canary in canaries if canary in log] == [], service


async def test_each_line_of_a_log_is_json_with_its_time_and_level(strict: Deployment) -> None:
    for service in SERVICES:
        entries = [json.loads(line) for line in strict.node(service).log().splitlines()]
        assert all({"at", "level", "event"} <= entry.keys() for entry in entries), service
        assert all(one["at"][:10] <= other["at"][:10] for one, other in pairwise(entries))

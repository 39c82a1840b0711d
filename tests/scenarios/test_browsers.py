"""Browsers: refresh and content tokens in cookies that scripts, other sites and other calls have no use of."""

from http.cookies import Morsel, SimpleCookie

import httpx2
import pytest

from tests.fixtures.entrances import BROWSER, DEVICE, opened, refused_everywhere, told
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.pictures import png
from tests.fixtures.scenes import anonymous

pytestmark = pytest.mark.anyio

REFRESH, CONTENT = "secureconnect-refresh", "secureconnect-content"
JSON = {"content-type": "application/json"}


def cookies_of(answer: httpx2.Response) -> dict[str, "Morsel[str]"]:
    """The cookies that an answer sets, each with its attributes."""
    found: dict[str, Morsel[str]] = {}
    for line in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(line))
    return found


def sent(**cookies: "Morsel[str]") -> dict[str, str]:
    """The header that brings cookies back."""
    return {"cookie": "; ".join(f"{morsel.key}={morsel.value}" for morsel in cookies.values())}


class Page:
    """A page of the web client: one browser that has signed in."""

    def __init__(self, http: httpx2.AsyncClient, answer: httpx2.Response) -> None:
        assert answer.status_code in {200, 201}, answer.text
        self.http = http
        self.body = answer.json()
        self.cookies = cookies_of(answer)
        self.origin = str(http.base_url).rstrip("/")

    async def refresh(self, cookie: "Morsel[str]", **headers: str) -> httpx2.Response:
        """Trade the refresh cookie as the page's script does."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {**JSON, "origin": self.origin, **named, **sent(refresh=cookie)}
        return await self.http.post("/v1/auth/refresh", content=b"{}", headers=given)


async def signed_in(http: httpx2.AsyncClient, person: Person) -> Page:
    """Sign in as a person in a browser."""
    body = {"username": person.name, "password": PASSWORD, "device": BROWSER}
    return Page(http, await http.post("/v1/auth/login", json=body, headers={"origin": str(http.base_url).rstrip("/")}))


async def test_a_browser_gets_no_refresh_token_in_a_body_but_cookies_that_no_script_reads_and_no_site_sends(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        assert "refresh_token" not in page.body
        assert set(page.cookies) == {REFRESH, CONTENT}
        for morsel in page.cookies.values():
            assert (morsel["httponly"], morsel["samesite"].lower(), morsel["path"]) == (True, "strict", "/")
            assert (morsel["domain"], morsel["secure"]) == ("", "")
            assert morsel.value not in str(page.body)
        assert 0 < int(page.cookies[CONTENT]["max-age"]) <= 3600 < int(page.cookies[REFRESH]["max-age"])
        assert set((await opened(deployment, page.body["access_token"])).values()) == {200}


async def test_a_browsers_cookie_is_traded_for_tokens_and_the_next_cookie(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        first = await page.refresh(page.cookies[REFRESH], sec_fetch_site="same-origin")
        again = await page.refresh(page.cookies[REFRESH])
        assert (first.status_code, again.status_code) == (200, 200)
        assert "refresh_token" not in first.json()
        successor = cookies_of(first)[REFRESH]
        assert successor.value == cookies_of(again)[REFRESH].value != page.cookies[REFRESH].value
        assert (await page.refresh(successor)).status_code == 200
        assert told(await page.refresh(page.cookies[REFRESH])) == (401, "auth.refresh_invalid")
        assert told(await page.refresh(successor)) == (401, "auth.refresh_invalid")


async def test_a_cookie_counts_only_with_our_origin_on_a_same_origin_request_of_json(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        cookie = page.cookies[REFRESH]
        refusals = [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": page.origin + ".evil.example"},
            {"origin": ""},
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"sec_fetch_site": "none"},
        ]
        for headers in refusals:
            answer = await page.refresh(cookie, **headers)
            assert answer.status_code == 403, headers
            assert not cookies_of(answer)
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            assert (await page.refresh(cookie, content_type=kind)).status_code in {400, 415}, kind
        bare = await http.post("/v1/auth/refresh", content=b"{}", headers={**JSON, **sent(refresh=cookie)})
        assert bare.status_code == 403
        assert (await page.refresh(cookie)).status_code == 200


async def test_a_browsers_token_is_of_no_use_in_a_body_nor_anothers_in_a_cookie(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        stolen = await http.post("/v1/auth/refresh", json={"refresh_token": page.cookies[REFRESH].value})
        assert told(stolen) == (401, "auth.refresh_invalid")
        body = {"username": anna.name, "password": PASSWORD, "device": DEVICE}
        own = (await http.post("/v1/auth/login", json=body)).json()["refresh_token"]
        headers = {**JSON, "origin": page.origin, "cookie": f"{REFRESH}={own}"}
        planted = await http.post("/v1/auth/refresh", content=b"{}", headers=headers)
        assert told(planted) == (401, "auth.refresh_invalid")
        assert (await page.refresh(page.cookies[REFRESH])).status_code == 200


async def test_cookies_alone_sign_nobody_in_to_any_other_call(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    file = await anna.files.upload(b"mine", name="a.txt", media_type="text/plain")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        headers = {**sent(**page.cookies), "origin": page.origin}
        calls = [("GET", "/v1/users/me"), ("GET", "/v1/conversations"), ("GET", "/v1/calls"), ("GET", "/v1/sync")]
        calls += [("GET", f"/v1/files/{file.id}"), ("DELETE", f"/v1/files/{file.id}"), ("GET", "/v1/files/quota")]
        calls += [("POST", "/v1/auth/logout"), ("DELETE", "/v1/users/me"), ("GET", "/v1/admin/accounts")]
        for method, path in calls:
            answer = await http.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path)
        bearer = {"authorization": f"Bearer {page.cookies[CONTENT].value}"}
        assert set((await opened(deployment, page.cookies[CONTENT].value)).values()) == {401}
        assert (await http.get(f"/v1/files/{file.id}/content", headers=bearer)).status_code == 401
    assert await anna.files.content(file.id) == b"mine"


async def test_the_content_cookie_opens_the_content_of_files_that_its_owner_may_read_and_nothing_else(
    deployment: Deployment, persons: Persons
) -> None:
    anna, eve = await persons.several("anna", "eve")
    picture = png(4, 4)
    mine = await anna.files.upload(picture, name="a.png", media_type="image/png")
    page_file = await anna.files.upload(b"<script>", name="a.html", media_type="text/html")
    others = await eve.files.upload(b"not yours", name="b.txt", media_type="text/plain")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        headers = sent(content=page.cookies[CONTENT])
        seen = await http.get(f"/v1/files/{mine.id}/content", headers=headers)
        assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, picture, "image/png")
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["content-security-policy"] == "sandbox"
        assert seen.headers["cross-origin-resource-policy"] == "same-origin"
        assert seen.headers["content-disposition"].startswith("attachment")
        raw = await http.get(f"/v1/files/{page_file.id}/content", headers=headers)
        assert raw.headers["content-type"] == "application/octet-stream"
        part = await http.get(f"/v1/files/{mine.id}/content", headers={**headers, "range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, picture[:4])
        assert (await http.get(f"/v1/files/{others.id}/content", headers=headers)).status_code == 404
        only_refresh = sent(refresh=page.cookies[REFRESH])
        assert (await http.get(f"/v1/files/{mine.id}/content", headers=only_refresh)).status_code == 401


async def test_signing_out_clears_the_cookies_and_what_they_opened_is_shut(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    file = await anna.files.upload(b"mine", name="a.txt", media_type="text/plain")
    async with anonymous(deployment.url) as http:
        page = await signed_in(http, anna)
        bearer = {"authorization": f"Bearer {page.body['access_token']}", "origin": page.origin}
        content = sent(content=page.cookies[CONTENT])
        assert (await http.get(f"/v1/files/{file.id}/content", headers=content)).status_code == 200
        gone = await http.post("/v1/auth/logout", headers=bearer)
        assert gone.status_code == 204
        assert {name: (morsel.value, morsel["max-age"]) for name, morsel in cookies_of(gone).items()} == {
            REFRESH: ("", "0"),
            CONTENT: ("", "0"),
        }
        await refused_everywhere(deployment, page.body["access_token"])
        assert (await http.get(f"/v1/files/{file.id}/content", headers=content)).status_code == 401
        assert told(await page.refresh(page.cookies[REFRESH])) == (401, "auth.refresh_invalid")


async def test_the_client_of_kind_web_stays_signed_in_by_cookies_alone(persons: Persons) -> None:
    anna = await persons.sign_up("anna", device_kind="web")
    assert anna.session.tokens.refresh_token is None
    before = anna.session.tokens.access_token
    await anna.auth.refresh()
    assert anna.session.tokens.access_token != before
    async with anna.chat() as annas:
        await annas.connected()
    await anna.auth.logout()

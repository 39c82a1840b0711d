"""Browsers hold their tokens in cookies that no script reads and no other site can use."""

from pathlib import Path

import httpx2
import pytest

from tests.fixtures.auth import BROWSER, PASSWORD, AuthHouse, auth, problem, tokens

pytestmark = pytest.mark.anyio
OWN = "http://localhost:8080"


async def browser(house: AuthHouse) -> httpx2.Response:
    return await house.call("POST", "/v1/auth/register", {"username": "anna", "password": PASSWORD, "device": BROWSER})


def cookies(answer: httpx2.Response) -> dict[str, str]:
    """Each cookie with its attributes, by name."""
    made = answer.headers.get_list("set-cookie")
    return {each.partition("=")[0]: each.partition("=")[2] for each in made}


async def refresh(house: AuthHouse, token: str, **headers: str) -> httpx2.Response:
    house.http.cookies.clear()
    return await house.call("POST", "/v1/auth/refresh", {}, cookie=f"secureconnect-refresh={token}", **headers)


async def test_a_browser_gets_no_refresh_token_in_a_body(house: AuthHouse) -> None:
    answer = await browser(house)
    assert "refresh_token" not in answer.json()
    made = cookies(answer)
    assert sorted(made) == ["secureconnect-content", "secureconnect-refresh"]
    for attributes in made.values():
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(attributes.split("; "))
        assert "Secure" not in attributes
        assert "Domain" not in attributes
    assert "Max-Age=600" in made["secureconnect-content"]


async def test_under_https_the_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", public_url="https://chat.example.org") as house:
        made = cookies(await browser(house))
        assert sorted(made) == ["__Host-secureconnect-content", "__Host-secureconnect-refresh"]
        assert all({"Secure", "HttpOnly", "Path=/"} <= set(each.split("; ")) for each in made.values())
        token = made["__Host-secureconnect-refresh"].partition(";")[0]
        own = {"origin": "https://chat.example.org"}
        house.http.cookies.clear()
        plain = await house.call("POST", "/v1/auth/refresh", {}, cookie=f"secureconnect-refresh={token}", **own)
        assert problem(plain) == (401, "auth.refresh_invalid")
        bound = await house.call("POST", "/v1/auth/refresh", {}, cookie=f"__Host-secureconnect-refresh={token}", **own)
        assert bound.status_code == 200


async def test_a_cookie_is_refreshed_by_our_own_page(house: AuthHouse) -> None:
    token = cookies(await browser(house))["secureconnect-refresh"].partition(";")[0]
    answer = await refresh(house, token, origin=OWN, sec_fetch_site="same-origin")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    following = cookies(answer)["secureconnect-refresh"].partition(";")[0]
    assert following != token
    assert (await refresh(house, following, origin=OWN)).status_code == 200
    assert await house.holds(tokens(answer).access_token)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": OWN, "sec_fetch_site": "cross-site"},
        {"origin": OWN, "sec_fetch_site": "same-site"},
        {"origin": OWN, "sec_fetch_site": "none"},
        {"origin": OWN, "content_type": "text/plain"},
        {"origin": OWN + ".evil.example"},
    ],
)
async def test_no_other_page_can_use_the_cookie(house: AuthHouse, headers: dict[str, str]) -> None:
    token = cookies(await browser(house))["secureconnect-refresh"].partition(";")[0]
    answer = await refresh(house, token, **headers)
    assert answer.status_code in {403, 415}
    assert "access_token" not in answer.text
    assert (await refresh(house, token, origin=OWN)).status_code == 200


async def test_a_cookies_token_is_not_taken_from_a_body_nor_another_from_a_cookie(house: AuthHouse) -> None:
    token = cookies(await browser(house))["secureconnect-refresh"].partition(";")[0]
    house.http.cookies.clear()
    assert problem(await house.refresh(token)) == (401, "auth.refresh_invalid")
    other = await house.signed_in("anna")
    assert problem(await refresh(house, other.refresh_token or "", origin=OWN)) == (401, "auth.refresh_invalid")
    assert (await refresh(house, token, origin=OWN)).status_code == 200
    assert (await house.refresh(other.refresh_token)).status_code == 200


async def test_without_cookie_and_token_there_is_no_session_to_refresh(house: AuthHouse) -> None:
    assert problem(await house.call("POST", "/v1/auth/refresh", {})) == (401, "auth.refresh_invalid")


async def test_logging_out_clears_both_cookies(house: AuthHouse) -> None:
    answer = await house.call("POST", "/v1/auth/logout", token=tokens(await browser(house)).access_token)
    made = cookies(answer)
    assert sorted(made) == ["secureconnect-content", "secureconnect-refresh"]
    assert all("Max-Age=0" in attributes for attributes in made.values())

"""Access tokens say who, for how long and for what, and are taken by the verifier of every service."""

import base64
import json

import pytest

from secureconnect.contracts.errors import Fault
from secureconnect.edge.identity import CONTENT_TYPE
from tests.fixtures.auth import BROWSER, AuthHouse, tokens

pytestmark = pytest.mark.anyio


def part(token: str, index: int) -> dict[str, object]:
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


async def test_a_token_names_account_session_and_device_for_ten_minutes(house: AuthHouse) -> None:
    answer = await house.register("anna")
    head, claims = part(answer.access_token, 0), part(answer.access_token, 1)
    assert sorted(head) == ["alg", "kid", "typ"]
    assert (head["alg"], head["typ"]) == ("ES256", "at+jwt")
    assert claims["exp"] == int(str(claims["iat"])) + 600
    assert (claims["sub"], claims["sid"], claims["did"], claims["knd"]) == (
        answer.account.id,
        answer.session_id,
        answer.device_id,
        "desktop",
    )
    assert (claims["iss"], claims["aud"]) == ("http://localhost:8080", "secureconnect")
    caller = house.identity.verify(answer.access_token)
    assert (caller.account, caller.session, caller.device) == (answer.account.id, answer.session_id, answer.device_id)


async def test_a_content_token_opens_nothing_else_and_an_access_token_is_none(house: AuthHouse) -> None:
    await house.register("anna")
    answer = await house.login("anna", device=BROWSER)
    content = answer.cookies["secureconnect-content"]
    assert house.identity.verify(content, CONTENT_TYPE).session == tokens(answer).session_id
    assert not await house.holds(content)
    with pytest.raises(Fault):
        house.identity.verify(tokens(answer).access_token, CONTENT_TYPE)


async def test_a_refresh_token_is_no_access_token(house: AuthHouse) -> None:
    answer = await house.register("anna")
    assert not await house.holds(answer.refresh_token or "")

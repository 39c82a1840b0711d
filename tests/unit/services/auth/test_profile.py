"""One's own account: names, an address that counts once its link was followed, preferences."""

from pathlib import Path

import pytest

from secureconnect.contracts.auth import Preferences, Privacy
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import AUTH_ACCOUNTS, AccountAsk
from secureconnect.services.auth.profile import require_zone
from tests.fixtures.auth import AuthHouse, auth, limits, problem

pytestmark = pytest.mark.anyio
ME = "/v1/users/me"


async def test_oneself_sees_all_of_it(house: AuthHouse) -> None:
    anna = await house.register("anna", display_name="Anna A", email="anna@Example.org")
    me = (await house.call("GET", ME, token=anna.access_token)).json()
    assert {name: me[name] for name in ("id", "username", "display_name", "picture", "admin")} == {
        "id": anna.account.id,
        "username": "anna",
        "display_name": "Anna A",
        "picture": None,
        "admin": False,
    }
    assert (me["email"], me["email_verified"], me["pending_email"]) == (None, False, "anna@example.org")
    assert me["preferences"]["privacy"]["ring"] == "everyone"


async def test_another_display_name_is_found_by_and_told(house: AuthHouse) -> None:
    anna = await house.register("anna")
    changed = await house.call("PATCH", ME, {"display_name": "  Frau   Müller "}, anna.access_token)
    assert changed.json()["display_name"] == "Frau Müller"
    found = await house.call("GET", "/v1/users?query=frau m", token=anna.access_token)
    assert len(found.json()["items"]) == 1
    again = await house.call("PATCH", ME, {"display_name": "Frau Müller"}, anna.access_token)
    assert again.status_code == 200
    assert [each.kind for each in await house.changes()].count("profile") == 1


@pytest.mark.parametrize(
    "body", [{"display_name": "\u200b"}, {"email": "nobody"}, {"username": "other"}, {"admin": True}]
)
async def test_what_cannot_be_is_refused_and_nothing_changes(house: AuthHouse, body: dict[str, object]) -> None:
    anna = await house.register("anna")
    before = (await house.call("GET", ME, token=anna.access_token)).json()
    assert (await house.call("PATCH", ME, body, anna.access_token)).status_code == 422
    assert (await house.call("GET", ME, token=anna.access_token)).json() == before


async def test_a_new_address_waits_for_its_link_and_the_one_before_is_told(house: AuthHouse) -> None:
    anna = await house.verified("anna", "first@example.org")
    changed = await house.call("PATCH", ME, {"email": "second@example.org"}, anna.access_token)
    assert (changed.json()["email"], changed.json()["pending_email"]) == ("first@example.org", "second@example.org")
    link = (await house.letters(2))[-1]
    assert link.to == "second@example.org"
    await house.call("POST", "/v1/auth/email/verify", {"secret": link.secret})
    me = (await house.call("GET", ME, token=anna.access_token)).json()
    assert (me["email"], me["email_verified"], me["pending_email"]) == ("second@example.org", True, None)
    assert {letter.to for letter in (await house.letters(3))[2:]} == {"first@example.org"}


async def test_the_address_that_one_has_needs_no_link_and_ends_one_that_waits(house: AuthHouse) -> None:
    anna = await house.verified("anna", "first@example.org")
    await house.call("PATCH", ME, {"email": "second@example.org"}, anna.access_token)
    link = (await house.letters(2))[-1]
    kept = await house.call("PATCH", ME, {"email": "first@example.org"}, anna.access_token)
    assert (kept.json()["email"], kept.json()["pending_email"]) == ("first@example.org", None)
    spent = await house.call("POST", "/v1/auth/email/verify", {"secret": link.secret})
    assert problem(spent) == (403, "auth.secret_invalid")


async def test_null_removes_the_address_and_the_one_before_is_told(house: AuthHouse) -> None:
    anna = await house.verified("anna", "first@example.org")
    removed = await house.call("PATCH", ME, {"email": None}, anna.access_token)
    assert (removed.json()["email"], removed.json()["email_verified"]) == (None, False)
    assert (await house.letters(2))[-1].to == "first@example.org"


async def test_few_addresses_are_tried_in_an_hour(tmp_path: Path) -> None:
    async with auth(tmp_path / "strict", scale=0.2, limits=limits()) as house:
        anna = await house.register("anna")
        answers = [
            await house.call("PATCH", ME, {"email": f"a{number}@example.org"}, anna.access_token) for number in range(3)
        ]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert (await house.call("PATCH", ME, {"display_name": "A"}, anna.access_token)).status_code == 200


async def test_preferences_are_replaced_whole_and_privacy_reaches_the_services(house: AuthHouse) -> None:
    anna = await house.register("anna")
    quiet = {"start_minute": 1320, "end_minute": 420, "zone": "Europe/Vienna"}
    first = {"privacy": {"ring": "friends"}, "quiet_hours": quiet, "language": "de-AT"}
    assert (await house.call("PUT", f"{ME}/preferences", first, anna.access_token)).status_code == 204
    (told,) = (await house.chat.ask(AUTH_ACCOUNTS, AccountAsk([anna.account.id]))).accounts
    assert told.privacy == Privacy(ring="friends")
    me = (await house.call("GET", ME, token=anna.access_token)).json()
    assert (me["preferences"]["language"], me["preferences"]["quiet_hours"]) == ("de-AT", quiet)
    await house.call("PUT", f"{ME}/preferences", {}, anna.access_token)
    me = (await house.call("GET", ME, token=anna.access_token)).json()
    assert (me["preferences"]["language"], me["preferences"]["privacy"]["ring"]) == (None, "everyone")
    assert [each.kind for each in await house.changes()].count("preferences") == 2
    assert Preferences().notification_detail == me["preferences"]["notification_detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"privacy": {"ring": "some"}},
        {"unknown": 1},
        {"language": "../x"},
        {"quiet_hours": {"start_minute": 0, "end_minute": 1440, "zone": "UTC"}},
        {"quiet_hours": {"start_minute": 0, "end_minute": 1, "zone": "Mars/Base"}},
    ],
)
async def test_preferences_that_make_no_sense_are_refused(house: AuthHouse, body: dict[str, object]) -> None:
    anna = await house.register("anna")
    answer = await house.call("PUT", f"{ME}/preferences", body, anna.access_token)
    assert problem(answer) == (422, "request.invalid")


@pytest.mark.parametrize("zone", ["", "../../etc/passwd", "/etc/localtime", "a\x00b", "x" * 64, "Europe"])
def test_no_path_is_taken_for_a_time_zone(zone: str) -> None:
    with pytest.raises(Fault):
        require_zone(zone)

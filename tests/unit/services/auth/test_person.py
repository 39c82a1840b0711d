"""Somebody is told to others as they are now, and named by what could be an id."""

from dataclasses import replace

import pytest

from secureconnect.contracts.auth import AccountBrief
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.accounts import new_account
from secureconnect.services.auth.person import brief, open_account, other_person, person, require_id
from secureconnect.services.auth.usernames import enforce
from tests.fixtures.auth import AuthHouse

pytestmark = pytest.mark.anyio
ANNA = new_account("a-1", enforce("anna"), "Anna", None, 1)


@pytest.mark.parametrize("text", ["", "a" * 65, "a b", "a/b", "a\x00", "ä", "a\n"])
def test_what_could_be_no_id_names_nothing(text: str) -> None:
    with pytest.raises(Fault) as refused:
        require_id(text)
    assert refused.value.code is Code.NOT_FOUND


def test_an_id_is_given_back() -> None:
    assert require_id("0199-a_b.c:d") == "0199-a_b.c:d"


def test_a_closed_account_is_told_as_closed_and_not_as_disabled() -> None:
    told = person(replace(ANNA, username="", display_name="", disabled_at=1, closed_at=2))
    assert (told.closed, told.disabled, told.username) == (True, False, "")
    assert person(replace(ANNA, disabled_at=1)).disabled


def test_the_least_that_names_somebody_holds_no_address() -> None:
    assert brief(replace(ANNA, email="a@b.example")) == AccountBrief("a-1", "anna", "Anna")


async def test_oneself_is_nobody_else_and_a_closed_account_is_not_found(house: AuthHouse) -> None:
    anna = (await house.register("anna")).account.id
    with pytest.raises(Fault) as refused:
        await house.sql.read(other_person, anna, anna)
    assert refused.value.code is Code.INVALID
    assert (await house.sql.read(open_account, anna)).username == "anna"
    with pytest.raises(Fault) as refused:
        await house.sql.read(open_account, "nobody")
    assert refused.value.code is Code.NOT_FOUND


async def test_who_was_disabled_or_closed_meanwhile_meets_nobody(house: AuthHouse) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    for column in ("disabled_at", "closed_at"):
        await house.sql.write(
            lambda connection, column=column: connection.exec_driver_sql(
                f"UPDATE accounts SET {column} = 1 WHERE username = 'anna'"
            )
        )
        with pytest.raises(Fault) as refused:
            await house.sql.read(other_person, anna.account.id, bert.account.id)
        assert refused.value.code is Code.AUTH_TOKEN_INVALID

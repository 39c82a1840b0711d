"""What chat says of accounts and conversations."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.membership import Membership
from tests.fixtures.storage import StorageHouse

pytestmark = pytest.mark.anyio


async def test_a_conversation_that_is_not_there_answers_like_one_of_others(house: StorageHouse) -> None:
    membership = Membership(house.local.as_caller("storage"))
    house.others.members.add(("ada", "c"))
    await membership.require("ada", "c")
    for account, conversation in (("bob", "c"), ("ada", "none"), ("ada", "../c"), ("ada", "")):
        with pytest.raises(Fault) as caught:
            await membership.require(account, conversation)
        assert caught.value.code is Code.CHAT_NOT_A_MEMBER


async def test_who_may_read_is_asked_each_time(house: StorageHouse) -> None:
    membership = Membership(house.local.as_caller("storage"))
    assert not await membership.may_read("bob", "f")
    house.others.readers.add(("bob", "f"))
    assert await membership.may_read("bob", "f")

"""Two people talk."""

import asyncio

import pytest

from secureconnect.client import Chat, text_of
from tests.fixtures.persons import Persons

pytestmark = pytest.mark.anyio


async def texts(chat: Chat, count: int, within_s: float = 10.0) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(within_s):
        async for event in chat.events():
            text = text_of(event)
            if text is not None:
                found.append(text)
            if len(found) == count:
                break
    return found


async def test_two_people_talk_both_ways_and_both_hold_the_same_in_order(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with anna.chat(start="beginning") as annas, ben.chat(start="beginning") as bens:
        for number in range(50):
            sender = annas if number % 2 else bens
            await sender.send(talk.id, f"{number}")
        expected = [f"{number}" for number in range(50)]
        assert await texts(annas, 50) == expected
        assert await texts(bens, 50) == expected
    read = [text_of(event) async for event in ben.messages.history(talk.id)]
    assert [text for text in read if text is not None] == expected


async def test_a_group_of_three_hears_what_was_sent_while_one_was_away(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Plans", [ben.account_id, cleo.account_id])
    async with cleo.chat(start="beginning") as here:
        await anna.messages.send(group.id, "one")
        assert await texts(here, 1) == ["one"]
        state = here.state()
    await ben.messages.send(group.id, "two")
    await anna.messages.send(group.id, "three")
    async with cleo.chat(state) as back:
        assert await texts(back, 2) == ["two", "three"]

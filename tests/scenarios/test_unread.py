"""What is unread: the messages of others above what was read, not deleted, without those of people one blocks."""

import random
from dataclasses import dataclass, field

import pytest

from secureconnect.client import Chat
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import SentAnswer
from secureconnect.contracts.frames import CursorFrame
from tests.fixtures.persons import Person, Persons
from tests.fixtures.scenes import eventually, refused

pytestmark = pytest.mark.anyio


async def counts(person: Person, conversation: str) -> tuple[int, int]:
    """What a person has unread, and how many of that mention them; the list says the same as the row alone."""
    row = await person.conversations.get(conversation)
    listed = [one async for one in person.conversations.list() if one.id == conversation]
    assert [(one.unread, one.unread_mentions, one.read_seq) for one in listed] == [
        (row.unread, row.unread_mentions, row.read_seq)
    ]
    return row.unread, row.unread_mentions


async def test_sends_reads_deletions_and_ones_own_words_are_all_counted_right(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Counts", [ben.account_id])
    assert await counts(ben, group.id) == (0, 0)
    first = await anna.messages.send(group.id, "one", mentions=[ben.account_id])
    second = await anna.messages.send(group.id, "two", mentions=["all"])
    third = await anna.messages.send(group.id, "three")
    assert await counts(ben, group.id) == (3, 2)
    assert await counts(anna, group.id) == (0, 0)
    await anna.messages.react(group.id, third.event_id, "👍")
    await anna.messages.edit(group.id, third.event_id, "3")
    await anna.conversations.change(group.id, title="Not a message")
    assert await counts(ben, group.id) == (3, 2)
    await ben.conversations.mark(group.id, read_seq=first.seq)
    assert await counts(ben, group.id) == (2, 1)
    await anna.messages.delete(group.id, second.event_id)
    assert await counts(ben, group.id) == (1, 0)
    await ben.messages.send(group.id, "mine")
    assert await counts(ben, group.id) == (0, 0)
    assert await counts(anna, group.id) == (1, 0)


async def test_a_read_mark_never_goes_back_and_never_above_the_head(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Marks", [ben.account_id])
    sent = [await anna.messages.send(group.id, f"{number}") for number in range(3)]
    await ben.conversations.mark(group.id, read_seq=sent[1].seq)
    await ben.conversations.mark(group.id, read_seq=sent[0].seq)
    assert await counts(ben, group.id) == (1, 0)
    with refused(Code.CHAT_CURSOR_AHEAD):
        await ben.conversations.mark(group.id, read_seq=sent[2].seq + 1)
    async with ben.chat() as bens:
        with refused(Code.CHAT_CURSOR_AHEAD):
            await bens.mark(group.id, read_seq=sent[2].seq + 1)
        await bens.mark(group.id, read_seq=sent[2].seq)
    assert await counts(ben, group.id) == (0, 0)


async def test_people_one_has_blocked_do_not_count(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Blocked", [ben.account_id, cleo.account_id])
    await anna.messages.send(group.id, "one", mentions=[ben.account_id])
    gone = await anna.messages.send(group.id, "two")
    await cleo.messages.send(group.id, "three", mentions=[ben.account_id])
    assert await counts(ben, group.id) == (3, 2)
    await ben.people.block(anna.account_id)

    async def is_at(unread: int, mentions: int) -> bool:
        row = await ben.conversations.get(group.id)
        return (row.unread, row.unread_mentions) == (unread, mentions)

    await eventually(lambda: is_at(1, 1))
    await anna.messages.delete(group.id, gone.event_id)
    await anna.messages.send(group.id, "four", mentions=["all"])
    assert await counts(ben, group.id) == (1, 1)
    assert await counts(cleo, group.id) == (1, 1)
    await ben.people.unblock(anna.account_id)
    await eventually(lambda: is_at(3, 3))


async def test_who_joins_begins_with_nothing_unread_and_who_comes_again_with_what_came_since(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Join")
    await anna.messages.send(group.id, "before")
    await anna.conversations.add(group.id, ben.account_id)
    assert await counts(ben, group.id) == (0, 0)
    await anna.messages.send(group.id, "unread")
    assert await counts(ben, group.id) == (1, 0)
    await anna.conversations.remove(group.id, ben.account_id)
    assert await counts(ben, group.id) == (0, 0)
    await anna.messages.send(group.id, "away", mentions=["all"])
    await anna.conversations.add(group.id, ben.account_id)
    await anna.messages.send(group.id, "back")
    assert await counts(ben, group.id) == (1, 0)


async def test_reading_on_one_device_is_told_to_the_others_at_once(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(ben)
    talk = await anna.conversations.direct(ben.account_id)
    sent = await anna.messages.send(talk.id, "read me")
    async with phone.chat() as phones, ben.chat() as bens:
        await bens.mark(talk.id, read_seq=sent.seq)
        told = await phones.notices.next(CursorFrame, 5, lambda frame: frame.account == ben.account_id)
        assert (told.conversation, told.read_seq) == (talk.id, sent.seq)
    assert await counts(phone, talk.id) == (0, 0)


@dataclass
class Expected:
    """What a member should find unread."""

    read_seq: int = 0
    waiting: dict[int, bool] = field(default_factory=dict[int, bool])
    """Messages of others by seq: whether they mention the member."""

    def counts(self) -> tuple[int, int]:
        above = {seq: mentioned for seq, mentioned in self.waiting.items() if seq > self.read_seq}
        return len(above), sum(above.values())


class Group:
    """A group that does things at random and knows what should be unread."""

    def __init__(self, conversation: str, chats: dict[Person, Chat], rng: random.Random) -> None:
        self.conversation = conversation
        self.chats = chats
        self.rng = rng
        self.expected = {person: Expected() for person in chats}
        self.said: list[tuple[Person, SentAnswer]] = []

    async def act(self) -> None:
        """One of them does something."""
        person = self.rng.choice(list(self.chats))
        await self.rng.choice([self.send, self.send, self.read, self.delete])(person)

    async def send(self, person: Person) -> None:
        others = [each for each in self.chats if each is not person]
        mentioned = self.rng.sample(others, self.rng.randint(0, len(others)))
        names = [each.account_id for each in mentioned]
        sent = await self.chats[person].send(self.conversation, "words", mentions=names)
        self.said.append((person, sent))
        self.expected[person].read_seq = sent.seq
        for each in others:
            self.expected[each].waiting[sent.seq] = each in mentioned

    async def read(self, person: Person) -> None:
        if self.said:
            _, sent = self.rng.choice(self.said)
            await self.chats[person].mark(self.conversation, read_seq=sent.seq)
            self.expected[person].read_seq = max(self.expected[person].read_seq, sent.seq)

    async def delete(self, _: Person) -> None:
        if self.said:
            sender, sent = self.said.pop(self.rng.randrange(len(self.said)))
            await sender.messages.delete(self.conversation, sent.event_id)
            for expected in self.expected.values():
                expected.waiting.pop(sent.seq, None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_people_do_in_whatever_order_the_counts_stay_right(persons: Persons, seed: int) -> None:
    people = await persons.several("anna", "ben", "cleo")
    made = await people[0].conversations.group("Random", [person.account_id for person in people[1:]])
    async with people[0].chat() as one, people[1].chat() as two, people[2].chat() as three:
        group = Group(made.id, dict(zip(people, (one, two, three), strict=True)), random.Random(seed))
        for _ in range(60):
            await group.act()
            for person in people:
                row = await person.conversations.get(made.id)
                assert (row.unread, row.unread_mentions) == group.expected[person].counts()

"""Marks never go back, are durable when answered, and are told to those alone who may see them."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.auth import Privacy
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.receipts import MarkAsk
from tests.fixtures.live import LiveNode, LiveWorld, live_world

pytestmark = pytest.mark.anyio
SHY = Privacy(read_marks=False)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben", "carl")
        for _ in range(3):
            await one.log.say("c1", "anna")
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    return await world.node(first=True)


async def marks_of(node: LiveNode, reader: str) -> dict[str, tuple[int, int]]:
    page = await node.live.receipts.page(reader, "c1", "", 100)
    return {item.account: (item.read_seq, item.delivered_seq) for item in page.items}


async def test_a_mark_is_kept_and_told_to_the_others_and_to_ones_other_devices(node: LiveNode) -> None:
    ben, phone, anna = await node.enter("ben"), await node.enter("ben", "phone"), await node.enter("anna")
    await ben.send(t="cursor.set", id=4, conversation="c1", read_seq=6)
    assert await ben.next("ok") == {"t": "ok", "id": 4}
    told = {"t": "cursor", "conversation": "c1", "account": "ben", "read_seq": 6, "delivered_seq": 6}
    assert await anna.next("cursor") == told
    assert await phone.next("cursor") == told
    await ben.settled()
    assert ben.all("cursor") == []
    assert (await marks_of(node, "anna"))["ben"] == (6, 6)


async def test_a_mark_without_a_number_is_gathered_and_kept(node: LiveNode) -> None:
    ben, anna = await node.enter("ben"), await node.enter("anna")
    for seq in (5, 6, 7):
        await ben.send(t="cursor.set", conversation="c1", delivered_seq=seq)
    told = await anna.next("cursor")
    assert (told["read_seq"], told["delivered_seq"]) == (3, 7)
    assert len(anna.all("cursor")) == 1


async def test_marks_never_go_back(node: LiveNode) -> None:
    receipts = node.live.receipts
    await receipts.set(MarkAsk("ben", "c1", 6, 6))
    moved = await receipts.set(MarkAsk("ben", "c1", 4, 5))
    assert (moved.read_seq, moved.delivered_seq, moved.moved) == (6, 6, False)
    assert (await marks_of(node, "ben"))["ben"] == (6, 6)


async def test_ones_own_message_counts_as_read(world: LiveWorld, node: LiveNode) -> None:
    await world.log.say("c1", "ben")
    assert (await marks_of(node, "anna"))["ben"] == (8, 8)


@pytest.mark.parametrize("frame", [{"read_seq": 8}, {"delivered_seq": 8}, {"read_seq": 8, "id": 1}])
async def test_a_mark_above_the_head_is_refused(node: LiveNode, frame: dict[str, int]) -> None:
    ben = await node.enter("ben")
    await ben.send(t="cursor.set", conversation="c1", **frame)
    error = await ben.next("error")
    assert (error["code"], error.get("id")) == ("chat.cursor_ahead", frame.get("id"))
    assert (await marks_of(node, "ben"))["ben"] == (3, 3)


async def test_strangers_and_former_members_set_and_see_no_marks(world: LiveWorld, node: LiveNode) -> None:
    await world.log.member("c1", "carl", "removed", "anna")
    for account in ("eve", "carl"):
        for conversation in ("c1", "nowhere"):
            with pytest.raises(Fault) as refused:
                await node.live.receipts.set(MarkAsk(account, conversation, 1, 1))
            assert refused.value.code is Code.CHAT_NOT_A_MEMBER
            with pytest.raises(Fault) as unseen:
                await node.live.receipts.page(account, conversation, "", 10)
            assert unseen.value.code is Code.CHAT_NOT_A_MEMBER
        talker = await node.enter(account)
        await talker.send(t="cursor.set", conversation="c1", read_seq=4)
        assert (await talker.next("error"))["code"] == "chat.not_a_member"


async def test_one_who_hides_marks_tells_none_and_sees_none(world: LiveWorld, node: LiveNode) -> None:
    world.accounts.privacy["ben"] = SHY
    ben, phone = await node.enter("ben"), await node.enter("ben", "phone")
    anna, carl = await node.enter("anna"), await node.enter("carl")
    await ben.send(t="cursor.set", id=1, conversation="c1", read_seq=6)
    await phone.next("cursor")
    await carl.send(t="cursor.set", id=1, conversation="c1", read_seq=5)
    told = await anna.next("cursor")
    assert told["account"] == "carl"
    await anna.settled()
    assert [frame["account"] for frame in anna.all("cursor")] == ["carl"]
    assert ben.all("cursor") == []
    assert set(await marks_of(node, "ben")) == {"ben"}
    assert set(await marks_of(node, "anna")) == {"anna", "carl"}


async def test_pages_of_marks_go_on_where_they_ended(node: LiveNode) -> None:
    first = await node.live.receipts.page("anna", "c1", "", 2)
    assert ([item.account for item in first.items], first.next_cursor) == (["anna", "ben"], "ben")
    second = await node.live.receipts.page("anna", "c1", "ben", 2)
    assert ([item.account for item in second.items], second.next_cursor) == (["carl"], None)


async def test_a_mark_reaches_the_sockets_of_another_node(world: LiveWorld, node: LiveNode) -> None:
    there = await world.node()
    ben, anna = await node.enter("ben"), await there.enter("anna")
    await ben.send(t="cursor.set", id=1, conversation="c1", read_seq=6)
    assert (await anna.next("cursor"))["read_seq"] == 6

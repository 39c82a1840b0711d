"""A disabled account hands over what it alone owned; a closed one leaves, and what it wrote stays or goes as asked."""

import json
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Connection

from secureconnect.contracts.events import Role
from secureconnect.contracts.peers import RetireAsk
from secureconnect.services.chat.store import retirements
from tests.fixtures.chat_service import Office, caller, office

pytestmark = pytest.mark.anyio


async def roles(o: Office, group: str) -> dict[str, str]:
    state = await o.chat.membership.reload(group)
    assert state is not None
    return {member.account: member.role for member in state.members.values()}


async def promote(o: Office, group: str, account: str, role: Role = "admin") -> None:
    await o.chat.members.set_role(caller("ann"), group, account, role)
    await o.log.told()


async def test_the_oldest_admin_inherits_and_it_is_written_in_the_log(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group, owned_by_other = await o.group("ann", "ben", "cat", "dan"), await o.group("ben", "ann")
        await promote(o, group, "dan")
        await promote(o, group, "cat")
        await o.chat.retirements.retire(RetireAsk("ann", closed=False))
        assert await roles(o, group) == {"ann": "admin", "ben": "member", "cat": "owner", "dan": "admin"}
        assert (await roles(o, owned_by_other))["ann"] == "member"
        events = [json.loads(bytes(event.body)) for event in (await o.events("ben", group))[-2:]]
        assert [(event["account"], event["change"], event["role"]) for event in events] == [
            ("cat", "role", "owner"),
            ("ann", "role", "admin"),
        ]
        head = (await o.row("ben", group)).head_seq
        await o.chat.retirements.retire(RetireAsk("ann", closed=False))
        assert (await o.row("ben", group)).head_seq == head
        assert await o.log.rows("SELECT * FROM retirements") == []


async def test_without_an_admin_the_oldest_member_inherits_who_is_not_away_too(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "cat")
        o.others.accounts["ben"] = structs.replace(o.others.accounts["ben"], disabled=True)
        o.changed("account_disabled", "ben")
        await o.chat.retirements.retire(RetireAsk("ann", closed=False))
        assert await roles(o, group) == {"ann": "admin", "ben": "member", "cat": "owner"}


async def test_a_closed_account_leaves_all_groups_and_direct_ones_stay_readable(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group, alone, direct = await o.group("ann", "ben"), await o.group("ann"), await o.direct("ann", "ben")
        await o.say("ann", group, "stays")
        await o.say("ann", direct, "stays")
        await o.chat.retirements.retire(RetireAsk("ann", closed=True))
        assert await roles(o, group) == {"ben": "owner"}
        assert await roles(o, alone) == {}
        assert set(await roles(o, direct)) == {"ann", "ben"}
        for conversation in (group, direct):
            last = (await o.row("ben", conversation)).last_message
            assert last is not None
            assert b"stays" in bytes(last.body)


async def test_what_it_wrote_goes_when_asked_also_where_it_had_left(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group, left = await o.group("ben", "ann"), await o.group("ben", "ann")
        for conversation in (group, left):
            await o.say("ben", conversation, "of-ben")
            for number in range(3):
                await o.say("ann", conversation, f"of-ann-{number}")
        await o.leave("ann", left)
        await o.chat.retirements.retire(RetireAsk("ann", closed=True, delete_messages=True))
        stored = str(await o.log.rows("SELECT envelope FROM log_events WHERE envelope IS NOT NULL"))
        assert "of-ann" not in stored
        assert stored.count("of-ben") == 2
        assert (await o.row("ben", group)).unread == 0
        head = (await o.row("ben", group)).head_seq
        await o.chat.retirements.retire(RetireAsk("ann", closed=True, delete_messages=True))
        assert (await o.row("ben", group)).head_seq == head


async def test_what_was_asked_before_a_restart_is_settled_after_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.chat.retirements.stop()

        def ask(connection: Connection) -> None:
            retirements.ask(connection, "ann", True, False, 1)
            retirements.ask(connection, "ann", False, True, 2)

        await o.log.sql.write(ask)
        assert [row["closed"] for row in await o.log.rows("SELECT * FROM retirements")] == [1]
        await o.chat.retirements.start()
        await o.chat.retirements.retire(RetireAsk("dan", closed=False))
        assert await roles(o, group) == {"ben": "owner"}

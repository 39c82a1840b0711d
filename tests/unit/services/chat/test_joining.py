"""An invite leads into those groups to which its maker may still invite."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.contracts.peers import InvitableAsk, JoinAsk
from secureconnect.services.chat.limits import ChatLimits
from tests.fixtures.chat_service import Office, office, refused

pytestmark = pytest.mark.anyio


async def titles(o: Office, account: str, *conversations: str) -> list[str]:
    reply = await o.chat.joining.invitable(InvitableAsk(account, list(conversations)))
    return [conversation.title for conversation in reply.conversations]


async def test_those_who_lead_may_invite(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group, direct = await o.group("ann", "ben", title="G"), await o.direct("ann", "ben")
        assert await titles(o, "ann", group, direct, "nowhere") == ["G"]
        assert await titles(o, "ben", group) == []
        assert await titles(o, "eve", group) == []


async def test_joining_passes_over_what_may_no_longer_be(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(members_max=2)) as o:
        good, full, lost = await o.group("ann"), await o.group("ann", "ben"), await o.group("ben")
        ask = JoinAsk("eve", "ann", [full, lost, "nowhere", good])
        await o.chat.joining.join(ask)
        await o.chat.joining.join(ask)
        await o.log.told()
        assert [row.id for row in (await o.chat.listing.page("eve", None, 10)).items] == [good]
        assert (await o.row("eve", good)).role == "member"
        event = (await o.events("ann", good))[-1]
        assert (event.sender, event.kind, event.seq) == ("eve", "member", 3)
        assert b'"joined"' in bytes(event.body)


async def test_an_account_that_is_in_too_many_conversations_joins_no_more(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(conversations_per_account_max=1)) as o:
        group = await o.group("ann")
        await o.group("eve")
        await o.chat.joining.join(JoinAsk("eve", "ann", [group]))
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await o.events("eve", group)

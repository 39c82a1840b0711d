"""A call leaves each of its changes once, by somebody who is there."""

import json
from pathlib import Path
from typing import Literal

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import CallBody
from secureconnect.contracts.peers import CallEventAsk
from tests.fixtures.chat_service import Office, office, refused

pytestmark = pytest.mark.anyio


async def call(
    o: Office, group: str, account: str, change: Literal["started", "ended", "missed"], took: int | None = None
) -> None:
    await o.chat.calls.stand(CallEventAsk(group, account, f"{account}-1", CallBody("call-1", change, "audio", took)))
    await o.log.told()


async def test_each_change_stands_once_whoever_tells_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await call(o, group, "ann", "started")
        await call(o, group, "ann", "started")
        await call(o, group, "ben", "ended", 5)
        await call(o, group, "ann", "ended", 6)
        events = [event for event in await o.events("ann", group) if event.kind == "call"]
        assert [(event.sender, json.loads(bytes(event.body))["change"]) for event in events] == [
            ("ann", "started"),
            ("ben", "ended"),
        ]
        assert (await o.row("ben", group)).unread == 0


async def test_one_who_left_starts_nothing_and_ends_it_in_anothers_name(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await call(o, group, "ben", "started")
        await o.leave("ben", group)
        await call(o, group, "ben", "ended", 5)
        assert (await o.events("ann", group))[-1].sender == "ann"
        for account, conversation in (("eve", group), ("ann", "nowhere")):
            async with refused(Code.CHAT_NOT_A_MEMBER):
                await call(o, conversation, account, "started")

"""A group's title, picture and rule are changed by those who lead it."""

import json
from pathlib import Path

import pytest

from secureconnect.contracts.chat import ConversationPatch
from secureconnect.contracts.errors import Code
from secureconnect.contracts.peers import FileReadableAsk
from tests.fixtures.chat_service import caller, file_answer, office, refused

pytestmark = pytest.mark.anyio


async def test_what_changes_stands_as_one_event_and_the_rest_is_left_out(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", title="Old")
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(title="New", history="joined"))
        await o.log.told()
        (*_, last) = await o.events("ann", group)
        assert json.loads(bytes(last.body)) == {"by": "ann", "title": "New"}
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(title="New"))
        assert (await o.row("ben", group)).head_seq == last.seq
        assert (await o.row("ben", group)).title == "New"


async def test_members_and_strangers_change_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group, direct = await o.group("ann", "ben"), await o.direct("ann", "ben")
        for account, conversation, code in (
            ("ben", group, Code.CHAT_ROLE_TOO_LOW),
            ("eve", group, Code.CHAT_NOT_A_MEMBER),
            ("ann", direct, Code.CHAT_ROLE_TOO_LOW),
            ("ann", "nowhere", Code.CHAT_NOT_A_MEMBER),
        ):
            async with refused(code):
                await o.chat.conversations.change(caller(account), conversation, ConversationPatch(title="x"))


async def test_a_picture_is_an_image_uploaded_for_the_group_and_seen_by_its_members(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        o.others.files["ann", group, "doc"] = file_answer("doc", group, "application/pdf")
        for wrong in ("nothing", "doc"):
            async with refused(Code.CHAT_FILE_INVALID):
                await o.chat.conversations.change(caller("ann"), group, ConversationPatch(picture=wrong))
        o.others.files["ann", group, "pic"] = file_answer("pic", group)
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(picture="pic"))
        assert (await o.row("ben", group)).picture == "pic"
        assert (await o.chat.files.readable(FileReadableAsk("ben", "pic"))).readable
        assert not (await o.chat.files.readable(FileReadableAsk("eve", "pic"))).readable
        await o.log.told()
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(picture=None))
        assert (await o.row("ben", group)).picture is None
        assert not (await o.chat.files.readable(FileReadableAsk("ben", "pic"))).readable

"""A file is read by those members who may read a message that carries it."""

from pathlib import Path

import pytest

from secureconnect.contracts.events import DeleteRequest
from secureconnect.contracts.peers import FileReadableAsk
from tests.fixtures.chat_service import Office, caller, file_answer, office

pytestmark = pytest.mark.anyio


async def readers(o: Office, file: str) -> list[str]:
    asked = {name: await o.chat.files.readable(FileReadableAsk(name, file)) for name in ("ann", "ben", "cat", "eve")}
    return [name for name, reply in asked.items() if reply.readable]


async def test_the_span_of_a_member_says_which_files_they_read(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        for file in ("early", "late"):
            o.others.files["ann", group, file] = file_answer(file, group)
        await o.say("ann", group, files=["early"])
        await o.leave("ben", group)
        await o.add("ann", group, "cat")
        late = await o.say("ann", group, files=["late"])
        assert await readers(o, "early") == ["ann"]
        assert await readers(o, "late") == ["ann", "cat"]
        assert await readers(o, "other") == []
        await o.chat.messages.delete(caller("ann"), group, late.event_id, DeleteRequest())
        assert await readers(o, "late") == []

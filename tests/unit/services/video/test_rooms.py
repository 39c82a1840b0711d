"""Rooms: a mesh where there is no media server or it is away, else devices are let in and put out."""

from pathlib import Path

import pytest

from secureconnect.backends.media.port import MediaAccess
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.video import RoomAccess
from tests.fixtures.video import caller, video_nouns

pytestmark = pytest.mark.anyio


class MediaServer:
    """A media server that remembers what it was told, and may be away."""

    def __init__(self) -> None:
        self.away = False
        self.told: list[str] = []

    def participants_max(self) -> int:
        return 50

    async def admit(self, call: str, account: str, device: str) -> MediaAccess:
        self._tell(f"admit {device}")
        return MediaAccess("server", "wss://media", f"token of {device}")

    async def remove(self, call: str, device: str) -> None:
        self._tell(f"remove {device}")

    async def end(self, call: str) -> None:
        self._tell("end")

    def _tell(self, what: str) -> None:
        if self.away:
            raise Fault(Code.UNAVAILABLE)
        self.told.append(what)


async def test_each_who_enters_is_admitted_and_each_who_leaves_removed(tmp_path: Path) -> None:
    server = MediaServer()
    async with video_nouns(tmp_path, rooms=server) as nouns:
        calls = nouns.house.calls
        begun = await calls.invite(caller("ann"), "all", "audio")
        assert begun.room == RoomAccess("server", "wss://media", "token of ann-1")
        assert begun.call.devices_max == 50
        accepted = await calls.accept(caller("ben"), begun.call.id)
        assert accepted.room == RoomAccess("server", "wss://media", "token of ben-1")
        await calls.hang_up(caller("ben"), begun.call.id)
        await calls.hang_up(caller("ann"), begun.call.id)
        await nouns.house.background.settle()
        assert server.told == ["admit ann-1", "admit ben-1", "remove ben-1", "end"]


async def test_without_the_media_server_a_call_is_a_mesh(tmp_path: Path) -> None:
    server = MediaServer()
    server.away = True
    async with video_nouns(tmp_path, rooms=server) as nouns:
        begun = await nouns.house.calls.invite(caller("ann"), "ab", "audio")
        assert (begun.room, begun.call.room, begun.call.devices_max) == (None, "mesh", 4)
        server.away = False
        assert (await nouns.house.calls.accept(caller("ben"), begun.call.id)).room is None
        await nouns.house.calls.hang_up(caller("ben"), begun.call.id)
        await nouns.house.background.settle()
        assert server.told == []


async def test_the_room_of_a_call_that_did_not_come_about_is_ended(tmp_path: Path) -> None:
    server = MediaServer()
    async with video_nouns(tmp_path, rooms=server) as nouns:
        calls = nouns.house.calls
        await calls.invite(caller("ben"), "bc", "audio")
        busy = await calls.invite(caller("ann"), "ab", "audio")
        assert (busy.call.reason, busy.room) == ("busy", None)
        assert server.told == ["admit ben-1", "admit ann-1", "end"]
        with pytest.raises(Fault):
            await calls.invite(caller("ben"), "all", "audio")
        assert server.told[-2:] == ["admit ben-1", "end"]


async def test_a_media_server_that_goes_away_holds_up_nobody(tmp_path: Path) -> None:
    server = MediaServer()
    async with video_nouns(tmp_path, rooms=server) as nouns:
        begun = await nouns.house.calls.invite(caller("ann"), "ab", "audio")
        server.away = True
        accepted = await nouns.house.calls.accept(caller("ben"), begun.call.id)
        assert (accepted.call.live, accepted.room) == (True, None)
        assert not (await nouns.house.calls.hang_up(caller("ben"), begun.call.id)).call.live

"""Where the media of calls flows: a room on a media server, or a mesh of a few where there is none or it is away."""

import structlog
from msgspec import Struct

from secureconnect.backends.media.port import MediaAccess, MediaRooms
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.video import RoomAccess
from secureconnect.services.video.announcement import leaving_devices
from secureconnect.services.video.call_state import Call, Seat

MESH = "mesh"
log = structlog.get_logger("video.rooms")


class Opened(Struct, frozen=True):
    """The room that a new call gets: its kind, how many devices it takes, and how its first device reaches it."""

    kind: str
    devices_max: int
    access: RoomAccess | None


class Rooms:
    """Lets devices into the rooms of calls, and out again."""

    def __init__(self, rooms: MediaRooms, mesh_max: int) -> None:
        self._rooms = rooms
        self._mesh_max = mesh_max

    async def open(self, call: str, seat: Seat) -> Opened:
        """A room for a new call; a mesh when the media server does not answer."""
        access = await self._admit(call, seat)
        if access is None or access.kind == MESH:
            return Opened(MESH, self._mesh_max, None)
        return Opened(access.kind, self._rooms.participants_max(), _told(access))

    async def enter(self, call: Call, seat: Seat) -> RoomAccess | None:
        """How a device that came in reaches the room; None in a mesh, or while the media server does not answer."""
        if call.room == MESH:
            return None
        access = await self._admit(call.id, seat)
        return None if access is None else _told(access)

    async def follow(self, old: Call | None, new: Call) -> None:
        """Put out those who left, and end the room of a call that ended."""
        if new.room == MESH or old is None:
            return
        try:
            if not new.live:
                await self._rooms.end(new.id)
                return
            for device in sorted(leaving_devices(old, new)):
                await self._rooms.remove(new.id, device)
        except Fault as fault:
            log.warning("a room was not told who left", call=new.id, code=fault.code.wire)

    async def drop(self, call: str, opened: Opened) -> None:
        """End a room whose call did not come about."""
        if opened.kind == MESH:
            return
        try:
            await self._rooms.end(call)
        except Fault as fault:
            log.warning("a room was not ended", call=call, code=fault.code.wire)

    async def _admit(self, call: str, seat: Seat) -> MediaAccess | None:
        try:
            return await self._rooms.admit(call, seat.account, seat.device)
        except Fault as fault:
            log.warning("the media server does not answer", call=call, code=fault.code.wire)
            return None


def _told(access: MediaAccess) -> RoomAccess:
    return RoomAccess(access.kind, access.url, access.token)

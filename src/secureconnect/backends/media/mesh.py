"""Calls without a media server: every device sends to every other."""

from secureconnect.backends.media.port import MediaAccess


class MeshRooms:
    """The MediaRooms port for a mesh, which has no rooms: each device's uplink bounds it to a few participants."""

    def __init__(self, participants_max: int = 4) -> None:
        self._participants_max = participants_max

    def participants_max(self) -> int:
        """How many devices a call takes."""
        return self._participants_max

    async def admit(self, call: str, account: str, device: str) -> MediaAccess:
        """Nothing is needed to reach the others: the signals carry it."""
        return MediaAccess("mesh")

    async def remove(self, call: str, device: str) -> None:
        """The others stop sending to it by themselves."""

    async def end(self, call: str) -> None:
        """There is no room to end."""

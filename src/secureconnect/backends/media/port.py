"""Rooms for calls: a mesh needs none, a media server has one per call."""

from typing import Protocol

from msgspec import Struct


class MediaAccess(Struct, frozen=True):
    """How a participant reaches the room; a mesh has neither address nor token."""

    kind: str
    url: str | None = None
    token: str | None = None


class MediaRooms(Protocol):
    """Where the media of calls flows."""

    def participants_max(self) -> int:
        """How many devices a call of this kind takes."""
        ...

    async def admit(self, call: str, account: str, device: str) -> MediaAccess:
        """Let a device into the call's room; the room is made when it is missing. Admitting again gives a fresh
        access."""
        ...

    async def remove(self, call: str, device: str) -> None:
        """Put a device out of the room; one that is not there is no fault."""
        ...

    async def end(self, call: str) -> None:
        """End the room; one that is not there is no fault."""
        ...

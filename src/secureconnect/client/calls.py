"""Calls over HTTP, and the servers that help media through."""

from secureconnect.client.paging import Listing
from secureconnect.client.transport import Http
from secureconnect.contracts.video import CallAnswer, CallPage, CallRequest, CallStateWord, IceServersAnswer, Media


class Calls:
    """Calls of one's conversations."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def start(self, conversation: str, media: Media = "audio") -> CallAnswer:
        """Ring a conversation, or get the call that lives there."""
        return await self._http.ask(CallAnswer, "POST", "/v1/calls", CallRequest(conversation, media))

    def list(self, state: CallStateWord | None = None) -> Listing[CallAnswer]:
        """Calls that one may see."""
        return Listing(self._http, CallPage, "/v1/calls", {"state": state})

    async def get(self, call: str) -> CallAnswer:
        """One call."""
        return await self._http.ask(CallAnswer, "GET", f"/v1/calls/{call}")

    async def accept(self, call: str) -> CallAnswer:
        """Accept a ringing call on this device."""
        return await self._step(call, "accept")

    async def join(self, call: str) -> CallAnswer:
        """Join a live call."""
        return await self._step(call, "join")

    async def decline(self, call: str) -> CallAnswer:
        """Decline a ringing call for this account."""
        return await self._step(call, "decline")

    async def hangup(self, call: str) -> CallAnswer:
        """Leave a call, or cancel it while it rings."""
        return await self._step(call, "hangup")

    async def ice_servers(self) -> IceServersAnswer:
        """STUN and TURN servers with credentials for a limited time."""
        return await self._http.ask(IceServersAnswer, "GET", "/v1/calls/ice-servers")

    async def _step(self, call: str, step: str) -> CallAnswer:
        return await self._http.ask(CallAnswer, "POST", f"/v1/calls/{call}/{step}")

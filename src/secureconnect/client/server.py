"""What a server tells about itself to everybody."""

from secureconnect.client.faults import ServerFault
from secureconnect.client.reading import read
from secureconnect.client.transport import Ask, Http


class Server:
    """The server itself."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def about(self) -> dict[str, object]:
        """Versions, limits, features and policy: `/.well-known/secureconnect` as it is written."""
        response = await self._http.send(Ask("GET", "/.well-known/secureconnect", signed=False))
        return read(response.content, dict[str, object])

    async def healthy(self) -> bool:
        """Whether the process behind this address is alive; raises ConnectionLost when nothing answers."""
        return await self._fine("/health")

    async def ready(self) -> bool:
        """Whether it takes work now; raises ConnectionLost when nothing answers."""
        return await self._fine("/ready")

    async def _fine(self, path: str) -> bool:
        try:
            await self._http.send(Ask("GET", path, signed=False, repeatable=False))
        except ServerFault:
            return False
        return True

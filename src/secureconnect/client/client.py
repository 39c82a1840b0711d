"""The client itself: one server, one device, at most one session."""

import random
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Self

import httpx2

from secureconnect import __version__
from secureconnect.client.admin import Admin
from secureconnect.client.auth import Auth
from secureconnect.client.calls import Calls
from secureconnect.client.chat import Chat
from secureconnect.client.conversations import Conversations
from secureconnect.client.delivery import Start
from secureconnect.client.files import Files
from secureconnect.client.listening import Door, Listener
from secureconnect.client.messages import Messages
from secureconnect.client.people import People
from secureconnect.client.server import Server
from secureconnect.client.session import Keeper, Session
from secureconnect.client.signaling import Signaling
from secureconnect.client.socket import Socket
from secureconnect.client.state import ChatState
from secureconnect.client.transport import Http, Patience
from secureconnect.contracts.auth import DeviceRequest
from secureconnect.kit.clock import Clock, SystemClock

SocketName = Literal["chat", "signaling"]
WEB = "web"
"""The kind of device that keeps its refresh token in a cookie."""


class Client:
    """Talks to the server at `base_url` as one device; `async with` closes its connections.

    `on_session` is told each new session, and None when it ended: save it, and give it back as `session`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        device_name: str = "Python",
        device_kind: str = "python",
        session: Session | None = None,
        on_session: Callable[[Session | None], None] | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 30.0,
        patience: Patience | None = None,
    ) -> None:
        url = httpx2.URL(base_url)
        secure = url.scheme == "https"
        origin = f"{url.scheme}://{url.netloc.decode()}"
        tls = tls or (ssl.create_default_context() if secure else None)
        headers = {"user-agent": f"secureconnect-python/{__version__}"}
        if device_kind == WEB:
            headers |= {"origin": origin, "sec-fetch-site": "same-origin"}
        self._clock = clock or SystemClock()
        self._web = httpx2.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=timeout_s,
            verify=tls or False,
            transport=transport,
            trust_env=False,
        )
        self._keeper = Keeper(self._clock, on_session)
        self._http = Http(self._web, self._keeper, self._clock, rng or random.SystemRandom(), patience or Patience())
        self._door = Door(f"ws{origin.removeprefix('http')}", tls, origin if device_kind == WEB else None)
        self.auth = Auth(self._http, self._keeper, DeviceRequest(device_name, device_kind))
        self.people = People(self._http)
        self.conversations = Conversations(self._http)
        self.messages = Messages(self._http)
        self.files = Files(self._http)
        self.calls = Calls(self._http)
        self.admin = Admin(self._http)
        self.server = Server(self._http)
        if session is not None:
            self._keeper.restore(session)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the HTTP connections; sockets are closed by whoever opened them."""
        await self._web.aclose()

    @property
    def session(self) -> Session:
        """The session; raises Fault UNAUTHENTICATED when nobody is signed in."""
        return self._keeper.session

    @property
    def account_id(self) -> str:
        """Who is signed in; raises Fault UNAUTHENTICATED when nobody is."""
        return self._keeper.session.tokens.account.id

    def chat(self, state: ChatState | None = None, *, start: Start = "now") -> Chat:
        """The chat socket of this device, not open yet; `state` is what an earlier one answered."""

        def make(listener: Listener) -> Socket:
            return self.socket("chat", listener)

        return Chat(self._http, make, self._clock, state, start)

    def signaling(self) -> Signaling:
        """The signaling socket of this device, not open yet."""

        def make(listener: Listener) -> Socket:
            return self.socket("signaling", listener)

        return Signaling(make)

    def socket(self, name: SocketName, listener: Listener) -> Socket:
        """A socket of one's own making, not open yet: frames by `request` and `tell`, the rest to the listener."""
        return Socket(self._http, replace(self._door, url=f"{self._door.url}/v1/ws/{name}"), self._clock, listener)

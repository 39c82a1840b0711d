"""Signing up, in and out; sessions, passwords, the push address of this device."""

import msgspec

from secureconnect.client.paging import Listing
from secureconnect.client.reading import read
from secureconnect.client.session import Keeper, Session
from secureconnect.client.transport import Ask, Http, json_headers
from secureconnect.contracts.auth import (
    DeviceRequest,
    LoginRequest,
    PasswordChangeRequest,
    PasswordConfirmRequest,
    PushAddressRequest,
    RefreshRequest,
    RegisterRequest,
    ResetAskRequest,
    ResetRequest,
    SecretRequest,
    SessionAnswer,
    SessionPage,
    TokensAnswer,
)
from secureconnect.contracts.base import Request


class Auth:
    """Who this client is."""

    def __init__(self, http: Http, keeper: Keeper, device: DeviceRequest) -> None:
        self._http = http
        self._keeper = keeper
        self._device = device
        keeper.refresh = self._trade

    async def register(
        self,
        username: str,
        password: str,
        *,
        display_name: str | None = None,
        email: str | None = None,
        invite: str | None = None,
    ) -> Session:
        """Make an account and sign in; it is not repeated by itself when the answer is lost."""
        body = RegisterRequest(username, password, self._device, display_name, email, invite)
        return await self._sign_in("/v1/auth/register", body)

    async def login(self, username: str, password: str) -> Session:
        """Sign in."""
        return await self._sign_in("/v1/auth/login", LoginRequest(username, password, self._device))

    def restore(self, session: Session) -> Session:
        """Go on with a session that was kept over a restart."""
        return self._keeper.restore(session)

    async def refresh(self) -> Session:
        """Trade the refresh token now; the client does it by itself when it is time."""
        await self._keeper.renew(self._keeper.session.tokens.access_token)
        return self._keeper.session

    async def logout(self) -> None:
        """End this session on the server and forget it here."""
        await self._http.tell("POST", "/v1/auth/logout")
        self._keeper.drop()

    def sessions(self) -> Listing[SessionAnswer]:
        """Own sessions."""
        return Listing(self._http, SessionPage, "/v1/auth/sessions")

    async def end_session(self, session_id: str) -> None:
        """End one of one's own sessions; its sockets are cut at once."""
        await self._http.tell("DELETE", f"/v1/auth/sessions/{session_id}")

    async def change_password(self, password: str, new_password: str) -> None:
        """Set a new password; the other sessions end."""
        await self._http.tell("POST", "/v1/auth/password", PasswordChangeRequest(password, new_password))

    async def confirm_password(self, password: str) -> None:
        """Give the password again, so that for ten minutes this session may do what asks for it."""
        await self._http.tell("POST", "/v1/auth/confirm", PasswordConfirmRequest(password))

    async def ask_reset(self, *, username: str | None = None, email: str | None = None) -> None:
        """Ask for a reset link by mail; the answer does not tell whether the account exists."""
        await self._open("/v1/auth/password/reset-request", ResetAskRequest(username, email))

    async def reset(self, secret: str, new_password: str) -> None:
        """Set a password anew with the one-time secret of a reset link."""
        await self._open("/v1/auth/password/reset", ResetRequest(secret, new_password))

    async def verify_email(self, secret: str) -> None:
        """Verify a mail address with the one-time secret of its link."""
        await self._open("/v1/auth/email/verify", SecretRequest(secret))

    async def push_to(self, address: PushAddressRequest) -> None:
        """Tell where this device takes notifications."""
        await self._http.tell("PUT", "/v1/devices/current/push", address)

    async def push_off(self) -> None:
        """Take no notifications on this device."""
        await self._http.tell("DELETE", "/v1/devices/current/push")

    async def _sign_in(self, path: str, body: Request) -> Session:
        return self._keeper.take(read(await self._open(path, body), TokensAnswer))

    async def _trade(self, refresh_token: str | None) -> TokensAnswer:
        content = await self._open("/v1/auth/refresh", RefreshRequest(refresh_token), repeatable=True)
        return read(content, TokensAnswer)

    async def _open(self, path: str, body: Request, *, repeatable: bool = False) -> bytes:
        ask = Ask(
            "POST", path, content=msgspec.json.encode(body), headers=json_headers(), signed=False, repeatable=repeatable
        )
        return (await self._http.send(ask)).content

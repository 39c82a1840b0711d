"""People: oneself, others, friends, blocks, invites."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from secureconnect.client.paging import Listing
from secureconnect.client.reading import read
from secureconnect.client.transport import Ask, Http, json_headers
from secureconnect.contracts.auth import (
    AccountRequest,
    BlockAnswer,
    BlockPage,
    CloseAccountRequest,
    FriendAnswer,
    FriendPage,
    InviteAnswer,
    InvitePage,
    InviteRequest,
    InviteView,
    OwnAccount,
    OwnAccountPatch,
    PersonAnswer,
    PersonPage,
    Preferences,
    SecretRequest,
)


class People:
    """Oneself and others."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def me(self) -> OwnAccount:
        """One's own account."""
        return await self._http.ask(OwnAccount, "GET", "/v1/users/me")

    async def change_me(
        self, *, display_name: str | UnsetType = UNSET, email: str | None | UnsetType = UNSET
    ) -> OwnAccount:
        """Change one's profile; a new address counts after its link was followed, None removes it."""
        return await self._http.ask(OwnAccount, "PATCH", "/v1/users/me", OwnAccountPatch(display_name, email))

    async def set_preferences(self, preferences: Preferences) -> None:
        """Replace one's preferences."""
        await self._http.tell("PUT", "/v1/users/me/preferences", preferences)

    async def set_picture(self, picture: bytes, media_type: str) -> None:
        """Set one's picture from the bytes of an image."""
        await self._http.send(Ask("PUT", "/v1/users/me/picture", content=picture, headers={"content-type": media_type}))

    async def remove_picture(self) -> None:
        """Take one's picture away."""
        await self._http.tell("DELETE", "/v1/users/me/picture")

    async def close_account(self, password: str, *, delete_messages: bool = False) -> None:
        """Close one's account for ever."""
        await self._http.tell("DELETE", "/v1/users/me", CloseAccountRequest(password, delete_messages))
        self._http.keeper.drop()

    async def get(self, account: str) -> PersonAnswer:
        """Who is this."""
        return await self._http.ask(PersonAnswer, "GET", f"/v1/users/{account}")

    async def named(self, accounts: Sequence[str]) -> Sequence[PersonAnswer]:
        """Who are these, at most 100; those whom one may not see are missing."""
        return await Listing(self._http, PersonPage, "/v1/users", {"ids": ",".join(accounts)}).all()

    def search(self, prefix: str) -> Listing[PersonAnswer]:
        """People whose name begins so."""
        return Listing(self._http, PersonPage, "/v1/users", {"query": prefix})

    def friends(self) -> Listing[FriendAnswer]:
        """Friends, and those who asked or were asked."""
        return Listing(self._http, FriendPage, "/v1/friends")

    async def befriend(self, account: str) -> None:
        """Ask somebody to be friends."""
        await self._http.tell("POST", "/v1/friends", AccountRequest(account))

    async def accept_friend(self, account: str) -> None:
        """Accept somebody who asked."""
        await self._http.tell("POST", f"/v1/friends/{account}/accept")

    async def unfriend(self, account: str) -> None:
        """End or refuse a friendship."""
        await self._http.tell("DELETE", f"/v1/friends/{account}")

    def blocks(self) -> Listing[BlockAnswer]:
        """Whom one has blocked."""
        return Listing(self._http, BlockPage, "/v1/blocks")

    async def block(self, account: str) -> None:
        """Block somebody."""
        await self._http.tell("POST", "/v1/blocks", AccountRequest(account))

    async def unblock(self, account: str) -> None:
        """Take a block back."""
        await self._http.tell("DELETE", f"/v1/blocks/{account}")

    async def invite(
        self, *, uses: int = 1, expires_at: int | None = None, conversations: Sequence[str] = ()
    ) -> InviteAnswer:
        """Make an invite; the answer alone shows its link. `expires_at` is ms since 1970 UTC."""
        return await self._http.ask(
            InviteAnswer, "POST", "/v1/invites", InviteRequest(uses, expires_at, list(conversations))
        )

    def invites(self) -> Listing[InviteAnswer]:
        """Own invites."""
        return Listing(self._http, InvitePage, "/v1/invites")

    async def withdraw_invite(self, invite: str) -> None:
        """End an invite before its time."""
        await self._http.tell("DELETE", f"/v1/invites/{invite}")

    async def see_invite(self, secret: str) -> InviteView:
        """What an invite's page tells; nobody needs to be signed in."""
        body = msgspec.json.encode(SecretRequest(secret))
        ask = Ask("POST", "/v1/auth/invite", content=body, headers=json_headers(), signed=False, repeatable=True)
        return read((await self._http.send(ask)).content, InviteView)

"""Invites: links that let others register, and lead them into conversations."""

import msgspec
from sqlalchemy import Connection

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import InviteAnswer, InvitedConversation, InvitePage, InviteRequest, InviteView
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.peers import CHAT_INVITABLE, ConversationTitle, InvitableAsk
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids, RandomBytes, one_time_secret, secret_hash
from secureconnect.services.auth.admission import FIRST_ADMIN
from secureconnect.services.auth.cursors import cursor_of, read_cursor
from secureconnect.services.auth.limits import DAY_MS, AuthLimits
from secureconnect.services.auth.person import brief, open_account, require_id
from secureconnect.services.auth.store import accounts, one_time, policy
from secureconnect.services.auth.store import invites as store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.invites import InviteRow
from secureconnect.services.auth.store.one_time import SecretRow

USUAL_DAYS = 7


class Invites:
    """Makes, lists, shows and ends invites; registering spends them (admission)."""

    def __init__(
        self,
        sql: Sql,
        peers: Peers,
        clock: Clock,
        ids: Ids,
        random_bytes: RandomBytes,
        limits: AuthLimits,
        public_url: str,
        server_name: str,
    ) -> None:
        self._sql = sql
        self._peers = peers
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes
        self._limits = limits
        self._public_url = public_url
        self._server_name = server_name

    async def make(self, account: str, request: InviteRequest) -> InviteAnswer:
        """Make an invite, for a week unless asked otherwise; its link is in this answer alone.

        Raises Fault(AUTH_REGISTRATION_CLOSED) while nobody may register, Fault(AUTH_TOO_MANY), Fault(INVALID),
        Fault(CHAT_NOT_A_MEMBER) for a conversation that the account may not invite to, Fault(UNAVAILABLE).
        """
        now_ms = self._clock.now_ms()
        expires_at = self._end_of_life(request, now_ms)
        if request.uses > self._limits.invite_uses_max:
            raise invalid("/uses", f"An invite is used {self._limits.invite_uses_max} times at most.")
        wanted = list(dict.fromkeys(request.conversations))
        if wanted and len(await self._invitable(account, wanted)) < len(wanted):
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        secret = one_time_secret(self._random_bytes)
        conversations = msgspec.json.encode(wanted).decode()
        row = InviteRow(self._ids.new(), secret_hash(secret), account, request.uses, conversations, now_ms, expires_at)
        inviter = await self._sql.write(self._keep, row)
        return _answer(row, inviter, f"{self._public_url}/join#{secret}")

    async def page(self, account: str, cursor: str | None, limit: int) -> InvitePage:
        """The account's invites that have not expired, newest first."""
        key = read_cursor(cursor, [str])
        below = str(key[0]) if key is not None else None
        inviter, found = await self._sql.read(_own, account, self._clock.now_ms(), below, limit + 1)
        items = [_answer(row, inviter) for row in found[:limit]]
        return InvitePage(items, cursor_of(items[-1].id) if len(found) > limit else None)

    async def end(self, account: str, invite: str) -> None:
        """End an own invite; raises Fault(NOT_FOUND)."""
        if not await self._sql.write(store.remove, account, require_id(invite)):
            raise Fault(Code.NOT_FOUND)

    async def view(self, secret: str) -> InviteView:
        """What the page of an invite, or of the first administrator's link, tells before registering.

        Raises Fault(AUTH_SECRET_INVALID), after the same steps, for a secret that was spent, has expired or never was.
        Conversations to which the inviter may no longer invite are left out, all of them while chat does not answer.
        """
        invite, inviter, setup = await self._sql.read(_find, secret_hash(secret), self._clock.now_ms())
        ids = invite.conversation_ids() if invite is not None else []
        try:
            titles = await self._invitable(invite.inviter if invite is not None else "", ids)
        except Fault:
            titles = []
        if setup is not None:
            return InviteView("first_admin", self._server_name, setup.expires_at, None, [])
        if invite is None or inviter is None:
            raise Fault(Code.AUTH_SECRET_INVALID)
        conversations = [InvitedConversation(each.id, each.title) for each in titles]
        return InviteView("invite", self._server_name, invite.expires_at, brief(inviter), conversations)

    def _end_of_life(self, request: InviteRequest, now_ms: int) -> int:
        longest = now_ms + self._limits.invite_days_max * DAY_MS
        asked = request.expires_at if request.expires_at is not None else now_ms + USUAL_DAYS * DAY_MS
        if asked <= now_ms:
            raise invalid("/expires_at", "It is over already.")
        return min(asked, longest)

    async def _invitable(self, account: str, conversations: list[str]) -> list[ConversationTitle]:
        reply = await self._peers.ask(CHAT_INVITABLE, InvitableAsk(account, conversations))
        return reply.conversations

    def _keep(self, connection: Connection, row: InviteRow) -> AccountRow:
        if policy.registration(connection, self._limits.registration) == "closed":
            raise Fault(Code.AUTH_REGISTRATION_CLOSED)
        if store.count_open(connection, row.inviter, row.created_at) >= self._limits.invites_per_account_max:
            raise Fault(Code.AUTH_TOO_MANY)
        inviter = open_account(connection, row.inviter)
        store.add(connection, row)
        return inviter


def _own(
    connection: Connection, account: str, now_ms: int, below: str | None, limit: int
) -> tuple[AccountRow, list[InviteRow]]:
    return open_account(connection, account), store.page(connection, account, now_ms, below, limit)


def _find(
    connection: Connection, hashed: bytes, now_ms: int
) -> tuple[InviteRow | None, AccountRow | None, SecretRow | None]:
    invite = store.find(connection, hashed, now_ms)
    inviter = accounts.by_id(connection, invite.inviter if invite is not None else "")
    return invite, inviter, one_time.find(connection, hashed, FIRST_ADMIN, now_ms)


def _answer(row: InviteRow, inviter: AccountRow, link: str | None = None) -> InviteAnswer:
    return InviteAnswer(
        row.id, row.uses_left, row.expires_at, row.created_at, row.conversation_ids(), brief(inviter), link
    )

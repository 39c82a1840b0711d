"""What changed since a token: heads, one's own marks elsewhere, conversations that were left."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import Head, SyncAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.live import read_sync


class Point(NamedTuple):
    """A place in the order of changes: all of `no` when `after` is None, else up to that conversation of it."""

    no: int
    after: str | None = None


class _Written(Struct, frozen=True, array_like=True):
    incarnation: str
    no: Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
    after: str | None = None


_decoder = msgspec.json.Decoder(_Written)
LAST = "\x7f"
"""Sorts after every id."""


class Tokens:
    """Writes and reads sync tokens: opaque to clients, good for one incarnation of the server."""

    def __init__(self, incarnation: Callable[[], str]) -> None:
        self._incarnation = incarnation

    @property
    def incarnation(self) -> str:
        """The server's present incarnation."""
        return self._incarnation()

    def write(self, no: int, after: str | None = None) -> str:
        """The token of a place."""
        told = msgspec.json.encode(_Written(self.incarnation, no, after))
        return base64.urlsafe_b64encode(told).rstrip(b"=").decode()

    def read(self, token: str) -> Point | None:
        """The place of a token, None for one of another incarnation. Raises Fault(CHAT_TOKEN_INVALID)."""
        try:
            told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            written = _decoder.decode(told)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise Fault(Code.CHAT_TOKEN_INVALID) from error
        if written.incarnation != self.incarnation:
            return None
        return Point(written.no, written.after)


class Sync:
    """Answers what an account's devices lack."""

    def __init__(self, sql: Sql, tokens: Tokens, heads_max: int) -> None:
        self._sql = sql
        self._tokens = tokens
        self._heads_max = heads_max

    async def since(self, account: str, token: str | None) -> SyncAnswer:
        """What changed since a token, a page at a time; without one, or with one of another incarnation, all.

        The page's token goes with it: what changes while pages are read comes again, nothing is skipped. Raises
        Fault(CHAT_TOKEN_INVALID) for a token that is none of ours, Fault(UNAVAILABLE).
        """
        point = None if token is None else self._tokens.read(token)
        no, after, present = (0, LAST, True) if point is None else (point.no, point.after or LAST, False)
        page = await self._sql.read(read_sync, account, no, after, present, self._heads_max + 1)
        if no > page.last_no:
            # A number that was never given here: the token is from a state that is gone.
            return await self.since(account, None)
        rows, more = page.rows[: self._heads_max], len(page.rows) > self._heads_max
        return SyncAnswer(
            self._tokens.write(rows[-1].no, rows[-1].conversation) if more else self._tokens.write(page.last_no),
            self._tokens.incarnation,
            [Head(row.conversation, row.head_seq) for row in rows if not row.left],
            [row.conversation for row in rows if row.left],
            more,
        )

"""Answers kept for Idempotency-Key in a service's own database."""

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from secureconnect.backends.sql.port import Sql
from secureconnect.edge.idempotency import KeptAnswer
from secureconnect.kit.clock import Clock

_decoder = msgspec.msgpack.Decoder(KeptAnswer)
SWEEP_ROWS_MAX = 100


def kept_answers_table(metadata: MetaData) -> Table:
    """The table of kept answers, for a service's own metadata."""
    return Table(
        "kept_answers",
        metadata,
        Column("account", String(64), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("answer", LargeBinary, nullable=False),
        Column("expires_at", BigInteger, nullable=False, index=True),
    )


class SqlKeptAnswers:
    """KeptAnswers in SQL; rows that have expired are removed a few at a time by later requests."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock
        self._table = kept_answers_table(MetaData())

    async def begin(self, account: str, key: str, fingerprint: bytes, running_ms: int) -> KeptAnswer | None:
        """Take the key, or give what stands under it."""
        return await self._sql.write(self._begin, account, key, fingerprint, self._clock.now_ms(), running_ms)

    async def finish(self, account: str, key: str, answer: KeptAnswer, kept_ms: int) -> None:
        """Keep the answer."""
        await self._sql.write(self._finish, account, key, answer, self._clock.now_ms() + kept_ms)

    async def release(self, account: str, key: str) -> None:
        """Free the key."""
        await self._sql.write(self._release, account, key)

    def _begin(
        self, connection: Connection, account: str, key: str, fingerprint: bytes, now_ms: int, running_ms: int
    ) -> KeptAnswer | None:
        table = self._table
        found = connection.execute(
            select(table.c.answer, table.c.expires_at).where(table.c.account == account, table.c.key == key)
        ).first()
        if found is not None and found.expires_at > now_ms:
            return _decoder.decode(found.answer)
        self._sweep(connection, now_ms)
        self._release(connection, account, key)
        running = msgspec.msgpack.encode(KeptAnswer(fingerprint, 0))
        row = {"account": account, "key": key, "answer": running, "expires_at": now_ms + running_ms}
        connection.execute(insert(table).values(row))
        return None

    def _finish(self, connection: Connection, account: str, key: str, answer: KeptAnswer, expires_at: int) -> None:
        table = self._table
        connection.execute(
            update(table)
            .where(table.c.account == account, table.c.key == key)
            .values(answer=msgspec.msgpack.encode(answer), expires_at=expires_at)
        )

    def _release(self, connection: Connection, account: str, key: str) -> None:
        table = self._table
        connection.execute(delete(table).where(table.c.account == account, table.c.key == key))

    def _sweep(self, connection: Connection, now_ms: int) -> None:
        table = self._table
        old = select(table.c.account, table.c.key).where(table.c.expires_at <= now_ms).limit(SWEEP_ROWS_MAX)
        for row in connection.execute(old).all():
            self._release(connection, row.account, row.key)

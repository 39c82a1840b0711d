"""Compares the rows of files with the bytes that are kept and with each other, and mends what can be mended.

Nobody else may use the database or the bytes meanwhile.
"""

from collections.abc import AsyncIterator, Callable
from enum import Enum

from msgspec import Struct

from secureconnect.backends.blobs.port import BlobMissing, Blobs
from secureconnect.backends.sql.port import Sql
from secureconnect.services.storage.store import repair as rows
from secureconnect.services.storage.store.repair import Kept, Room

PAGE = 500


class Harm(Enum):
    """What can be wrong, the gravest first."""

    LOST = "bytes of a file are gone"
    SHORT = "bytes of a file are fewer or more than its row says"
    MISCOUNTED = "bytes are counted wrongly"
    QUOTA = "an account's quota is wrong"
    ORPHAN = "bytes belong to no file"


class Damage(Struct, frozen=True):
    """One thing that is wrong: of which key or account, in which words, and whether it can be mended."""

    harm: Harm
    subject: str
    told: str
    mendable: bool


async def compare(sql: Sql, blobs: Blobs, looked: Callable[[], None]) -> list[Damage]:
    """Everything that is wrong; `looked` is called for each key that was looked at."""
    return [damage async for damage in _damages(sql, blobs, looked, None)]


async def mend(sql: Sql, blobs: Blobs, looked: Callable[[], None], now_ms: int) -> list[Damage]:
    """Mend what can be mended, and return everything that was wrong."""
    return [damage async for damage in _damages(sql, blobs, looked, now_ms)]


async def count(sql: Sql) -> int:
    """How many keys there are to look at, orphans aside."""
    total, after = 0, ""
    while page := await sql.read(rows.kept, after, PAGE):
        total, after = total + len(page), page[-1].key
    return total


async def _damages(sql: Sql, blobs: Blobs, looked: Callable[[], None], now_ms: int | None) -> AsyncIterator[Damage]:
    after = ""
    while page := await sql.read(rows.kept, after, PAGE):
        after = page[-1].key
        for one in page:
            looked()
            if one.refs and (damage := judge_bytes(one, await _size(blobs, one.key))) is not None:
                yield damage
            if one.counted != one.refs:
                if now_ms is not None:
                    await sql.write(rows.set_refs, one, now_ms)
                yield Damage(Harm.MISCOUNTED, one.key, f"counted {one.counted or 0} times, used {one.refs} times", True)
    for account, (said, right) in (await sql.read(rows.rooms)).items():
        if now_ms is not None:
            await sql.write(rows.set_room, account, right)
        yield Damage(Harm.QUOTA, account, _rooms(said, right), True)
    async for key in _orphans(sql, blobs):
        if now_ms is not None:
            await blobs.drop(key)
        yield Damage(Harm.ORPHAN, key, "no file has these bytes", True)


def judge_bytes(one: Kept, size: int | None) -> Damage | None:
    """What is wrong with the bytes of one key, which has `size` of them, None for none; open uploads may be short."""
    if size is None:
        whose = "a finished file" if one.complete else "an open upload, which expires by itself"
        return Damage(Harm.LOST, one.key, f"the bytes of {whose} are gone", False)
    if size > one.size or (one.complete and size < one.size):
        return Damage(Harm.SHORT, one.key, f"{size} bytes are there, {one.size} should be", False)
    return None


async def _size(blobs: Blobs, key: str) -> int | None:
    try:
        return await blobs.size(key)
    except BlobMissing:
        return None


async def _orphans(sql: Sql, blobs: Blobs) -> AsyncIterator[str]:
    after: str | None = None
    while keys := await blobs.keys(after, PAGE):
        after = keys[-1]
        for key in await sql.read(rows.orphans, keys):
            yield key


def _rooms(said: Room, right: Room) -> str:
    names = ("bytes used", "bytes reserved", "uploads open")
    wrong = [f"{a} {name} instead of {b}" for name, a, b in zip(names, said, right, strict=True) if a != b]
    return ", ".join(wrong)

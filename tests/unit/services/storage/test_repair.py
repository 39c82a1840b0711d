"""Rows of files and their bytes are compared, and what can be mended is mended."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from secureconnect.backends.blobs.folder import SEALED, BlobFolder
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.repair import Harm, compare, count, judge_bytes, mend
from secureconnect.services.storage.store.repair import Kept
from tests.fixtures.storage import StorageHouse, opened, patched, uploaded

pytestmark = pytest.mark.anyio

MENDED = [
    ("UPDATE blobs SET refs = 7", Harm.MISCOUNTED),
    ("DELETE FROM blobs", Harm.MISCOUNTED),
    ("UPDATE quotas SET used_bytes = 1, uploads_open = 9", Harm.QUOTA),
    ("DELETE FROM quotas", Harm.QUOTA),
]


async def told(house: StorageHouse) -> list[tuple[Harm, bool]]:
    return [(one.harm, one.mendable) for one in await compare(house.sql, house.blobs, lambda: None)]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


async def broken(house: StorageHouse, statement: str) -> None:
    def break_it(connection: Connection) -> None:
        connection.execute(text(statement))

    await house.sql.write(break_it)


async def test_what_is_right_is_told_nothing_of(house: StorageHouse) -> None:
    async with house.client("ada") as ada:
        await uploaded(ada, b"whole")
        await uploaded(ada, b"")
        await patched(ada, await opened(ada, 9), 0, b"abc")
        gone = await uploaded(ada, b"deleted")
        await ada.delete(f"/v1/files/{gone.id}")
    looked: list[int] = []
    assert await compare(house.sql, house.blobs, lambda: looked.append(1)) == []
    assert len(looked) == await count(house.sql) == 3


@pytest.mark.parametrize(("statement", "harm"), MENDED)
async def test_rows_that_are_wrong_are_mended_from_the_files(house: StorageHouse, statement: str, harm: Harm) -> None:
    async with house.client("ada") as ada:
        whole = await uploaded(ada, b"whole")
        await patched(ada, await opened(ada, 9), 0, b"abc")
        quota = (await ada.get("/v1/files/quota")).json()
        await broken(house, statement)
        assert {one for one, _ in await told(house)} == {harm}
        found = await mend(house.sql, house.blobs, lambda: None, house.clock.now_ms())
        assert {(one.harm, one.mendable) for one in found} == {(harm, True)}
        assert await told(house) == []
        assert (await ada.get("/v1/files/quota")).json() == quota
        assert (await ada.get(f"/v1/files/{whole.id}/content")).content == b"whole"


async def test_bytes_of_no_file_are_dropped(house: StorageHouse) -> None:
    orphan = Ids(house.clock).new()
    await house.blobs.create(orphan)
    assert await told(house) == [(Harm.ORPHAN, True)]
    await mend(house.sql, house.blobs, lambda: None, house.clock.now_ms())
    assert await house.blobs.keys(None, 10) == []


async def test_bytes_that_are_gone_or_cut_cannot_be_mended(house: StorageHouse) -> None:
    async with house.client("ada") as ada:
        await uploaded(ada, b"gone")
    (key,) = await house.blobs.keys(None, 10)
    cut(BlobFolder(house.blob_root).path(key, SEALED))
    assert await told(house) == [(Harm.SHORT, False)]
    await house.blobs.drop(key)
    assert await told(house) == [(Harm.LOST, False)]
    await mend(house.sql, house.blobs, lambda: None, house.clock.now_ms())
    assert await told(house) == [(Harm.LOST, False)]


def test_an_open_upload_may_be_short_of_its_size_but_never_beyond_it() -> None:
    under_way = Kept("k", 1, 1, 10, complete=False)
    assert judge_bytes(under_way, 3) is None
    assert judge_bytes(under_way, 11) is not None
    lost = judge_bytes(under_way, None)
    assert lost is not None
    assert "expires by itself" in lost.told
    assert judge_bytes(under_way._replace(complete=True), 3) is not None

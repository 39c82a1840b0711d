"""Guarded blobs tell a store that fails from a sender that does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from secureconnect.backends.blobs.files import FileBlobs
from secureconnect.backends.blobs.folder import SEALED, BlobFolder
from secureconnect.backends.blobs.guarded import ANSWERS, GuardedBlobs
from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, OffsetMismatch
from secureconnect.backends.guard import Guard
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from tests.fixtures.blobs import file_blobs, flip, gathered, given

pytestmark = pytest.mark.anyio

KEY = "019ab000-0000-7000-8000-000000000001"


@pytest.fixture
def guard() -> Guard:
    return Guard("blobs", ManualClock(), 5.0, answers=ANSWERS)


@pytest.fixture
async def inner(tmp_path: Path) -> AsyncGenerator[FileBlobs]:
    made = file_blobs(tmp_path)
    yield made
    await made.close()


@pytest.fixture
def blobs(inner: FileBlobs, guard: Guard) -> GuardedBlobs:
    return GuardedBlobs(inner, guard)


async def failing(failure: BaseException) -> AsyncIterator[bytes]:
    """A sender that fails after its first bytes."""
    yield b"abc"
    raise failure


async def test_an_upload_and_a_read_pass_through(blobs: GuardedBlobs, guard: Guard) -> None:
    await blobs.create(KEY)
    assert await blobs.append(KEY, 0, given([b"abc", b"def"])) == 6
    await blobs.truncate(KEY, 5)
    assert await blobs.size(KEY) == 5
    sealed = await blobs.seal(KEY)
    assert await gathered(await blobs.read(KEY, sealed, 1, 5)) == b"bcde"
    assert await blobs.keys(None, 10) == [KEY]
    await blobs.drop(KEY)
    assert not guard.degraded


@pytest.mark.parametrize(
    "failure", [ConnectionResetError(), Fault(Code.UNAVAILABLE), RuntimeError("gone"), TimeoutError()], ids=repr
)
async def test_a_sender_that_fails_says_nothing_of_the_store(
    blobs: GuardedBlobs, guard: Guard, failure: Exception
) -> None:
    await blobs.create(KEY)
    with pytest.raises(type(failure)) as caught:
        await blobs.append(KEY, 0, failing(failure))
    assert caught.value is failure
    assert not guard.degraded
    assert await blobs.size(KEY) == 3


async def test_a_sender_that_is_cancelled_says_nothing_of_the_store(blobs: GuardedBlobs, guard: Guard) -> None:
    await blobs.create(KEY)
    with pytest.raises(asyncio.CancelledError):
        await blobs.append(KEY, 0, failing(asyncio.CancelledError()))
    assert not guard.degraded
    assert await blobs.size(KEY) == 3


async def test_the_words_of_the_port_are_answers(blobs: GuardedBlobs, guard: Guard, tmp_path: Path) -> None:
    await blobs.create(KEY)
    with pytest.raises(OffsetMismatch):
        await blobs.append(KEY, 7, given([b"abc"]))
    await blobs.append(KEY, 0, given([b"abc"]))
    sealed = await blobs.seal(KEY)
    flip(BlobFolder(tmp_path / "blobs").path(KEY, SEALED), 1)
    with pytest.raises(BlobDamaged):
        await blobs.read(KEY, sealed, 0, 3)
    await blobs.drop(KEY)
    with pytest.raises(BlobMissing):
        await blobs.size(KEY)
    assert not guard.degraded


async def test_a_folder_that_is_away_is_a_failure(blobs: GuardedBlobs, guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(Fault) as caught:
        await blobs.create(KEY)
    assert caught.value.code is Code.UNAVAILABLE
    assert guard.degraded

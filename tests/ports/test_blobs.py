"""Every store of blobs keeps the same promises."""

import hashlib
import random
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, OffsetMismatch, Sealed
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from tests.fixtures.blobs import BlobsSubject, files, gathered, given

pytestmark = pytest.mark.anyio

ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[BlobsSubject]]] = {"files": files}
KIB = 1024
BLOCK = 256 * KIB
CONTENT = random.Random(1).randbytes(3 * BLOCK + 1000)
IDS = Ids(SystemClock())


@pytest.fixture(params=sorted(ADAPTERS))
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[BlobsSubject]:
    async with ADAPTERS[request.param](tmp_path) as made:
        yield made


def parts(content: bytes, size: int) -> list[bytes]:
    """The content in parts of that size."""
    return [content[at : at + size] for at in range(0, len(content), size)]


async def grown(subject: BlobsSubject, content: bytes, part: int = 60_000) -> str:
    """The key of a new open blob with that content."""
    key = IDS.new()
    await subject.blobs.create(key)
    assert await subject.blobs.append(key, 0, given(parts(content, part))) == len(content)
    return key


async def sealed(subject: BlobsSubject, content: bytes) -> tuple[str, Sealed]:
    """The key and seal of a new finished blob with that content."""
    key = await grown(subject, content)
    return key, await subject.blobs.seal(key)


async def read_into(given_out: list[bytes], subject: BlobsSubject, key: str, seal: Sealed) -> None:
    """Read all of a blob, keeping what was given out also when it breaks off."""
    async for chunk in await subject.blobs.read(key, seal, 0, seal.size):
        given_out.append(chunk)  # noqa: PERF401  # a comprehension would lose what came before the break


async def test_a_new_blob_is_empty_and_making_it_again_keeps_its_bytes(subject: BlobsSubject) -> None:
    key = IDS.new()
    await subject.blobs.create(key)
    assert await subject.blobs.size(key) == 0
    await subject.blobs.append(key, 0, given([b"abc"]))
    await subject.blobs.create(key)
    assert await subject.blobs.size(key) == 3


@pytest.mark.parametrize("part", [1, 1000, 65_536, BLOCK, BLOCK + 1, 10 * BLOCK])
async def test_a_sealed_blob_has_the_size_and_sha256_of_what_was_appended(subject: BlobsSubject, part: int) -> None:
    content = CONTENT[:5000] if part == 1 else CONTENT
    key = await grown(subject, content, part)
    seal = await subject.blobs.seal(key)
    assert seal == Sealed(len(content), hashlib.sha256(content).digest())
    assert await gathered(await subject.blobs.read(key, seal, 0, seal.size)) == content


async def test_an_empty_blob_can_be_sealed_and_read(subject: BlobsSubject) -> None:
    key, seal = await sealed(subject, b"")
    assert seal == Sealed(0, hashlib.sha256().digest())
    assert await gathered(await subject.blobs.read(key, seal, 0, 0)) == b""


async def test_appends_continue_where_the_last_one_ended(subject: BlobsSubject) -> None:
    key = await grown(subject, CONTENT[:100_000])
    assert await subject.blobs.append(key, 100_000, given([CONTENT[100_000:300_000]])) == 300_000
    assert await subject.blobs.append(key, 300_000, given([])) == 300_000
    assert await subject.blobs.append(key, 300_000, given([b"", CONTENT[300_000:], b""])) == len(CONTENT)
    assert (await subject.blobs.seal(key)).sha256 == hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize("offset", [0, 2, 4])
async def test_an_append_elsewhere_tells_the_end_and_changes_nothing(subject: BlobsSubject, offset: int) -> None:
    key = await grown(subject, b"abc")
    with pytest.raises(OffsetMismatch) as caught:
        await subject.blobs.append(key, offset, given([b"xyz"]))
    assert caught.value.offset == 3
    assert (await subject.blobs.seal(key)).sha256 == hashlib.sha256(b"abc").digest()


async def test_what_came_before_its_sender_failed_is_kept(subject: BlobsSubject) -> None:
    class SenderGone(Exception):
        pass

    async def breaking() -> AsyncIterator[bytes]:
        yield CONTENT[: 5 * BLOCK // 2]
        yield CONTENT[5 * BLOCK // 2 : 700_000]
        raise SenderGone

    key = IDS.new()
    await subject.blobs.create(key)
    with pytest.raises(SenderGone):
        await subject.blobs.append(key, 0, breaking())
    assert await subject.blobs.size(key) == 700_000
    await subject.restart()
    await subject.blobs.append(key, 700_000, given([CONTENT[700_000:]]))
    assert (await subject.blobs.seal(key)).sha256 == hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("cut", [0, 1, 99_999, BLOCK - 1, BLOCK, BLOCK + 1, 400_000])
async def test_a_blob_that_was_cut_back_goes_on_as_if_the_rest_had_never_come(
    subject: BlobsSubject, cut: int, restarts: bool
) -> None:
    key = await grown(subject, CONTENT[:cut])
    await subject.blobs.append(key, cut, given(parts(b"wrong" * 150_000, 50_000)))
    await subject.blobs.truncate(key, cut)
    assert await subject.blobs.size(key) == cut
    if restarts:
        await subject.restart()
    await subject.blobs.append(key, cut, given([CONTENT[cut:]]))
    seal = await subject.blobs.seal(key)
    assert seal.sha256 == hashlib.sha256(CONTENT).digest()
    assert await gathered(await subject.blobs.read(key, seal, 0, seal.size)) == CONTENT


async def test_sealing_again_gives_the_same_answer_also_after_a_restart(subject: BlobsSubject) -> None:
    key, first = await sealed(subject, CONTENT)
    assert await subject.blobs.seal(key) == first
    await subject.restart()
    assert await subject.blobs.seal(key) == first
    assert await subject.blobs.size(key) == len(CONTENT)


async def test_a_restart_in_the_middle_of_an_upload_changes_nothing(subject: BlobsSubject) -> None:
    key = await grown(subject, CONTENT[:300_001])
    await subject.restart()
    assert await subject.blobs.size(key) == 300_001
    await subject.blobs.append(key, 300_001, given([CONTENT[300_001:]]))
    seal = await subject.blobs.seal(key)
    assert seal == Sealed(len(CONTENT), hashlib.sha256(CONTENT).digest())
    assert await gathered(await subject.blobs.read(key, seal, 0, seal.size)) == CONTENT


RANGES = [
    (0, 1),
    (1, 2),
    (BLOCK - 1, BLOCK),
    (BLOCK - 1, BLOCK + 1),
    (BLOCK, 2 * BLOCK),
    (5, 3 * BLOCK + 5),
    (3 * BLOCK, 3 * BLOCK + 1000),
    (3 * BLOCK + 999, 3 * BLOCK + 1000),
    (100, 100),
    (0, 10 * BLOCK),
]


@pytest.mark.parametrize(("start", "end"), RANGES)
async def test_a_range_is_exactly_its_bytes_in_small_chunks(subject: BlobsSubject, start: int, end: int) -> None:
    key, seal = await sealed(subject, CONTENT)
    chunks = [chunk async for chunk in await subject.blobs.read(key, seal, start, end)]
    assert b"".join(chunks) == CONTENT[start:end]
    assert all(0 < len(chunk) <= BLOCK for chunk in chunks)


async def test_no_byte_of_a_damaged_block_is_ever_given_out(subject: BlobsSubject) -> None:
    key, seal = await sealed(subject, CONTENT)
    chance = random.Random(2)
    for _ in range(60):
        at = chance.randrange(len(CONTENT))
        await subject.flip(key, at)
        given_out: list[bytes] = []
        with pytest.raises(BlobDamaged):
            await read_into(given_out, subject, key, seal)
        assert CONTENT[: at // BLOCK * BLOCK].startswith(b"".join(given_out))
        await subject.flip(key, at)
    assert await gathered(await subject.blobs.read(key, seal, 0, seal.size)) == CONTENT


async def test_damage_elsewhere_does_not_keep_a_range_back(subject: BlobsSubject) -> None:
    key, seal = await sealed(subject, CONTENT)
    await subject.flip(key, 10)
    assert await gathered(await subject.blobs.read(key, seal, BLOCK, 2 * BLOCK)) == CONTENT[BLOCK : 2 * BLOCK]
    with pytest.raises(BlobDamaged):
        await subject.blobs.read(key, seal, 100, 200)


async def test_other_bytes_than_those_that_were_sealed_are_never_given_out(subject: BlobsSubject) -> None:
    key, seal = await sealed(subject, CONTENT)
    with pytest.raises(BlobDamaged):
        await gathered(await subject.blobs.read(key, Sealed(seal.size, b"\0" * 32), 0, 1))


async def test_what_is_not_there_is_missing(subject: BlobsSubject) -> None:
    key = IDS.new()
    for act in (
        subject.blobs.append(key, 0, given([b"x"])),
        subject.blobs.size(key),
        subject.blobs.seal(key),
        subject.blobs.truncate(key, 0),
        subject.blobs.read(key, Sealed(1, b"\0" * 32), 0, 1),
    ):
        with pytest.raises(BlobMissing):
            await act


async def test_an_open_blob_cannot_be_read_and_a_sealed_one_cannot_grow(subject: BlobsSubject) -> None:
    key = await grown(subject, b"abc")
    with pytest.raises(BlobMissing):
        await subject.blobs.read(key, Sealed(3, hashlib.sha256(b"abc").digest()), 0, 3)
    await subject.blobs.seal(key)
    with pytest.raises(BlobMissing):
        await subject.blobs.append(key, 3, given([b"d"]))


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_a_dropped_blob_is_gone_and_dropping_again_is_no_fault(subject: BlobsSubject, is_sealed: bool) -> None:
    key = await grown(subject, CONTENT)
    seal = await subject.blobs.seal(key) if is_sealed else Sealed(len(CONTENT), hashlib.sha256(CONTENT).digest())
    await subject.blobs.drop(key)
    await subject.blobs.drop(key)
    assert await subject.blobs.keys(None, 10) == []
    with pytest.raises(BlobMissing):
        await subject.blobs.size(key)
    with pytest.raises(BlobMissing):
        await subject.blobs.read(key, seal, 0, 1)


async def test_keys_come_in_order_page_by_page_open_and_sealed_ones_alike(subject: BlobsSubject) -> None:
    chance = random.Random(3)
    keys = sorted(f"{chance.randrange(16**8):08x}-0000-7000-8000-{number:012x}" for number in range(25))
    for number, key in enumerate(chance.sample(keys, len(keys))):
        await subject.blobs.create(key)
        if number % 2:
            await subject.blobs.seal(key)
    assert await subject.blobs.keys(None, 100) == keys
    found: list[str] = []
    while page := await subject.blobs.keys(found[-1] if found else None, 7):
        assert len(page) <= 7
        found += page
    assert found == keys


async def test_any_order_of_acts_agrees_with_a_plain_model(tmp_path: Path) -> None:
    chance = random.Random(4)
    for adapter in ADAPTERS.values():
        for _ in range(15):
            with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
                async with adapter(Path(folder)) as subject:
                    await play(subject, chance)


async def play(subject: BlobsSubject, chance: random.Random) -> None:
    """Let an upload go its random way and compare it with a plain list of bytes."""
    key = IDS.new()
    await subject.blobs.create(key)
    model = b""
    for _ in range(chance.randrange(1, 12)):
        act = chance.randrange(5)
        if act <= 2:
            part = chance.randbytes(chance.choice([1, 700, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK // 2]))
            before, model = model, model + part
            pieces = parts(part, chance.choice([313, 65_536, BLOCK]))
            assert await subject.blobs.append(key, len(before), given(pieces)) == len(model)
            if chance.randrange(3) == 0:
                await subject.blobs.truncate(key, len(before))
                model = before
        elif act == 3:
            await subject.restart()
        else:
            model = model[: chance.randrange(len(model) + 1)]
            await subject.blobs.truncate(key, len(model))
        assert await subject.blobs.size(key) == len(model)
    seal = await subject.blobs.seal(key)
    assert seal == Sealed(len(model), hashlib.sha256(model).digest())
    assert await gathered(await subject.blobs.read(key, seal, 0, seal.size)) == model

"""Blobs on the local disk: modes, paths, full disks, crashes and lost tags."""

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from secureconnect.backends.blobs import files as adapter
from secureconnect.backends.blobs.files import FileBlobs
from secureconnect.backends.blobs.folder import OPEN, SEALED, SUMS, BlobFolder
from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, Sealed
from secureconnect.backends.disk import DiskGuard, DiskSpace
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME
from tests.fixtures.blobs import file_blobs, flip, gathered, given

pytestmark = pytest.mark.anyio

KEY = "019ab000-0000-7000-8000-000000000001"
CONTENT = random.Random(5).randbytes(3_000_000)


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncGenerator[FileBlobs]:
    made = file_blobs(tmp_path)
    yield made
    await made.close()


def path(tmp_path: Path, ending: str) -> Path:
    """A file of the blob."""
    return BlobFolder(tmp_path / "blobs").path(KEY, ending)


def empty(folder: Path) -> bool:
    """Whether nothing was made in a folder."""
    return not any(folder.iterdir())


async def seal(blobs: FileBlobs, content: bytes = CONTENT) -> Sealed:
    """The seal of a finished blob."""
    await blobs.create(KEY)
    await blobs.append(KEY, 0, given([content]))
    return await blobs.seal(KEY)


async def test_files_are_their_owners_alone_whatever_the_umask(blobs: FileBlobs, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        await seal(blobs)
    finally:
        os.umask(before)
    modes = {found.stat().st_mode & 0o777 for found in (tmp_path / "blobs").rglob("*") if found.is_file()}
    folders = {found.stat().st_mode & 0o777 for found in (tmp_path / "blobs").rglob("*") if found.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


HOSTILE = ["../../x", "", ".", "/etc/passwd", KEY.upper(), KEY + "\n", KEY + "/x", KEY[:-1], "\0" * 36, KEY + ".part"]


@pytest.mark.parametrize("key", HOSTILE)
async def test_no_path_is_ever_made_of_anything_but_a_uuid(blobs: FileBlobs, tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        await blobs.create(key)
    for act in (blobs.size(key), blobs.seal(key), blobs.append(key, 0, given([b"x"]))):
        with pytest.raises(BlobMissing):
            await act
    await blobs.drop(key)
    assert empty(tmp_path)


@pytest.mark.parametrize("ending", [OPEN, SEALED, SUMS])
async def test_a_link_in_the_place_of_a_file_is_not_followed(blobs: FileBlobs, tmp_path: Path, ending: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(CONTENT)
    if ending == OPEN:
        await blobs.create(KEY)
        found, act = path(tmp_path, OPEN), blobs.append(KEY, len(CONTENT), given([b"x"]))
    else:
        sealed = await seal(blobs)
        found, act = path(tmp_path, ending), blobs.read(KEY, sealed, 0, 5)
    found.unlink()
    found.symlink_to(outside)
    with pytest.raises(Fault) as caught:
        await act
    assert caught.value.code is Code.UNAVAILABLE
    assert outside.read_bytes() == CONTENT


async def test_a_seal_reads_nothing_again_when_the_process_saw_the_whole_upload(
    blobs: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_again(*_: object) -> None:
        raise AssertionError("the file was read again")

    monkeypatch.setattr(BlobFolder, "tally", read_again)
    sealed = await seal(blobs)
    assert sealed.sha256 == hashlib.sha256(CONTENT).digest()


async def test_a_cancelled_append_leaves_a_whole_prefix_that_goes_on(blobs: FileBlobs) -> None:
    stalled = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield CONTENT[:1_500_000]
        yield CONTENT[1_500_000:1_600_000]
        stalled.set()
        await asyncio.Event().wait()

    await blobs.create(KEY)
    task = asyncio.create_task(blobs.append(KEY, 0, stalling()))
    await stalled.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await blobs.size(KEY) == 1_600_000
    await blobs.append(KEY, 1_600_000, given([CONTENT[1_600_000:]]))
    assert (await blobs.seal(KEY)).sha256 == hashlib.sha256(CONTENT).digest()


async def test_many_uploads_at_once_do_not_mix(blobs: FileBlobs) -> None:
    async def upload(number: int) -> None:
        key = f"019ab000-0000-7000-8000-{number:012d}"
        content = random.Random(number).randbytes(700_000 + number)
        await blobs.create(key)
        for at in range(0, len(content), 300_000):
            await blobs.append(key, at, given([content[at : at + 300_000]]))
        sealed = await blobs.seal(key)
        assert sealed.sha256 == hashlib.sha256(content).digest()
        assert await gathered(await blobs.read(key, sealed, 0, sealed.size)) == content

    await asyncio.gather(*(upload(number) for number in range(20)))


async def test_the_hashes_of_unfinished_uploads_that_are_remembered_are_bounded(
    blobs: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "TALLIES_MAX", 3)
    keys = [f"019ab000-0000-7000-8000-{number:012d}" for number in range(6)]
    for key in keys:
        await blobs.create(key)
        await blobs.append(key, 0, given([key.encode()]))
    assert len(blobs._tallies) == 3
    for key in keys:
        assert (await blobs.seal(key)).sha256 == hashlib.sha256(key.encode()).digest()
    assert not blobs._tallies


@pytest.mark.parametrize("loss", ["missing", "damaged", "cut"])
async def test_lost_tags_are_made_anew_from_bytes_that_still_fit_the_seal(
    blobs: FileBlobs, tmp_path: Path, loss: str
) -> None:
    sealed = await seal(blobs)
    sums = path(tmp_path, SUMS)
    kept = sums.read_bytes()
    if loss == "missing":
        sums.unlink()
    elif loss == "damaged":
        flip(sums, 80)
    else:
        sums.write_bytes(kept[:20])
    assert await gathered(await blobs.read(KEY, sealed, 1_000_000, 1_000_010)) == CONTENT[1_000_000:1_000_010]
    assert len(sums.read_bytes()) == len(kept)
    flip(path(tmp_path, SEALED), 5)
    with pytest.raises(BlobDamaged):
        await blobs.read(KEY, sealed, 0, 1)
    sums.unlink()
    with pytest.raises(BlobDamaged):
        await blobs.read(KEY, sealed, 1_000_000, 1_000_010)


@pytest.mark.parametrize("change", [-1, 1, -1_000_000])
async def test_a_blob_that_was_cut_or_grew_is_damaged(blobs: FileBlobs, tmp_path: Path, change: int) -> None:
    sealed = await seal(blobs)
    os.truncate(path(tmp_path, SEALED), len(CONTENT) + change)
    with pytest.raises(BlobDamaged):
        await gathered(await blobs.read(KEY, sealed, 0, sealed.size))


async def test_uploads_stop_while_the_disk_is_nearly_full_and_deletes_go_on(tmp_path: Path) -> None:
    space = DiskSpace(100, 1000)
    disk = DiskGuard(tmp_path, SystemClock(), 0, 50, 0, lambda _folder: space)
    blobs = FileBlobs(tmp_path / "blobs", disk)
    await blobs.create(KEY)
    await blobs.append(KEY, 0, given([b"abc"]))
    space = DiskSpace(10, 1000)
    disk._asked_s = None
    for act in (blobs.append(KEY, 3, given([b"def"])), blobs.ping()):
        with pytest.raises(Fault) as caught:
            await act
        assert caught.value.code is Code.DISK_FULL
    assert (await blobs.seal(KEY)).size == 3
    await blobs.drop(KEY)
    assert await blobs.keys(None, 1) == []
    await blobs.close()


CHILD = """
import asyncio, os, resource, sys
from pathlib import Path
from secureconnect.contracts.errors import Fault
from secureconnect.kit.crashpoints import ENVIRONMENT_NAME, from_environment
from tests.fixtures.blobs import file_blobs, given

async def main(root, key, act):
    blobs = file_blobs(Path(root), from_environment(os.environ.get(ENVIRONMENT_NAME)))
    if act == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_234_567, resource.RLIM_INFINITY))
    await blobs.create(key)
    try:
        print(await blobs.append(key, 0, given([bytes(100_000)] * 20)), flush=True)
    except Fault as fault:
        print(fault.code.name, await blobs.size(key))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(await blobs.append(key, 1_234_567, given([bytes(765_433)])))
    print((await blobs.seal(key)).sha256.hex(), flush=True)
    await blobs.close()

asyncio.run(main(*sys.argv[1:]))
"""
ZEROS = hashlib.sha256(bytes(2_000_000)).hexdigest()


def child(tmp_path: Path, act: str, crashpoint: str = "") -> subprocess.CompletedProcess[str]:
    """Run the upload of two million zeros in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(tmp_path), KEY, act]
    environment = {**os.environ, ENVIRONMENT_NAME: crashpoint, "PYTHONPATH": os.pathsep.join(["src", "."])}
    root = Path(__file__).parents[4]
    return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=60, check=False)


def test_a_disk_that_fills_up_keeps_what_fitted_and_the_upload_goes_on_later(tmp_path: Path) -> None:
    done = child(tmp_path, "full")
    assert done.stdout.split() == ["DISK_FULL", "1234567", "2000000", ZEROS], done.stderr


@pytest.mark.parametrize(
    "point", ["blobs.before_sync", "blobs.after_sync", "blobs.before_finish", "blobs.after_finish"]
)
async def test_a_process_that_dies_leaves_a_blob_that_goes_on(tmp_path: Path, point: str) -> None:
    done = child(tmp_path, "crash", point)
    assert done.returncode == 128 + signal.SIGKILL, done.stderr
    assert done.stdout.split() == ([] if "sync" in point else ["2000000"])
    blobs = file_blobs(tmp_path)
    assert await blobs.size(KEY) == 2_000_000
    sealed = await blobs.seal(KEY)
    assert sealed.sha256.hex() == ZEROS
    assert await gathered(await blobs.read(KEY, sealed, 0, sealed.size)) == bytes(2_000_000)
    assert {found.suffix for found in path(tmp_path, OPEN).parent.iterdir()} == {SEALED, SUMS}
    await blobs.close()

"""The data folder, its disk and its copies: what is right passes, what is wrong is told with its fix."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from secureconnect.backends.disk import DiskSpace
from secureconnect.kit.lock import Holder
from secureconnect.ops.doctor.finding import Level, worst
from secureconnect.ops.doctor.folder import (
    BeforeCopy,
    FolderState,
    check_copies,
    check_disk,
    check_folder,
    judge_copies,
    judge_disk,
    judge_folder,
    judge_inodes,
)
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import Settings, load

GIB = 1 << 30


def patient(folder: Path, holder: Holder | None = None) -> Patient:
    return Patient(load(None, {}, {"data_dir": str(folder)}, folder / "none"), holder)


def state(**changed: object) -> FolderState:
    right = FolderState(Path("/data"), 0o40700, 1000, True, "ext4")
    return right._replace(**changed)


def test_a_folder_for_its_owner_alone_on_a_local_disk_is_right() -> None:
    assert worst(judge_folder(state(), 1000)) is Level.OK
    assert worst(judge_folder(state(), 0)) is Level.OK


@pytest.mark.parametrize(
    ("changed", "level", "word"),
    [
        ({"owner": 2000}, Level.FAIL, "belongs to user 2000"),
        ({"writable": False}, Level.FAIL, "cannot be written"),
        ({"mode": 0o40755}, Level.WARN, "open to others"),
        ({"file_system": "nfs4"}, Level.FAIL, "network"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told(changed: dict[str, object], level: Level, word: str) -> None:
    (found,) = judge_folder(state(**changed), 1000)
    assert found.level is level
    assert word in found.told
    assert found.fix


@pytest.mark.parametrize(
    ("free", "level", "word"),
    [
        (500 * GIB, Level.OK, "free"),
        (150 * GIB, Level.WARN, "near"),
        (90 * GIB, Level.FAIL, "uploads are refused"),
        (GIB // 8, Level.FAIL, "messages are refused"),
    ],
)
def test_free_space_is_held_against_what_uploads_and_messages_need(free: int, level: Level, word: str) -> None:
    found = judge_disk(DiskSpace(free, 1000 * GIB), Settings())
    assert found.level is level
    assert word in found.told


def test_a_file_system_without_inodes_is_full() -> None:
    assert judge_inodes(10, 1000) is not None
    assert judge_inodes(500, 1000) is None
    assert judge_inodes(0, 0) is None


def test_copies_that_cannot_be_read_are_no_way_back() -> None:
    (found,) = judge_copies([BeforeCopy("0.1.0", 100, "chat.db")], 10_000)
    assert found.level is Level.FAIL
    (found,) = judge_copies([BeforeCopy("0.1.0", 100, None)], 100)
    assert found.level is Level.WARN
    (found,) = judge_copies([BeforeCopy("0.1.0", 100, None), BeforeCopy("0.2.0", 100, None)], 10_000)
    assert found.told == "from before 0.1.0, 0.2.0: 200 bytes"


@pytest.mark.anyio
async def test_copies_on_the_disk_are_opened(tmp_path: Path) -> None:
    (none,) = await check_copies(patient(tmp_path))
    assert none.level is Level.OK
    folder = tmp_path / "before" / "0.1.0"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "auth.db")) as driver:
        driver.execute("CREATE TABLE t (a)")
    (good,) = await check_copies(patient(tmp_path))
    assert good.level is Level.OK
    (folder / "chat.db").write_bytes(
        b"no database at all, but as long as a header of one is, which is a hundred bytes" * 3
    )
    (bad,) = await check_copies(patient(tmp_path))
    assert bad.level is Level.FAIL
    assert "chat.db" in bad.told


@pytest.mark.anyio
async def test_the_node_and_the_folder_are_told(tmp_path: Path) -> None:
    right, node = await check_folder(patient(tmp_path, Holder(4711)))
    assert right.level is Level.OK
    assert "4711" in node.told
    _, node = await check_folder(patient(tmp_path))
    assert node.level is Level.WARN
    assert node.fix == "secureconnect serve"
    (absent,) = await check_folder(patient(tmp_path / "nowhere"))
    assert absent.level is Level.WARN


@pytest.mark.anyio
async def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    assert await check_disk(patient(tmp_path / "a" / "b"))

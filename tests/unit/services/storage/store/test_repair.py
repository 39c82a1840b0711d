"""The rows of storage held against each other, page by page."""

from sqlalchemy import Connection

from secureconnect.services.storage.record import Audience, FileRecord, FileState
from secureconnect.services.storage.store import blobs, quotas, repair
from secureconnect.services.storage.store.files import put
from secureconnect.services.storage.store.repair import Kept, Room


def record(
    file: str, blob: str, state: FileState, *, size: int = 10, audience: Audience = Audience.CONVERSATION
) -> FileRecord:
    return FileRecord(file, "ada", "n", "t", size, 0, state, None, None, audience, blob, "", 1, None)


def test_each_key_is_told_with_what_its_row_and_its_files_say(connection: Connection) -> None:
    blobs.add(connection, "a", 10)
    put(connection, record("1", "a", FileState.COMPLETE))
    blobs.add(connection, "b", 10)
    put(connection, record("2", "c", FileState.OPEN))
    blobs.add(connection, "d", 10)
    put(connection, record("3", "d", FileState.ENDED))
    blobs.let_go(connection, "d", 5)
    everything = [Kept("a", 1, 1, 10, True), Kept("b", 1, 0, 10, False), Kept("c", None, 1, 10, False)]
    assert repair.kept(connection, "", 10) == everything
    assert repair.kept(connection, "", 2) == everything[:2]
    assert repair.kept(connection, "b", 2) == everything[2:]


def test_counts_are_set_and_bytes_of_no_file_released(connection: Connection) -> None:
    blobs.add(connection, "b", 10)
    put(connection, record("2", "c", FileState.OPEN))
    for one in repair.kept(connection, "", 10):
        repair.set_refs(connection, one, 77)
    assert repair.kept(connection, "", 10) == [Kept("c", 1, 1, 10, False)]
    assert blobs.released(connection, 10) == ["b"]


def test_a_quota_is_what_the_files_say(connection: Connection) -> None:
    put(connection, record("1", "a", FileState.COMPLETE, size=7))
    put(connection, record("2", "b", FileState.OPEN, size=5))
    put(connection, record("3", "c", FileState.COMPLETE, size=3, audience=Audience.PROFILE))
    put(connection, record("4", "d", FileState.ENDED, size=100))
    right = Room(7, 5, 1)
    assert repair.rooms(connection) == {"ada": (Room(0, 0, 0), right)}
    repair.set_room(connection, "ada", right)
    assert repair.rooms(connection) == {}
    assert quotas.room(connection, "ada") == (7, 5)
    repair.set_room(connection, "ada", right._replace(used_bytes=8))
    assert repair.rooms(connection) == {"ada": (Room(8, 5, 1), right)}

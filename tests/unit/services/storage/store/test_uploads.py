"""The rows of uploads."""

from msgspec.structs import replace
from sqlalchemy import Connection

from secureconnect.services.storage.record import FileState
from secureconnect.services.storage.store import blobs, files, quotas, uploads
from secureconnect.services.storage.store.quotas import Reservation
from tests.unit.services.storage.store.test_files import FILE

OPEN = replace(FILE, offset=0, state=FileState.OPEN, sha256=None, due_at=100)


def begin(connection: Connection) -> None:
    assert uploads.begin(connection, OPEN, 100, 9) is Reservation.DONE


def test_an_upload_that_has_no_room_leaves_nothing(connection: Connection) -> None:
    assert uploads.begin(connection, OPEN, 4, 9) is Reservation.NO_ROOM
    assert uploads.begin(connection, OPEN, 100, 0) is Reservation.TOO_MANY_OPEN
    assert files.get(connection, OPEN.id) is None
    assert blobs.unknown(connection, [OPEN.blob]) == [OPEN.blob]


def test_an_upload_moves_on_and_is_finished_once(connection: Connection) -> None:
    begin(connection)
    assert uploads.advance(connection, OPEN.id, 3, 200)
    assert files.get(connection, OPEN.id) == replace(OPEN, offset=3, due_at=200)
    assert uploads.finish(connection, OPEN, "ab")
    assert not uploads.finish(connection, OPEN, "ab")
    assert not uploads.advance(connection, OPEN.id, 1, 300)
    assert files.get(connection, OPEN.id) == replace(FILE)
    assert quotas.room(connection, OPEN.account) == (5, 0)


def test_an_upload_is_ended_once_and_told_of_until_it_is_forgotten(connection: Connection) -> None:
    begin(connection)
    assert not uploads.end(connection, OPEN, 50, 500, due_by=99)
    assert uploads.end(connection, OPEN, 50, 500)
    assert not uploads.end(connection, OPEN, 50, 500)
    assert not uploads.finish(connection, OPEN, "ab")
    assert quotas.room(connection, OPEN.account) == (0, 0)
    assert blobs.released(connection, 9) == [OPEN.blob]
    assert uploads.forget_ended(connection, 499, 10) == 0
    assert uploads.forget_ended(connection, 500, 10) == 1
    assert files.get(connection, OPEN.id) is None


def test_the_longest_overdue_are_found_first(connection: Connection) -> None:
    begin(connection)
    for number in (1, 2):
        other = replace(OPEN, id=f"o{number}", blob=f"b{number}", due_at=100 - number)
        uploads.begin(connection, other, 100, 9)
    assert [record.id for record in uploads.overdue(connection, 99, 10)] == ["o2", "o1"]
    assert [record.id for record in uploads.overdue(connection, 100, 1)] == ["o2"]

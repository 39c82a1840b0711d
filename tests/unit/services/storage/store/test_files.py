"""The rows of files."""

from msgspec.structs import replace
from sqlalchemy import Connection

from secureconnect.services.storage.record import Audience, FileRecord, FileState
from secureconnect.services.storage.store import blobs, files, quotas
from secureconnect.services.storage.store.quotas import Reservation

FILE = FileRecord(
    id="f",
    account="ada",
    name="n",
    type="t/t",
    size=5,
    offset=5,
    state=FileState.COMPLETE,
    sha256="ab",
    conversation="c",
    audience=Audience.CONVERSATION,
    blob="k",
    metadata="",
    created_at=1,
    due_at=None,
)


def stand(connection: Connection, record: FileRecord = FILE) -> None:
    quotas.charge(connection, record.account, record.size, 1000)
    blobs.add(connection, record.blob, record.size)
    files.put(connection, record)


def test_a_row_comes_back_as_it_went(connection: Connection) -> None:
    stand(connection)
    assert files.get(connection, "f") == FILE
    assert files.get(connection, "g") is None


def test_only_finished_files_of_that_account_and_conversation_are_usable(connection: Connection) -> None:
    stand(connection)
    others = [
        replace(FILE, id="g", blob="kg", conversation="d"),
        replace(FILE, id="h", blob="kh", account="bob"),
        replace(FILE, id="i", blob="ki", state=FileState.OPEN),
        replace(FILE, id="j", blob="kj"),
    ]
    for other in others:
        stand(connection, other)
    found = files.usable(connection, "ada", "c", ["j", "i", "h", "g", "f", "none"])
    assert [record.id for record in found] == ["j", "f"]


def test_a_copy_stands_only_with_room_and_bytes(connection: Connection) -> None:
    stand(connection)
    copied = replace(FILE, id="copy", account="bob")
    assert files.copy(connection, copied, 4) is Reservation.NO_ROOM
    assert files.copy(connection, copied, 5) is Reservation.DONE
    assert quotas.room(connection, "bob") == (5, 0)
    lost = replace(copied, id="lost", blob="gone")
    assert files.copy(connection, lost, 1000) is None
    assert quotas.room(connection, "bob") == (5, 0)
    assert files.get(connection, "lost") is None


def test_a_file_is_removed_once(connection: Connection) -> None:
    stand(connection)
    assert files.remove(connection, FILE, 2) is True
    assert files.remove(connection, FILE, 3) is None
    assert quotas.room(connection, "ada") == (0, 0)
    assert blobs.released(connection, 9) == ["k"]


def test_a_picture_takes_the_place_of_the_earlier_one_and_nothing_of_the_quota(connection: Connection) -> None:
    for number in (1, 2):
        picture = replace(FILE, id=f"p{number}", blob=f"b{number}", audience=Audience.PROFILE, conversation=None)
        files.set_picture(connection, picture, number)
    assert files.get(connection, "p1") is None
    assert files.get(connection, "p2") is not None
    assert blobs.released(connection, 9) == ["b1"]
    assert quotas.room(connection, "ada") == (0, 0)
    assert files.end_pictures(connection, "ada", 3) == 1
    assert files.end_pictures(connection, "ada", 4) == 0


def test_an_account_is_forgotten_a_few_rows_at_a_time(connection: Connection) -> None:
    stand(connection)
    stand(connection, replace(FILE, id="g", blob="kg", state=FileState.OPEN))
    ended = replace(FILE, id="h", blob="kh", state=FileState.ENDED)
    files.put(connection, ended)
    stand(connection, replace(FILE, id="i", blob="ki", account="bob"))
    assert [files.forget(connection, "ada", 9, 2) for _ in range(2)] == [2, 1]
    assert sorted(blobs.released(connection, 9)) == ["k", "kg"]
    assert quotas.room(connection, "ada") == (0, 0)
    assert files.complete_count(connection) == 1

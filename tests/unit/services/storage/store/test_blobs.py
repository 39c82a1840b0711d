"""The rows of blobs."""

from sqlalchemy import Connection

from secureconnect.services.storage.store import blobs


def test_bytes_are_released_by_the_last_that_refers_to_them(connection: Connection) -> None:
    blobs.add(connection, "k", 5)
    assert blobs.share(connection, "k")
    assert not blobs.let_go(connection, "k", 1)
    assert blobs.released(connection, 10) == []
    assert blobs.let_go(connection, "k", 2)
    assert blobs.released(connection, 10) == ["k"]
    assert not blobs.share(connection, "k")
    blobs.dropped(connection, "k")
    assert blobs.released(connection, 10) == []
    assert blobs.unknown(connection, ["k"]) == ["k"]


def test_bytes_that_are_referred_to_are_never_taken_for_dropped(connection: Connection) -> None:
    blobs.add(connection, "k", 5)
    blobs.dropped(connection, "k")
    assert blobs.unknown(connection, ["k", "other"]) == ["other"]


def test_the_longest_released_go_first_and_shared_bytes_count_once(connection: Connection) -> None:
    for number, key in enumerate("abc"):
        blobs.add(connection, key, 10**number)
    blobs.share(connection, "c")
    assert blobs.stored_bytes(connection) == 111
    blobs.let_go(connection, "b", 5)
    blobs.let_go(connection, "a", 6)
    assert blobs.released(connection, 1) == ["b"]
    assert blobs.stored_bytes(connection) == 100

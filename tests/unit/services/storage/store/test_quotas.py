"""The rows of quotas."""

from sqlalchemy import Connection

from secureconnect.services.storage.store import quotas
from secureconnect.services.storage.store.quotas import Reservation


def test_room_is_taken_up_to_the_last_byte_and_not_beyond(connection: Connection) -> None:
    assert quotas.reserve(connection, "ada", 60, 100, 9) is Reservation.DONE
    assert quotas.charge(connection, "ada", 40, 100) is Reservation.DONE
    assert quotas.reserve(connection, "ada", 1, 100, 9) is Reservation.NO_ROOM
    assert quotas.charge(connection, "ada", 1, 100) is Reservation.NO_ROOM
    assert quotas.reserve(connection, "ada", 0, 100, 9) is Reservation.DONE
    assert quotas.room(connection, "ada") == (40, 60)
    assert quotas.reserve(connection, "bob", 100, 100, 9) is Reservation.DONE


def test_what_was_reserved_is_used_or_free_in_the_end(connection: Connection) -> None:
    for size in (10, 20):
        quotas.reserve(connection, "ada", size, 100, 9)
    quotas.settle(connection, "ada", 10)
    quotas.release(connection, "ada", 20)
    assert quotas.room(connection, "ada") == (10, 0)
    quotas.refund(connection, "ada", 10)
    assert quotas.room(connection, "ada") == (0, 0)


def test_only_so_many_uploads_are_open(connection: Connection) -> None:
    assert quotas.reserve(connection, "ada", 1, 100, 1) is Reservation.DONE
    assert quotas.reserve(connection, "ada", 1, 100, 1) is Reservation.TOO_MANY_OPEN
    quotas.release(connection, "ada", 1)
    assert quotas.reserve(connection, "ada", 1, 100, 1) is Reservation.DONE


def test_an_account_that_is_forgotten_has_nothing(connection: Connection) -> None:
    quotas.charge(connection, "ada", 5, 100)
    quotas.forget(connection, "ada")
    assert quotas.room(connection, "ada") == (0, 0)

"""Somebody as others name and see them."""

import re

from sqlalchemy import Connection

from secureconnect.contracts.auth import AccountBrief, PersonAnswer
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.services.auth.store import accounts
from secureconnect.services.auth.store.accounts import AccountRow

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def require_id(text: str) -> str:
    """The text when it could be an id; raises Fault(NOT_FOUND), for what could not names nothing."""
    if not _ID.fullmatch(text):
        raise Fault(Code.NOT_FOUND)
    return text


def person(row: AccountRow) -> PersonAnswer:
    """What others see; of a closed account only that it is closed."""
    return PersonAnswer(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        picture=row.picture,
        closed=row.closed_at is not None,
        disabled=row.disabled_at is not None and row.closed_at is None,
    )


def brief(row: AccountRow) -> AccountBrief:
    """The least that names somebody."""
    return AccountBrief(row.id, row.username, row.display_name)


def open_account(connection: Connection, account: str) -> AccountRow:
    """An account that is not closed, disabled ones too; raises Fault(NOT_FOUND)."""
    row = accounts.by_id(connection, account)
    if row is None or row.closed_at is not None:
        raise Fault(Code.NOT_FOUND)
    return row


def other_person(connection: Connection, account: str, other: str) -> AccountRow:
    """Somebody else's open account.

    Raises Fault(INVALID) for oneself, Fault(NOT_FOUND), and Fault(AUTH_TOKEN_INVALID) when one's own account was
    closed or disabled since the request came in.
    """
    if other == account:
        raise invalid("/account", "This is yourself.")
    own = accounts.by_id(connection, account)
    if own is None or not own.usable:
        raise Fault(Code.AUTH_TOKEN_INVALID)
    return open_account(connection, other)

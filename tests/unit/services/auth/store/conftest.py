"""An empty database of auth, and accounts for it."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.auth.accounts import new_account
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.tables import METADATA
from secureconnect.services.auth.usernames import enforce
from tests.fixtures.sql import open_sqlite

Account = Callable[..., AccountRow]


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    """The tables, without rows."""
    async with open_sqlite(tmp_path / "auth.sqlite", METADATA) as opened:
        yield opened


@pytest.fixture
def account() -> Account:
    """An account of that name, whose id is its name; fields may be changed."""

    def make(name: str, **fields: object) -> AccountRow:
        made = new_account(name, enforce(name), str(fields.pop("display_name", name)), "hash", 1)
        return replace(made, **fields)

    return make

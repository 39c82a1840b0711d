"""The tables of storage."""

from pathlib import Path

import secureconnect.services.storage
from secureconnect.services.storage.store.tables import METADATA
from tests.fixtures.schema import expect_migrations_make

MIGRATIONS = Path(secureconnect.services.storage.__file__).parent / "migrations"


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    expect_migrations_make(METADATA, MIGRATIONS, tmp_path)

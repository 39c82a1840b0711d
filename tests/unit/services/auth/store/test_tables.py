"""The migrations of auth make the tables that its code says."""

from pathlib import Path

import secureconnect.services.auth
from secureconnect.services.auth.store.tables import METADATA
from tests.fixtures.schema import expect_migrations_make


def test_migrations_make_the_tables_of_auth(tmp_path: Path) -> None:
    scripts = Path(secureconnect.services.auth.__file__).parent / "migrations"
    expect_migrations_make(METADATA, scripts, tmp_path)

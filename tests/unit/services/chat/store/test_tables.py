"""The migrations make the tables that the code says."""

from pathlib import Path

from secureconnect.services.chat.store.tables import METADATA
from tests.fixtures.schema import expect_migrations_make

SCRIPTS = Path(__file__).parents[5] / "src/secureconnect/services/chat/migrations"


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    expect_migrations_make(METADATA, SCRIPTS, tmp_path)

"""The log's tables are what its migrations make."""

from pathlib import Path

from secureconnect.backends.log import migrations, tables
from tests.fixtures.schema import expect_migrations_make


def test_migrations_make_the_tables_of_the_log(tmp_path: Path) -> None:
    expect_migrations_make(tables.metadata, Path(migrations.__file__).parent, tmp_path)
